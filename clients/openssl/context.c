/* The SSL_CTX of a device: what it trusts, speaks and limits. */
#include "clients/shim_stack.h"

#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>

#include "base/tls_names.h"
#include "clients/shim_map.h"
#include "clients/openssl/compat.h"
#include "clients/openssl/reasons.h"
#include "clients/openssl/store.h"

enum { LIST_MAX = 8192, TLS13_SUITES = 0x13 };

/* Appends a word and, before it, a colon if it is not the first. */
static void list_add(char list[LIST_MAX], const char *word)
{
    size_t have = strlen(list);

    snprintf(list + have, LIST_MAX - have, "%s%s", have ? ":" : "", word);
}

static int is_tls13(uint16_t suite)
{
    return suite >> 8 == TLS13_SUITES;
}

/* Up to TLS 1.2 and since TLS 1.3 the suites are two lists. A list without
 * suites of one kind also takes those versions away. 1 or 0. */
static int suites_set(SSL_CTX *ctx, const struct shim_want *want)
{
    char older[LIST_MAX] = "", tls13[LIST_MAX] = "";

    for (size_t i = 0; i < want->suites_count; i++) {
        const struct tls_suite *s = tls_suite_by_code(want->suites[i]);
        if (s)
            list_add(is_tls13(s->code) ? tls13 : older, s->openssl);
    }
    if (want->suites_count && !*tls13 &&
        !SSL_CTX_set_max_proto_version(
            ctx, want->max_version && want->max_version < TLS1_2_VERSION
                     ? want->max_version
                     : TLS1_2_VERSION))
        return 0;
    if (want->suites_count && !*older &&
        !SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION))
        return 0;
    if (want->suites_count && !SSL_CTX_set_ciphersuites(ctx, tls13))
        return 0;
    return !*older || SSL_CTX_set_cipher_list(ctx, older);
}

static int groups_set(SSL_CTX *ctx, const struct shim_want *want)
{
    char list[LIST_MAX] = "";

    for (size_t i = 0; i < want->groups_count; i++)
        list_add(list, tls_group_by_code(want->groups[i])->openssl);
    return !*list || SSL_CTX_set1_groups_list(ctx, list);
}

static int sigalgs_set(SSL_CTX *ctx, const struct shim_want *want)
{
    char list[LIST_MAX] = "";

    for (size_t i = 0; i < want->signature_algorithms_count; i++)
        list_add(list,
                 tls_sigalg_by_code(want->signature_algorithms[i])->openssl);
    return !*list || SSL_CTX_set1_sigalgs_list(ctx, list);
}

/* RFC 7301 section 3.1: each name with its length before it. */
static int alpn_set(SSL_CTX *ctx, const struct shim_want *want)
{
    uint8_t wire[LIST_MAX];
    size_t size = 0;

    for (const char *const *name = want->alpn; name && *name; name++) {
        size_t length = strlen(*name);
        if (length > UINT8_MAX || size + 1 + length > sizeof wire)
            return 0;
        wire[size++] = (uint8_t)length;
        memcpy(wire + size, *name, length);
        size += length;
    }
    /* Unlike its neighbours this one returns 0 on success. */
    return !size || SSL_CTX_set_alpn_protos(ctx, wire, (unsigned)size) == 0;
}

static int fragment_set(SSL_CTX *ctx, const struct shim_want *want)
{
    uint8_t mode = TLSEXT_max_fragment_length_512;

    for (unsigned n = want->max_fragment_length; n > 512; n /= 2)
        mode++;
    return !want->max_fragment_length ||
           SSL_CTX_set_tlsext_max_fragment_length(ctx, mode);
}

static int versions_set(SSL_CTX *ctx, const struct shim_want *want)
{
    return SSL_CTX_set_min_proto_version(ctx, want->min_version
                                                  ? want->min_version
                                                  : COMPAT_MIN_VERSION) &&
           SSL_CTX_set_max_proto_version(
               ctx, want->max_version ? want->max_version : COMPAT_MAX_VERSION);
}

