/* The library's configuration from a job's want. Looks at neither the clock nor
 * the name: contexts are shared over both. */
#include "clients/mbedtls/context.h"

#include <stdlib.h>
#include <string.h>

#include "clients/mbedtls/failure.h"
#include "clients/mbedtls/rng.h"
#include "clients/mbedtls/tickets.h"
#include "clients/shim_map.h"
#include "clients/shim_stack.h"
#include "base/file.h"

static int lacks(struct shim_why *why, const char *feature)
{
    why->feature = feature;
    return -1;
}

static int no_memory(struct shim_why *why)
{
    shim_map_fill(why, STAGE_SETUP, REASON_NONE, 0, "out of memory");
    return -1;
}

/* The build has none of what a list asks for. */
static int list_is_empty(struct shim_why *why, const char *feature)
{
    shim_map_fill(why, STAGE_SETUP, REASON_NONE, 0, NULL);
    why->feature = feature;
    return -1;
}

static const struct {
    uint16_t version;
    unsigned has;
    const char *feature;
} versions[] = {
    {0x0301, COMPAT_TLS10, "tls-1.0"},
    {0x0302, COMPAT_TLS11, "tls-1.1"},
    {0x0303, COMPAT_TLS12, "tls-1.2"},
    {0x0304, COMPAT_TLS13, "tls-1.3"},
};

/* NULL if the build has the version. 2.x crashes in the handshake when told one
 * that it lacks. */
static const char *version_lacking(uint16_t version)
{
    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++)
        if (versions[i].version == version)
            return versions[i].has ? NULL : versions[i].feature;
    return "tls-version";
}

static int versions_set(struct context *c, const struct shim_want *want,
                        struct shim_why *why)
{
    const char *lacking = NULL;

    if (want->min_version)
        lacking = version_lacking(want->min_version);
    if (!lacking && want->max_version)
        lacking = version_lacking(want->max_version);
    if (lacking)
        return lacks(why, lacking);
    if (want->min_version)
        compat_conf_min_version(&c->conf, want->min_version);
    if (want->max_version)
        compat_conf_max_version(&c->conf, want->max_version);
    return 0;
}

/* RFC 8446 appendix B.4 has all suites of TLS 1.3 under 0x13. */
static int is_tls13(int suite)
{
    return suite >> 8 == 0x13;
}

/* A list without suites of one kind takes those versions away, or the server
 * would choose one for which no suite was offered. */
static int versions_narrow(struct context *c, const struct shim_want *want,
                           struct shim_why *why)
{
    size_t newer = 0, older = 0;

    for (size_t i = 0; c->suites[i]; i++) {
        newer += is_tls13(c->suites[i]) != 0;
        older += is_tls13(c->suites[i]) == 0;
    }
    if (!newer && want->min_version == 0x0304)
        return list_is_empty(why, "suites");
    if (!older && want->max_version && want->max_version < 0x0304)
        return list_is_empty(why, "suites");
    if (!newer && COMPAT_TLS13 &&
        (!want->max_version || want->max_version > 0x0303))
        compat_conf_max_version(&c->conf, 0x0303);
    if (!older)
        compat_conf_min_version(&c->conf, 0x0304);
    return 0;
}

/* A suite that the build does not have cannot be offered: such a device never
 * had it either. */
static int suites_set(struct context *c, const struct shim_want *want,
                      struct shim_why *why)
{
    size_t n = 0;

    if (!want->suites_count)
        return 0;
    c->suites = calloc(want->suites_count + 1, sizeof *c->suites);
    if (!c->suites)
        return no_memory(why);
    for (size_t i = 0; i < want->suites_count; i++)
        if (mbedtls_ssl_ciphersuite_from_id(want->suites[i]))
            c->suites[n++] = want->suites[i];
    if (!n)
        return list_is_empty(why, "suites");
    mbedtls_ssl_conf_ciphersuites(&c->conf, c->suites);
    return versions_narrow(c, want, why);
}

static int groups_set(struct context *c, const struct shim_want *want,
                      struct shim_why *why)
{
    size_t n = 0;

    if (!want->groups_count)
        return 0;
    c->groups = calloc(want->groups_count + 1, sizeof *c->groups);
    if (!c->groups)
        return no_memory(why);
    for (size_t i = 0; i < want->groups_count; i++)
        n += compat_group_find(want->groups[i], &c->groups[n]) == 0;
    if (!n)
        return list_is_empty(why, "groups");
    compat_conf_groups(&c->conf, c->groups);
    return 0;
}

static int sigalgs_set(struct context *c, const struct shim_want *want,
                       struct shim_why *why)
{
    size_t count = want->signature_algorithms_count;

    if (!count)
        return 0;
    c->sigalgs = calloc(count + 1, sizeof *c->sigalgs);
    if (!c->sigalgs)
        return no_memory(why);
    if (compat_sigalgs_make(want->signature_algorithms, count, c->sigalgs) ==
        -1)
        return lacks(why, "signature-algorithms");
    compat_conf_sigalgs(&c->conf, c->sigalgs);
    return 0;
}

static int alpn_set(struct context *c, const struct shim_want *want,
                    struct shim_why *why)
{
    size_t n = 0;

