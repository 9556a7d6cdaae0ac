/* What is wrong with a certificate on a path, as RFC 5280 section 6.1 wants it.
 * Reads facts only. */
#ifndef JUDGE_FAULT_H
#define JUDGE_FAULT_H

#include <stddef.h>

#include "model/certificate.h"

/* An anchor is a name and a key; what else it says is not looked at by all (RFC
 * 5280 section 6.1.1 d): of the faults of a signer it has CA, CONSTRAINED,
 * MALFORMED and KEY only. */
enum fault {
    FAULT_CA = 1,          /* a certificate that signs another must not */
    FAULT_PURPOSE = 2,     /* key usage of the leaf, or an extended key usage,
                              excludes a TLS server */
    FAULT_CONSTRAINED = 4, /* a CA has name constraints */
    FAULT_MALFORMED = 8,   /* a known extension, one that stands twice, or
                              a date */
    FAULT_CRITICAL = 16,   /* a CA has a critical extension that some library
                              may not know; not name constraints */
    FAULT_SIGNATURE = 32,  /* is not by the key of the issuer that it names */
    FAULT_DIGEST = 64,     /* a signature over MD2 to MD5 */
    FAULT_KEY = 128,       /* a CA's key is smaller than most take */
    FAULT_TIME = 256,      /* a CA is not valid at the device's time */
    FAULT_NO_KEY_USAGE = 512, /* of a CA: RFC 5280 section 4.2.1.3 wants it,
                                 and most do not mind */
};

/* Sets of them. A certificate of which an extension cannot be read is not
 * judged by what it would say. */
unsigned fault_of_leaf(const struct certificate *c);
/* Of one that signs another. `below`: the number of intermediates under it that
 * count for a path length. */
unsigned fault_of_signer(const struct certificate *c, size_t below, int anchor);
/* Of the signature of c, which names the issuer. */
unsigned fault_of_link(const struct certificate *c,
                       const struct certificate *issuer);
/* Has it a critical extension that some library may not know? */
int fault_rare_critical(const struct certificate *c);

#endif
