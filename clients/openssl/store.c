/* Trust stores by the hash of their bytes. */
#include "clients/openssl/store.h"

#include <openssl/err.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "base/der.h"
#include "clients/shim_map.h"
#include "clients/openssl/reasons.h"

struct store {
    X509_STORE *anchors; /* NULL: empty slot */
    uint8_t sha256[SHA256_DIGEST_LENGTH];
    size_t cost; /* heap bytes */
    unsigned loaded, refused;
    unsigned long used;
};

enum { STORES = 16 };
static struct store stores[STORES];
static unsigned long ticks;

static struct store *store_find(const uint8_t sha256[SHA256_DIGEST_LENGTH])
{
    for (size_t i = 0; i < STORES; i++)
        if (stores[i].anchors &&
            !memcmp(stores[i].sha256, sha256, SHA256_DIGEST_LENGTH))
            return &stores[i];
    return NULL;
}

/* Frees the slot used longest ago, unless one is empty. */
static struct store *slot_empty(void)
{
    struct store *oldest = stores;

    for (size_t i = 0; i < STORES; i++)
        if (stores[i].used < oldest->used)
            oldest = &stores[i];
    X509_STORE_free(oldest->anchors);
    *oldest = (struct store){0};
    return oldest;
}

static int anchor_add(X509_STORE *store, const uint8_t *der, size_t size)
{
    const uint8_t *at = der;
    X509 *x = d2i_X509(NULL, &at, (long)size);
    int r = -1;

    if (!x)
        return -1;
    /* Decodes the extensions and the key now: otherwise the first connection
     * that meets this anchor pays for it, in time and heap. */
    X509_check_purpose(x, -1, 0);
    X509_get0_pubkey(x);
    ERR_clear_error();
    if (X509_STORE_add_cert(store, x))
        r = 0;
    X509_free(x);
    return r;
}

static int anchors_parse(struct store *s, const struct shim_bytes *der)
{
    const uint8_t *at = der->data;
    size_t left = der->size;

    s->anchors = X509_STORE_new();
    if (!s->anchors)
        return -1;
    while (left) {
        struct der_certificate c;
        size_t n = der_certificate_read(at, left, &c);
        if (!n) {
            s->refused++;
            break;
        }
        if (anchor_add(s->anchors, at, n) == 0)
            s->loaded++;
        else
            s->refused++;
        at += n;
        left -= n;
    }
    return s->refused && !s->loaded ? -1 : 0;
}

static struct store *store_parse(const struct shim_want *want)
{
    size_t before = shim_heap_used();
    struct store *s = slot_empty();

    shim_heap_share(before - shim_heap_used());
    before = shim_heap_used();
    if (anchors_parse(s, &want->anchors) == -1) {
        X509_STORE_free(s->anchors);
        *s = (struct store){0};
        return NULL;
    }
    s->cost = shim_heap_used() - before;
    return s;
}

X509_STORE *store_get(const struct shim_want *want, struct shim_got *got,
                      struct shim_why *why)
{
    uint8_t sha256[SHA256_DIGEST_LENGTH];
    struct store *s;

    SHA256(want->anchors.data, want->anchors.size, sha256);
    s = store_find(sha256);
    if (s)
        shim_heap_share(s->cost);
    else
        s = store_parse(want);
    if (!s) {
        reasons_fill(why, STAGE_TRUST_STORE, NULL);
        why->reason = REASON_TRUST_STORE_ERROR;
        return NULL;
    }
    memcpy(s->sha256, sha256, sizeof sha256);
    s->used = ++ticks;
    got->anchors_loaded = s->loaded;
    got->anchors_refused = s->refused;
    return X509_STORE_up_ref(s->anchors) ? s->anchors : NULL;
}
