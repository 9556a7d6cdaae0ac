/* Makes contexts. Trust anchors are loaded here, and the library looks at their
 * dates while it loads: the clock is part of a context's key. */
#include "clients/wolfssl/context.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clients/shim_map.h"
#include "clients/wolfssl/compat.h"
#include "clients/wolfssl/failure.h"
#include "clients/wolfssl/transport.h"
#include "core/der.h"
#include "core/tls_names.h"

enum { LIST_MAX = 8192 };

static void list_add(char list[LIST_MAX], const char *word)
{
    size_t have = strlen(list);

    snprintf(list + have, LIST_MAX - have, "%s%s", have ? ":" : "", word);
}

/* With verification the distribution's build would still take an anonymous
 * server, if a suite without authentication is on offer: so the list is always
 * explicit, and such suites are never on it. */
static int is_anonymous(const char *name)
{
    return !strncmp(name, "ADH-", 4) || strstr(name, "NULL") != NULL ||
           strstr(name, "PSK") != NULL;
}

/* The library has names of its own for the suites of TLS 1.3. */
static const char *tls13_name(uint16_t code, char *buffer, size_t size)
{
    static const struct {
        uint16_t code;
        const char *name;
    } names[] = {
        {0x1301, "TLS13-AES128-GCM-SHA256"},
        {0x1302, "TLS13-AES256-GCM-SHA384"},
        {0x1303, "TLS13-CHACHA20-POLY1305-SHA256"},
        {0x1304, "TLS13-AES128-CCM-SHA256"},
        {0x1305, "TLS13-AES128-CCM-8-SHA256"},
    };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].code == code)
            return names[i].name;
    snprintf(buffer, size, "0x%04x", code);
    return buffer;
}

static int suites_default(WOLFSSL_CTX *ctx)
{
    static char all[LIST_MAX];
    char list[LIST_MAX] = "", *rest = NULL;

    if (wolfSSL_get_ciphers(all, sizeof all) != WOLFSSL_SUCCESS)
        return -1;
    for (char *name = strtok_r(all, ":", &rest); name;
         name = strtok_r(NULL, ":", &rest))
        if (!is_anonymous(name))
            list_add(list, name);
    return wolfSSL_CTX_set_cipher_list(ctx, list) == WOLFSSL_SUCCESS ? 0 : -1;
}

/* The library's names are OpenSSL's, but for TLS 1.3. Those that the build
 * lacks are left out by it; it fails if none is left. */
static int suites_set(WOLFSSL_CTX *ctx, const struct shim_want *want)
{
    char list[LIST_MAX] = "";

    if (!want->suites_count)
        return suites_default(ctx);
    for (size_t i = 0; i < want->suites_count; i++) {
        const struct tls_suite *s = tls_suite_by_code(want->suites[i]);
        char name[64];

        if (!s || is_anonymous(s->openssl))
            continue;
        if (s->code >> 8 != 0x13) {
            list_add(list, s->openssl);
            continue;
        }
        /* TLS_AES_128_GCM_SHA256 is TLS13-AES128-GCM-SHA256 here. */
        list_add(list, tls13_name(s->code, name, sizeof name));
    }
    return wolfSSL_CTX_set_cipher_list(ctx, list) == WOLFSSL_SUCCESS ? 0 : -1;
}

static int groups_set(WOLFSSL_CTX *ctx, const struct shim_want *want)
{
    int groups[16], count = 0;

    for (size_t i = 0; i < want->groups_count && count < 10; i++) {
        if (wolfSSL_CTX_UseSupportedCurve(ctx, want->groups[i]) !=
            WOLFSSL_SUCCESS)
            continue;
        groups[count++] = want->groups[i];
    }
    if (!want->groups_count)
        return 0;
    return count && compat_groups(ctx, groups, count) ? 0 : -1;
}

/* The list has the older form only: a key type and a hash. */
static int sigalgs_set(WOLFSSL_CTX *ctx, const struct shim_want *want)
{
    char list[LIST_MAX] = "";

    for (size_t i = 0; i < want->signature_algorithms_count; i++) {
        const struct tls_name *name =
            tls_sigalg_by_code(want->signature_algorithms[i]);
        char word[32];

        if (!name)
            continue;
        if (sscanf(name->iana, "rsa_pss_rsae_sha%15s", word) == 1) {
            char pss[48];

            snprintf(pss, sizeof pss, "RSA-PSS+SHA%s", word);
            list_add(list, pss);
        } else {
            list_add(list, name->openssl);
        }
    }
    return !*list || compat_sigalgs(ctx, list) ? 0 : -1;
}

static int identity_set(WOLFSSL_CTX *ctx, const struct shim_want *want,
                        struct shim_why *why)
{
    if (!want->identity_certificate)
        return 0;
    if (wolfSSL_CTX_use_certificate_chain_file(
            ctx, want->identity_certificate) == WOLFSSL_SUCCESS &&
        wolfSSL_CTX_use_PrivateKey_file(
            ctx, want->identity_key, WOLFSSL_FILETYPE_PEM) == WOLFSSL_SUCCESS)
        return 0;
    shim_map_fill(why, STAGE_SETUP, REASON_UNMAPPED, 0,
                  "the identity cannot be loaded");
    return -1;
}

/* What a device does that verifies without a clock: it passes over the two
 * date errors and nothing else. With the OpenSSL layer they have numbers of
 * OpenSSL (measured: 13 and 14, not 9 and 10). */