static int identity_set(SSL_CTX *ctx, const struct shim_want *want)
{
    return !want->identity_certificate ||
           (SSL_CTX_use_certificate_chain_file(ctx,
                                               want->identity_certificate) &&
            SSL_CTX_use_PrivateKey_file(ctx, want->identity_key,
                                        SSL_FILETYPE_PEM) &&
            SSL_CTX_check_private_key(ctx));
}

/* OpenSSL 1.0.2 looked for an issuer among the certificates that the peer
 * sent before it looked into the store. The flag that is the default since
 * 1.1.0 can only be cleared here: flags of the SSL_CTX are OR-ed with it. */
static int verify_peer_first(X509_STORE_CTX *store, void *arg)
{
    (void)arg;
    X509_VERIFY_PARAM_clear_flags(X509_STORE_CTX_get0_param(store),
                                  X509_V_FLAG_TRUSTED_FIRST);
    if (COMPAT_NO_ALT)
        X509_VERIFY_PARAM_set_flags(X509_STORE_CTX_get0_param(store),
                                    X509_V_FLAG_NO_ALT_CHAINS);
    return X509_verify_cert(store);
}

static void verify_set(SSL_CTX *ctx, const struct shim_want *want)
{
    X509_VERIFY_PARAM *param = SSL_CTX_get0_param(ctx);

    SSL_CTX_set_verify(
        ctx, want->verify_chain ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
    if (want->partial_chain)
        X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
    if (!want->verify_time)
        X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_NO_CHECK_TIME);
    if (COMPAT_PEER_FIRST)
        SSL_CTX_set_cert_verify_callback(ctx, verify_peer_first, NULL);
    if (want->max_depth)
        SSL_CTX_set_verify_depth(ctx, (int)want->max_depth);
    if (want->max_certificate)
        SSL_CTX_set_max_cert_list(ctx, (long)want->max_certificate);
}

/* Unless the device says so the level stays what the library was built with:
 * that is what a program gets that does as the manual says. */
static int level_set(SSL_CTX *ctx, const struct shim_want *want)
{
    int level =
        COMPAT_LEVELS ? want->security_level : COMPAT_LEVEL_BEFORE_LEVELS;

    if (level >= 0)
        SSL_CTX_set_security_level(ctx, level);
    return 1;
}

/* The settings that a build may lack, each with its feature. */
static const struct setting {
    int (*set)(SSL_CTX *ctx, const struct shim_want *want);
    const char *feature; /* NULL: no feature is to blame */
    enum reason reason;
} settings[] = {
    {level_set, NULL, REASON_UNMAPPED},
    {versions_set, NULL, REASON_UNMAPPED},
    {suites_set, "suites", REASON_UNMAPPED},
    {groups_set, "groups", REASON_UNMAPPED},
    {sigalgs_set, "signature-algorithms", REASON_UNMAPPED},
    {alpn_set, NULL, REASON_UNMAPPED},
    {fragment_set, "max-fragment-length", REASON_UNMAPPED},
    {identity_set, NULL, REASON_IDENTITY_UNUSABLE},
};

static int settings_set(SSL_CTX *ctx, const struct shim_want *want,
                        struct shim_why *why)
{
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        if (settings[i].set(ctx, want))
            continue;
        reasons_fill(why, STAGE_SETUP, NULL);
        why->reason = settings[i].reason;
        why->feature = settings[i].feature;
        return -1;
    }
    return 0;
}

void *context_new(const struct shim_want *want, struct shim_got *got,
                  struct shim_why *why)
{
    X509_STORE *store = store_get(want, got, why);
    SSL_CTX *ctx = NULL;

    if (!store)
        return NULL;
    ctx = SSL_CTX_new(TLS_client_method());
    if (!ctx) {
        X509_STORE_free(store);
        reasons_fill(why, STAGE_SETUP, NULL);
        return NULL;
    }
    SSL_CTX_set_cert_store(ctx, store); /* takes the reference */
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    if (!want->resume)
        SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
    verify_set(ctx, want);
    if (settings_set(ctx, want, why) == -1) {
        SSL_CTX_free(ctx);
        return NULL;
    }
    if (COMPAT_LEVELS)
        got->security_level = SSL_CTX_get_security_level(ctx);
    return ctx;
}

void context_free(void *context)
{
    SSL_CTX_free(context);
}
