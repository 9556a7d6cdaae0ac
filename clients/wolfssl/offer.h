/* What a device offers in its ClientHello: versions, suites, groups, signature
 * algorithms. */
#ifndef CLIENTS_WOLFSSL_OFFER_H
#define CLIENTS_WOLFSSL_OFFER_H

#include <stdint.h>

#include "clients/shim.h"
#include "clients/wolfssl/compat.h"

enum { OFFER_LIST = 8192 };

struct offer {
    const struct shim_want *want;
    uint16_t min, max; /* min 0: the library's default */
    /* Suites in the library's names. Empty: none is left, and a context must
     * not be made: the library would offer its default, anonymous suites
     * included. */
    char list[OFFER_LIST];
};

/* Chooses suites and versions. A list without suites of TLS 1.3, or without
 * older ones, takes those versions away too. */
void offer_init(struct offer *o, const struct shim_want *want);
/* The method of the highest version, allocated by the library (taken by
 * wolfSSL_CTX_new); NULL where the build cannot express the versions. */
WOLFSSL_METHOD *offer_method(const struct offer *o);
/* Sets all of it. NULL, or the name of the feature that the build lacks. */
const char *offer_set(const struct offer *o, WOLFSSL_CTX *ctx);

#endif
