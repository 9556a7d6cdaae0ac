/* The trust anchors of a context, and what a connection adds to them. */
#ifndef CLIENTS_WOLFSSL_STORE_H
#define CLIENTS_WOLFSSL_STORE_H

#include "clients/shim.h"
#include "clients/wolfssl/compat.h"

/* Loads the anchors into ctx. Sets got->anchors_*. 0, or -1 with why filled
 * (stage TRUST_STORE) when there are anchors and none could be loaded. */
int store_load(WOLFSSL_CTX *ctx, const struct shim_want *want,
               struct shim_got *got, struct shim_why *why);

enum { STORE_KEPT = 4 };

/* CA certificates that the library verified in a connection's chain. */
struct store_news {
    int count;
    struct {
        uint8_t *data;
        size_t size;
    } large[STORE_KEPT]; /* copies of those that the peer chain leaves out */
    size_t larges;
};

/* While news is not NULL, what the library adds to a trust store is noted
 * there. */
void store_watch(struct store_news *news);
void store_news_clear(struct store_news *news);

#endif