static int pass_dates(int verified, WOLFSSL_X509_STORE_CTX *store)
{
    switch (store->error) {
    case ASN_BEFORE_DATE_E:
    case ASN_AFTER_DATE_E:
    case 13:
    case 14:
        return 1;
    default:
        return verified;
    }
}

static int anchors_load(WOLFSSL_CTX *ctx, const struct shim_want *want,
                        struct shim_got *got, struct shim_why *why)
{
    unsigned flags = want->verify_time ? 0 : WOLFSSL_LOAD_FLAG_DATE_ERR_OKAY;
    struct der_certificate c;
    int failed = 0;

    for (size_t at = 0, n; at < want->anchors.size; at += n) {
        const uint8_t *der = want->anchors.data + at;
        int ret;

        n = der_certificate_read(der, want->anchors.size - at, &c);
        if (!n) {
            shim_map_fill(why, STAGE_TRUST_STORE, REASON_TRUST_STORE_ERROR, 0,
                          "the anchors are not concatenated certificates");
            return -1;
        }
        ret = wolfSSL_CTX_load_verify_buffer_ex(
            ctx, der, (long)n, WOLFSSL_FILETYPE_ASN1, 0, flags);
        /* The distribution's build loads the certificate a second time, as a
         * trusted peer, and there the flag is not looked at. */
        if (!want->verify_time &&
            (ret == ASN_BEFORE_DATE_E || ret == ASN_AFTER_DATE_E))
            ret = WOLFSSL_SUCCESS;
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

/* A single version needs no downgrade; a range needs one from the highest. The
 * methods are allocated by the library and taken by the context. */
static WOLFSSL_METHOD *method(const struct shim_want *want)
{
    return want->max_version == 0x0302 ? COMPAT_TLS11_METHOD
                                       : wolfSSLv23_client_method();
}

/* Does the list (an empty one is everything) have suites of TLS 1.3, or of the
 * versions before? */
static int has_suites(const struct shim_want *want, int tls13)
{
    for (size_t i = 0; i < want->suites_count; i++)
        if ((want->suites[i] >> 8 == 0x13) == tls13)
            return 1;
    return want->suites_count == 0;
}

static int versions_set(WOLFSSL_CTX *ctx, const struct shim_want *want)
{
    static const struct {
        uint16_t code;
        int native;
    } versions[] = {
        {0x0301, WOLFSSL_TLSV1},
        {0x0302, WOLFSSL_TLSV1_1},
        {0x0303, WOLFSSL_TLSV1_2},
        {0x0304, WOLFSSL_TLSV1_3},
    };

    uint16_t min = want->min_version;

    /* A list without suites of one kind also takes those versions away. */
    if (want->suites_count && !has_suites(want, 0))
        min = 0x0304;
    if ((want->max_version == 0x0303 || !has_suites(want, 1)) &&
        !compat_no_tls13(ctx))
        return -1;
    if (!min || want->max_version == 0x0302)
        return 0;
    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++)
        if (versions[i].code == min)
            return wolfSSL_CTX_SetMinVersion(ctx, versions[i].native) ==
                           WOLFSSL_SUCCESS
                       ? 0
                       : -1;
    return -1;
}

/* The settings that a build may lack, each with its feature. */
static const struct {
    int (*set)(WOLFSSL_CTX *ctx, const struct shim_want *want);
    const char *feature;
} settings[] = {
    {versions_set, "versions"},
    {suites_set, "suites"},
    {groups_set, "groups"},
    {sigalgs_set, "signature-algorithms"},
};

static int context_fill(WOLFSSL_CTX *ctx, const struct shim_want *want,
                        struct shim_got *got, struct shim_why *why)
{
    wolfSSL_CTX_SetIORecv(ctx, transport_receive);
    wolfSSL_CTX_SetIOSend(ctx, transport_send);
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        if (settings[i].set(ctx, want) == 0)
            continue;
        shim_map_fill(why, STAGE_SETUP, REASON_NONE, 0, NULL);
        why->feature = settings[i].feature;
        return -1;
    }
    if (identity_set(ctx, want, why))
        return -1;
    /* A callback is used for the dates only: with one that returns what it is
     * given, versions up to 5.5 accept a wrong IP address. */
    wolfSSL_CTX_set_verify(
        ctx, want->verify_chain ? WOLFSSL_VERIFY_PEER : WOLFSSL_VERIFY_NONE,
        want->verify_chain && !want->verify_time ? pass_dates : NULL);
    return anchors_load(ctx, want, got, why);
}

void *context_new(const struct shim_want *want, struct shim_got *got,
                  struct shim_why *why)
{
    struct context *c = calloc(1, sizeof *c);
    WOLFSSL_METHOD *m = c ? method(want) : NULL;

    if (m)
        c->ctx = wolfSSL_CTX_new(m);
    if (!c || !c->ctx || context_fill(c->ctx, want, got, why) == -1) {
        context_free(c);
        return NULL;
    }
    c->signers = compat_signers(c->ctx);
    return c;
}

void context_free(void *context)
{
    struct context *c = context;

    if (!c)
        return;
    wolfSSL_CTX_free(c->ctx);
    free(c);
}

int context_renew(struct context *c, const struct shim_want *want,
                  struct shim_why *why)
{
    struct shim_got got = {0};

    if (c->signers >= 0 && compat_signers(c->ctx) == c->signers)
        return 0;
    compat_signers_unload(c->ctx);
    return anchors_load(c->ctx, want, &got, why);
}
