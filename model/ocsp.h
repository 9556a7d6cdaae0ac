/* The words of OCSP (RFC 6960): what an endpoint staples to its leaf (RFC 6066
 * section 8), and what a device wants of it. */
#ifndef MODEL_OCSP_H
#define MODEL_OCSP_H

enum staple {
    STAPLE_NONE, /* none: status_request is not answered */
    STAPLE_GOOD, /* good, revoked, unknown: the certStatus of the leaf */
    STAPLE_REVOKED,
    STAPLE_UNKNOWN,
    STAPLE_EXPIRED,         /* expired: good, and nextUpdate is past */
    STAPLE_MALFORMED,       /* malformed: bytes that are no OCSPResponse */
    STAPLE_WRONG_RESPONDER, /* wrong-responder: good, signed by one whom the
                               leaf's issuer has not authorized */
    STAPLE_TRY_LATER,       /* try-later: a responseStatus, without an answer */
    STAPLES
};

enum ocsp {
    OCSP_LIBRARY, /* what the library does when nobody says */
    OCSP_NONE,    /* none: a status is not asked for */
    OCSP_ASK,     /* ask: what comes is checked, and nothing need come */
    OCSP_REQUIRE, /* require: something must come */
    OCSPS
};

/* As in the comments; OCSP_LIBRARY is "library". */
extern const char *const staple_names[STAPLES], *const ocsp_names[OCSPS];

#endif
