/* Trust anchors as the library wants them: a name, a key, and whether it is a
 * CA. Dates and signatures of the certificates are not kept. */
#ifndef CLIENTS_BEARSSL_ANCHORS_H
#define CLIENTS_BEARSSL_ANCHORS_H

#include <bearssl.h>
#include <stddef.h>

#include "clients/shim.h"

/* Zeroed: none. */
struct anchors {
    br_x509_trust_anchor *list;
    size_t count;
    unsigned refused;
};

/* Parses concatenated DER certificates. One that the library cannot decode is
 * counted and left out; a store of which nothing is left, and bytes that are no
 * certificates, are failures. 0, or -1 with why filled; anchors_clear in both
 * cases. */
int anchors_parse(struct anchors *anchors, const struct shim_bytes *der,
                  struct shim_why *why);
void anchors_clear(struct anchors *anchors);

#endif
