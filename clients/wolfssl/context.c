/* Makes contexts. The library looks at the dates of trust anchors while they
 * are loaded: the clock is part of a context's key. */
#include "clients/wolfssl/context.h"

#include <stdlib.h>

#include "clients/shim_map.h"
#include "clients/shim_stack.h"
#include "clients/wolfssl/failure.h"
#include "clients/wolfssl/offer.h"
#include "clients/wolfssl/store.h"
#include "clients/wolfssl/transport.h"
#include "base/file.h"

/* WOLFSSL_SUCCESS, or the library's error; 0 too if a file cannot be read. */
static int identity_load(WOLFSSL_CTX *ctx, const struct shim_want *want)
{
    uint8_t *certificate = NULL, *key = NULL;
    size_t certificate_size, key_size;
    int ret = 0;

    if (file_read(want->identity_certificate, 0, &certificate,
                  &certificate_size) == 0 &&
        file_read(want->identity_key, 0, &key, &key_size) == 0)
        ret = compat_identity(ctx, certificate, (long)certificate_size, key,
                              (long)key_size);
    free(certificate);
    free(key);
    return ret;
}

static int identity_set(WOLFSSL_CTX *ctx, const struct shim_want *want,
                        struct shim_why *why)
{
    int ret;

    if (!want->identity_certificate)
        return 0;
    ret = identity_load(ctx, want);
    if (ret == WOLFSSL_SUCCESS)
        return 0;
    shim_map_fill(why, STAGE_SETUP, REASON_IDENTITY_UNUSABLE, ret,
                  "the identity cannot be loaded");
    return -1;
}

/* What a device does that verifies without a clock: it passes over the two
 * date errors and nothing else. With the OpenSSL layer they have numbers of
 * OpenSSL: 13 and 14 up to 5.5, 9 and 10 from 5.7 on. 5.5.4 with
 * WOLFSSL_ALT_CERT_CHAINS still refuses an intermediate that is out of date
 * (-188): it asks here, but does not make that CA a signer. 4.6, 5.7, 5.9 and
 * builds without that macro do (measured). */
static int pass_dates(int verified, WOLFSSL_X509_STORE_CTX *store)
{
    switch (store->error) {
    case ASN_BEFORE_DATE_E:
    case ASN_AFTER_DATE_E:
    case 9:
    case 10:
    case 13:
    case 14:
        return 1;
    default:
        return verified;
    }
}

/* A callback is used for the dates only: with one that returns what it is
 * given, versions up to 5.5 accept a wrong IP address. */
static void verification_set(WOLFSSL_CTX *ctx, const struct shim_want *want)
{
    wolfSSL_CTX_set_verify(
        ctx, want->verify_chain ? WOLFSSL_VERIFY_PEER : WOLFSSL_VERIFY_NONE,
        want->verify_chain && !want->verify_time ? pass_dates : NULL);
    if (want->max_depth)
        compat_depth(ctx, (int)want->max_depth);
}

static int lacks(struct shim_why *why, const char *feature)
{
    shim_map_fill(why, STAGE_SETUP, REASON_NONE, 0, NULL);
    why->feature = feature;
    return -1;
}

static int context_fill(struct context *c, const struct shim_want *want,
                        struct shim_got *got, struct shim_why *why)
{
    struct offer offer;
    WOLFSSL_METHOD *method;
    const char *feature;

    offer_init(&offer, want);
    if (!*offer.list)
        return lacks(why, "suites");
    method = offer_method(&offer);
    if (!method)
        return lacks(why, "versions");
    c->ctx = wolfSSL_CTX_new(method);
    if (!c->ctx) {
        shim_map_fill(why, STAGE_SETUP, REASON_UNMAPPED, 0, "wolfSSL_CTX_new");
        return -1;
    }
    wolfSSL_CTX_SetIORecv(c->ctx, transport_receive);
    wolfSSL_CTX_SetIOSend(c->ctx, transport_send);
    feature = offer_set(&offer, c->ctx);
    if (feature)
        return lacks(why, feature);
    if (identity_set(c->ctx, want, why) == -1)
        return -1;
    verification_set(c->ctx, want);
    if (store_load(c->ctx, want, got, why) == -1)
        return -1;
    compat_signers_note(c->ctx, &c->anchors);
    return 0;
}

void *context_new(const struct shim_want *want, struct shim_got *got,
                  struct shim_why *why)
{
    struct context *c = calloc(1, sizeof *c);

    if (c && context_fill(c, want, got, why) == 0)
        return c;
    context_free(c);
    return NULL;
}

void context_free(void *context)
{
    struct context *c = context;

    if (!c)
        return;
    wolfSSL_CTX_free(c->ctx);
    free(c);
}

void context_renew(struct context *c)
{
    c->spoiled = compat_signers_restore(c->ctx, &c->anchors) == -1;
}
