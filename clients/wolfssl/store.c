/* Loads trust anchors, and notes the CAs that a handshake adds to them. The
 * library looks at the dates of anchors only here, while it loads. */
#include "clients/wolfssl/store.h"

#include <stdlib.h>
#include <string.h>

#include "clients/shim_map.h"
#include "clients/wolfssl/clock.h"
#include "clients/wolfssl/failure.h"
#include "base/der.h"

static struct store_news *watcher;

/* Copies are the harness's memory, not on the library's account. */
static void large_keep(struct store_news *news, const uint8_t *der, size_t size)
{
    uint8_t *copy = news->larges < STORE_KEPT ? malloc(size) : NULL;

    if (!copy)
        return;
    memcpy(copy, der, size);
    news->large[news->larges].data = copy;
    news->large[news->larges++].size = size;
}

/* The library calls it for each CA that enters the table. */
static void on_added(unsigned char *der, int size, int type)
{
    if (type != WOLFSSL_CHAIN_CA || !watcher)
        return;
    watcher->count++;
    if (size > COMPAT_PEER_CHAIN_CERTIFICATE)
        large_keep(watcher, der, (size_t)size);
}

void store_watch(struct store_news *news)
{
    watcher = news;
}

void store_news_clear(struct store_news *news)
{
    for (size_t i = 0; i < news->larges; i++)
        free(news->large[i].data);
    *news = (struct store_news){0};
}

/* One anchor. WOLFSSL_SUCCESS, or the library's error. A device without a clock
 * loads it whatever its dates are. The library's own flag for that is no use:
 * with WOLFSSL_ASN_TEMPLATE 5.5.4 does not look at it, and where
 * WOLFSSL_TRUST_PEER_CERT is set the call fails all the same (measured). So
 * the library sees a time at which the certificate is valid. */
static int anchor_load(WOLFSSL_CTX *ctx, const struct shim_want *want,
                       const struct der_certificate *c)
{
    int64_t valid;
    int ret;

    if (!want->verify_time && der_time(&c->not_before, &valid) == 0)
        clock_hold(valid);
    ret = wolfSSL_CTX_load_verify_buffer(
        ctx, c->whole.data, (long)c->whole.size, WOLFSSL_FILETYPE_ASN1);
    clock_release();
    return ret;
}

int store_load(WOLFSSL_CTX *ctx, const struct shim_want *want,
               struct shim_got *got, struct shim_why *why)
{
    struct der_certificate c;
    int failed = 0;

    wolfSSL_CTX_SetCACb(ctx, on_added);
    for (size_t at = 0, n; at < want->anchors.size; at += n) {
        int ret;

        n = der_certificate_read(want->anchors.data + at,
                                 want->anchors.size - at, &c);
        if (!n) {
            shim_map_fill(why, STAGE_TRUST_STORE, REASON_TRUST_STORE_ERROR, 0,
                          "the anchors are not concatenated certificates");
            return -1;
        }
        ret = anchor_load(ctx, want, &c);
        got->anchors_loaded += ret == WOLFSSL_SUCCESS;
        got->anchors_refused += ret != WOLFSSL_SUCCESS;
        failed = ret == WOLFSSL_SUCCESS ? failed : ret;
    }
    if (!failed || got->anchors_loaded)
        return 0;
    failure_code(why, STAGE_TRUST_STORE, failed);
    why->reason = REASON_TRUST_STORE_ERROR;
    return -1;
}
