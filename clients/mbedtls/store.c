/* Trust anchors. Must not know the clock: the library looks at dates when it
 * verifies, not when it parses. */
#include "clients/mbedtls/store.h"

#include <stdlib.h>
#include <string.h>

#include "clients/mbedtls/compat.h"
#include "clients/mbedtls/failure.h"
#include "clients/shim_map.h"
#include "base/der.h"

static struct store *stores;

static void store_free(struct store *store)
{
    mbedtls_x509_crt_free(&store->certificates);
    free(store);
}

static int certificates_add(struct store *store, const struct shim_bytes *from,
                            struct shim_why *why)
{
    struct der_certificate c;
    int failed = 0;

    for (size_t at = 0, n; at < from->size; at += n) {
        int ret;

        n = der_certificate_read(from->data + at, from->size - at, &c);
        if (!n) {
            shim_map_fill(why, STAGE_TRUST_STORE, REASON_TRUST_STORE_ERROR, 0,
                          "the anchors are not concatenated certificates");
            return -1;
        }
        ret = mbedtls_x509_crt_parse_der(&store->certificates, from->data + at,
                                         n);
        store->loaded += ret == 0;
        store->refused += ret != 0;
        failed = ret ? ret : failed;
    }
    if (!failed || store->loaded)
        return 0;
    failure_code(why, STAGE_TRUST_STORE, failed);
    why->reason = REASON_TRUST_STORE_ERROR;
    return -1;
}

static struct store *store_parse(const struct shim_bytes *anchors,
                                 struct shim_why *why)
{
    struct store *store = calloc(1, sizeof *store);
    size_t before = shim_heap_used();

    if (!store)
        return NULL;
    mbedtls_x509_crt_init(&store->certificates);
    if (certificates_add(store, anchors, why) == -1) {
        store_free(store);
        return NULL;
    }
    store->held = shim_heap_used() - before;
    return store;
}

struct store *store_get(const struct shim_bytes *anchors, struct shim_why *why)
{
    struct store *store;
    uint8_t sha256[32];

    compat_sha256(anchors->data, anchors->size, sha256);
    for (store = stores; store; store = store->next)
        if (!memcmp(store->sha256, sha256, sizeof sha256)) {
            shim_heap_share(store->held);
            store->users++;
            return store;
        }
    store = store_parse(anchors, why);
    if (!store)
        return NULL;
    memcpy(store->sha256, sha256, sizeof sha256);
    store->users = 1;
    store->next = stores;
    stores = store;
    return store;
}

void store_put(struct store *store)
{
    struct store **at = &stores;

    if (!store || --store->users)
        return;
    while (*at != store)
        at = &(*at)->next;
    *at = store->next;
    store_free(store);
}

void store_forget(struct store *store)
{
    for (mbedtls_x509_crt *c = &store->certificates; c; c = c->next)
        compat_key_forget(&c->pk);
}
