/* OCSP responses (RFC 6960) about a leaf, by the authority that issued it: what
 * an endpoint staples. */
#ifndef PKI_STAPLE_H
#define PKI_STAPLE_H

#include <stddef.h>
#include <stdint.h>

#include "model/ocsp.h"

struct pki_cert;

/* Is the key of its issuer ours? Else there is no response about it. */
int pki_can_staple(const struct pki_cert *leaf);

/* The response about a minted leaf, in DER, at the clock `now`. Those that say
 * something of it are of the day before, for a week. malloc'd, *size set; NULL
 * reported. `what` is not STAPLE_NONE. */
uint8_t *pki_staple(const struct pki_cert *leaf, enum staple what, int64_t now,
                    size_t *size);

#endif