    if (!want->alpn)
        return 0;
    while (want->alpn[n])
        n++;
    c->alpn = calloc(n + 1, sizeof *c->alpn);
    if (!c->alpn)
        return no_memory(why);
    for (size_t i = 0; i < n; i++) {
        c->alpn[i] = strdup(want->alpn[i]);
        if (!c->alpn[i])
            return no_memory(why);
    }
    if (compat_conf_alpn(&c->conf, (const char **)c->alpn))
        return lacks(why, "alpn");
    return 0;
}

/* RFC 6066 section 4: 2^9 is 1, 2^12 is 4. The library refuses one beyond its
 * own buffers. */
static int max_fragment_set(struct context *c, const struct shim_want *want,
                            struct shim_why *why)
{
    unsigned char code = 0;

    if (!want->max_fragment_length)
        return 0;
    while (code < 4 && 256u << code < want->max_fragment_length)
        code++;
    if (compat_conf_max_fragment(&c->conf, code))
        return lacks(why, "max-fragment-length");
    return 0;
}

static int identity_set(struct context *c, const struct shim_want *want,
                        struct shim_why *why)
{
    uint8_t *certificate = NULL, *key = NULL;
    size_t certificate_size, key_size;
    int ret = -1;

    if (!want->identity_certificate)
        return 0;
    if (file_read(want->identity_certificate, 0, &certificate,
                  &certificate_size) == -1 ||
        file_read(want->identity_key, 0, &key, &key_size) == -1) {
        shim_map_fill(why, STAGE_SETUP, REASON_NONE, 0,
                      "the identity cannot be read");
        goto out;
    }
    /* PEM: the size counts the final NUL. */
    ret =
        mbedtls_x509_crt_parse(&c->identity, certificate, certificate_size + 1);
    if (!ret)
        ret = compat_key_parse(&c->key, key, key_size + 1, rng_random);
    if (!ret)
        ret = compat_key_pair(&c->identity.pk, &c->key, rng_random);
    if (!ret)
        ret = mbedtls_ssl_conf_own_cert(&c->conf, &c->identity, &c->key);
    if (ret) {
        failure_code(why, STAGE_SETUP, ret);
        why->reason = REASON_IDENTITY_UNUSABLE;
        ret = -1;
    }
out:
    free(certificate);
    free(key);
    return ret;
}

static void verify_set(struct context *c, const struct shim_want *want)
{
    if (!want->verify_chain) {
        mbedtls_ssl_conf_authmode(&c->conf, MBEDTLS_SSL_VERIFY_NONE);
        return;
    }
    mbedtls_ssl_conf_authmode(&c->conf, MBEDTLS_SSL_VERIFY_REQUIRED);
    c->verify.forgive_time = !want->verify_time;
    c->verify.forgive_name = !want->verify_name;
    if (!want->verify_time || !want->verify_name || !want->sni)
        verify_install(&c->conf, &c->verify);
}

static int conf_set(struct context *c, const struct shim_want *want,
                    struct shim_why *why)
{
    int ret = mbedtls_ssl_config_defaults(&c->conf, MBEDTLS_SSL_IS_CLIENT,
                                          MBEDTLS_SSL_TRANSPORT_STREAM,
                                          MBEDTLS_SSL_PRESET_DEFAULT);

    if (ret) {
        failure_code(why, STAGE_SETUP, ret);
        return -1;
    }
    mbedtls_ssl_conf_rng(&c->conf, rng_random, NULL);
    mbedtls_ssl_conf_ca_chain(&c->conf, &c->store->certificates, NULL);
    verify_set(c, want);
    if (want->resume)
        tickets_ask(&c->conf);
    if (versions_set(c, want, why) == -1 || suites_set(c, want, why) == -1 ||
        groups_set(c, want, why) == -1 || sigalgs_set(c, want, why) == -1 ||
        alpn_set(c, want, why) == -1 || max_fragment_set(c, want, why) == -1)
        return -1;
    return identity_set(c, want, why);
}

void *context_new(const struct shim_want *want, struct shim_got *got,
                  struct shim_why *why)
{
    struct context *c = calloc(1, sizeof *c);

    if (!c)
        return NULL;
    mbedtls_ssl_config_init(&c->conf);
    mbedtls_x509_crt_init(&c->identity);
    mbedtls_pk_init(&c->key);
    c->store = store_get(&want->anchors, why);
    if (!c->store || conf_set(c, want, why) == -1) {
        context_free(c);
        return NULL;
    }
    got->anchors_loaded = c->store->loaded;
    got->anchors_refused = c->store->refused;
    return c;
}

void context_free(void *context)
{
    struct context *c = context;

    if (!c)
        return;
    mbedtls_ssl_config_free(&c->conf);
    mbedtls_x509_crt_free(&c->identity);
    mbedtls_pk_free(&c->key);
    store_put(c->store);
    for (char **p = c->alpn; p && *p; p++)
        free(*p);
    free(c->alpn);
    free(c->sigalgs);
    free(c->groups);
    free(c->suites);
    free(c);
}

void context_forget(struct context *c)
{
    store_forget(c->store);
    compat_key_forget(&c->key);
}
