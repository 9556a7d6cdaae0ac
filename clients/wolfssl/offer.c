/* Versions, suites, groups, signature algorithms: code points become the names
 * and numbers of this library. What the build lacks is left out; a list of
 * which nothing is left is a feature that the build lacks. */
#include "clients/wolfssl/offer.h"

#include <stdio.h>
#include <string.h>

#include "base/tls_names.h"

enum { TLS10 = 0x0301, TLS11, TLS12, TLS13, GROUPS_MAX = 10, WORD = 64 };

static void list_add(char list[OFFER_LIST], const char *word)
{
    size_t have = strlen(list);

    snprintf(list + have, OFFER_LIST - have, "%s%s", have ? ":" : "", word);
}

static int list_has(const char *list, const char *word)
{
    size_t size = strlen(word);
    const char *at = list;

    while (at) {
        if (!strncmp(at, word, size) && (at[size] == ':' || !at[size]))
            return 1;
        at = strchr(at, ':');
        at += at != NULL;
    }
    return 0;
}

static int contains_any(const char *name, const char *const *parts)
{
    for (; *parts; parts++)
        if (strstr(name, *parts))
            return 1;
    return 0;
}

/* With verification the distribution's build would still take an anonymous
 * server, if a suite without authentication is on offer: so the list is always
 * explicit, and such suites are never on it; nor are those without encryption
 * ("TLS13-SHA256-SHA256"), nor those with a shared secret. */
static int is_bare(const char *name)
{
    static const char *const parts[] = {"NULL", "PSK", "TLS13-SHA", NULL};

    return !strncmp(name, "ADH-", 4) || contains_any(name, parts);
}

/* The first version that has a suite. RFC 5246 appendix A.5: suites with
 * SHA-256 or an AEAD are new in TLS 1.2. */
static uint16_t first_version(const char *name)
{
    static const char *const parts[] = {"GCM",    "CCM",    "POLY1305",
                                        "SHA256", "SHA384", NULL};

    if (!strncmp(name, "TLS13-", 6))
        return TLS13;
    return contains_any(name, parts) ? TLS12 : TLS10;
}

/* The library has OpenSSL's names, but for TLS 1.3. NULL: unknown. */
static const char *suite_name(uint16_t code)
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
    const struct tls_suite *s = tls_suite_by_code(code);

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].code == code)
            return names[i].name;
    return s ? s->openssl : NULL;
}

/* The build's suites that the device may offer, in its order or the library's.
 */
static void suites_choose(char out[OFFER_LIST], const struct shim_want *want)
{
    static char all[OFFER_LIST];
    char *rest = NULL;

    if (wolfSSL_get_ciphers(all, sizeof all) != WOLFSSL_SUCCESS)
        return;
    for (size_t i = 0; i < want->suites_count; i++) {
        const char *name = suite_name(want->suites[i]);

        if (name && list_has(all, name) && !is_bare(name))
            list_add(out, name);
    }
    if (want->suites_count)
        return;
    for (char *name = strtok_r(all, ":", &rest); name;
         name = strtok_r(NULL, ":", &rest))
        if (!is_bare(name))
            list_add(out, name);
}

void offer_init(struct offer *o, const struct shim_want *want)
{
    char chosen[OFFER_LIST] = "", *rest = NULL;
    int has_tls13, has_older = 0;

    *o = (struct offer){.want = want, .min = want->min_version};
    o->max = want->max_version ? want->max_version : TLS13;
    suites_choose(chosen, want);
    has_tls13 = strstr(chosen, "TLS13-") != NULL;
    for (const char *at = chosen; at; at = strchr(at, ':')) {
        at += *at == ':';
        has_older |= *at && strncmp(at, "TLS13-", 6) != 0;
    }
    if (!has_tls13 && o->max == TLS13)
        o->max = TLS12;
    if (!has_older)
        o->min = TLS13;
    for (char *name = strtok_r(chosen, ":", &rest); name;
         name = strtok_r(NULL, ":", &rest)) {
        uint16_t first = first_version(name);

        if (first <= o->max && (first == TLS13 || o->min < TLS13))
            list_add(o->list, name);
    }
}

