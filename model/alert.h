/* What an alert means, the endpoint's and the client's: the one place that
 * turns it into a reason (RFC 8446 section 6.2, RFC 5246 section 7.2.2). */
#ifndef MODEL_ALERT_H
#define MODEL_ALERT_H

#include "model/reason.h"
#include "model/stage.h"

enum { ALERT_UNKNOWN = -1 };

/* What was known when the alert came. Where a side cannot know: ALERT_UNKNOWN.
 */
struct alert_facts {
    enum stage stage; /* where the device was */
    int suite_chosen; /* the endpoint had answered with a handshake message, so
                         version and suite were agreed */
    int client_auth;  /* the endpoint wants a client certificate */
    int identity;     /* the device has one */
    int alpn_offered, alpn_listed; /* each side names application protocols */
    int alpn_required; /* the endpoint serves nobody who names none */
};

/* Never NONE or UNMAPPED: alerts that say nothing else are PROTOCOL_ERROR. */
enum reason alert_reason(int code, const struct alert_facts *f);

/* What an alert of the client says of the endpoint's certificate; UNMAPPED for
 * one that can mean anything (42: bad_certificate). */
enum reason alert_client_reason(int code);
/* 1 if it allows few reasons only (RFC 8446 section 6.2), and this is none of
 * them. */
int alert_contradicts(int code, enum reason reason);

#endif
