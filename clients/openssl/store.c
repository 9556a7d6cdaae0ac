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

/* What d2i_X509_AUX makes of a TRUSTED CERTIFICATE that says so. 1 or 0. */
static int settings_set(X509 *x, const struct shim_want *want,
                        const uint8_t *der, size_t size)
{
    uint8_t sha256[SHA256_DIGEST_LENGTH];
    int ok = 1;

    if (want->settings_count == 0)
        return 1;
    SHA256(der, size, sha256);
    for (size_t i = 0; i < want->settings_count && ok; i++) {
        enum shim_use use = want->settings[i].use;
        const ASN1_OBJECT *o = OBJ_nid2obj(
            use == SHIM_USE_UNTRUSTED ? NID_client_auth : NID_server_auth);

        if (memcmp(want->settings[i].sha256, sha256, sizeof sha256) != 0)
            continue;
        ok = use == SHIM_USE_REJECTED ? X509_add1_reject_object(x, o)
                                      : X509_add1_trust_object(x, o);
    }
    return ok;
}

static int anchor_add(X509_STORE *store, const struct shim_want *want,
                      const uint8_t *der, size_t size)
{
    const uint8_t *at = der;
    X509 *x = d2i_X509(NULL, &at, (long)size);
    int r = -1;

    if (!x || !settings_set(x, want, der, size)) {
        X509_free(x);
        return -1;
    }
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

static int anchors_parse(struct store *s, const struct shim_want *want)
{
    const uint8_t *at = want->anchors.data;
    size_t left = want->anchors.size;

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
        if (anchor_add(s->anchors, want, at, n) == 0)
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
    if (anchors_parse(s, want) == -1) {
        X509_STORE_free(s->anchors);
        *s = (struct store){0};
        return NULL;
    }
    s->cost = shim_heap_used() - before;
    return s;
}

/* The hash of the anchors, and of their settings where there are any. */
static void store_key(const struct shim_want *want,
                      uint8_t sha256[SHA256_DIGEST_LENGTH])
{
    uint8_t both[2 * SHA256_DIGEST_LENGTH];

    SHA256(want->anchors.data, want->anchors.size, sha256);
    for (size_t i = 0; i < want->settings_count; i++) {
        sha256[0] ^= (uint8_t)(want->settings[i].use + 1);
        memcpy(both, sha256, SHA256_DIGEST_LENGTH);
        memcpy(both + SHA256_DIGEST_LENGTH, want->settings[i].sha256,
               SHA256_DIGEST_LENGTH);
        SHA256(both, sizeof both, sha256);
    }
}

X509_STORE *store_get(const struct shim_want *want, struct shim_got *got,
                      struct shim_why *why)
{
    uint8_t sha256[SHA256_DIGEST_LENGTH];
    struct store *s;

    store_key(want, sha256);
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