/* Only the flexible method has a range, and only the OpenSSL layer can lower
 * its end: wolfSSL_SetVersion changes the hello, but then refuses the answer
 * (measured with 5.5.4). */
static int is_flexible(const struct offer *o)
{
    return o->max == TLS13 ||
           (o->max == TLS12 && (COMPAT_NO_TLS13 || !COMPAT_TLS13));
}

WOLFSSL_METHOD *offer_method(const struct offer *o)
{
    if (is_flexible(o))
        return wolfSSLv23_client_method();
    if (o->min && o->min != o->max)
        return NULL;
    switch (o->max) {
    case TLS10:
        return COMPAT_TLS10_METHOD;
    case TLS11:
        return COMPAT_TLS11_METHOD;
    default:
        return COMPAT_TLS12_METHOD;
    }
}

static int versions_set(const struct offer *o, WOLFSSL_CTX *ctx)
{
    static const int native[] = {WOLFSSL_TLSV1, WOLFSSL_TLSV1_1,
                                 WOLFSSL_TLSV1_2, WOLFSSL_TLSV1_3};

    if (!is_flexible(o))
        return 0;
    if (o->max == TLS12 && COMPAT_TLS13 && !compat_no_tls13(ctx))
        return -1;
    if (!o->min)
        return 0;
    return wolfSSL_CTX_SetMinVersion(ctx, native[o->min - TLS10]) ==
                   WOLFSSL_SUCCESS
               ? 0
               : -1;
}

static int suites_set(const struct offer *o, WOLFSSL_CTX *ctx)
{
    return wolfSSL_CTX_set_cipher_list(ctx, o->list) == WOLFSSL_SUCCESS ? 0
                                                                        : -1;
}

static int groups_set(const struct offer *o, WOLFSSL_CTX *ctx)
{
    const struct shim_want *want = o->want;
    int groups[GROUPS_MAX], count = 0;

    if (!want->groups_count)
        return 0;
    for (size_t i = 0; i < want->groups_count && count < GROUPS_MAX; i++)
        if (compat_group(ctx, want->groups[i]))
            groups[count++] = want->groups[i];
    return count && compat_groups(ctx, groups, count) ? 0 : -1;
}

/* The library's list has a key type and a hash; what it calls RSA-PSS is both
 * code points, for either kind of key. */
static int sigalg_word(char word[WORD], uint16_t code)
{
    const struct tls_name *name = tls_sigalg_by_code(code);
    static const char pss[] = "rsa_pss_rsae_sha";

    if (!name || !strncmp(name->iana, "rsa_pss_pss_", 12))
        return -1;
    if (!strncmp(name->iana, pss, sizeof pss - 1)) {
        snprintf(word, WORD, "RSA-PSS+SHA%s", name->iana + sizeof pss - 1);
        return 0;
    }
    snprintf(word, WORD, "%s",
             !strcmp(name->iana, "ed25519") ? "ED25519"
             : !strcmp(name->iana, "ed448") ? "ED448"
                                            : name->openssl);
    return 0;
}

/* Each word is tried alone first: one that the build lacks fails a list. */
static int sigalgs_set(const struct offer *o, WOLFSSL_CTX *ctx)
{
    const struct shim_want *want = o->want;
    char list[OFFER_LIST] = "", word[WORD];

    if (!want->signature_algorithms_count)
        return 0;
    for (size_t i = 0; i < want->signature_algorithms_count; i++)
        if (sigalg_word(word, want->signature_algorithms[i]) == 0 &&
            compat_sigalgs(ctx, word))
            list_add(list, word);
    return *list && compat_sigalgs(ctx, list) ? 0 : -1;
}

const char *offer_set(const struct offer *o, WOLFSSL_CTX *ctx)
{
    static const struct {
        int (*set)(const struct offer *o, WOLFSSL_CTX *ctx);
        const char *feature;
    } settings[] = {
        {suites_set, "suites"},
        {versions_set, "versions"},
        {groups_set, "groups"},
        {sigalgs_set, "signature-algorithms"},
    };

    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        if (settings[i].set(o, ctx) == -1)
            return settings[i].feature;
    return NULL;
}
