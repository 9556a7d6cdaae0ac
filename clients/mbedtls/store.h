/* Trust anchors as the library holds them, parsed once for all contexts that
 * use the same bytes. */
#ifndef CLIENTS_MBEDTLS_STORE_H
#define CLIENTS_MBEDTLS_STORE_H

#include <mbedtls/x509_crt.h>
#include <stddef.h>

#include "clients/shim.h"

struct store {
    mbedtls_x509_crt certificates; /* a list; empty if none was loaded */
    unsigned loaded, refused;
    size_t held; /* heap bytes */
    uint8_t sha256[32];
    unsigned users;
    struct store *next;
};

/* The store of concatenated DER certificates; the heap account gets its bytes
 * whether it is parsed now or was before. One that the library refuses is
 * counted and left out, as the library's own bundle reader does; a store of
 * which nothing is left, and bytes that are no certificates, are failures. NULL
 * with why filled. Ended by store_put. */
struct store *store_get(const struct shim_bytes *anchors, struct shim_why *why);
void store_put(struct store *store);
/* Drops what the library added to the anchors while it verified. */
void store_forget(struct store *store);

#endif
