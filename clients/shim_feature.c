/* Feature names, and which part of a job needs which feature. Must not know any
 * stack. */
#include "clients/shim_feature.h"

#include <string.h>

enum { TLS10 = 0x0301, TLS13 = 0x0304 };

/* In the order of enum shim_feature. */
static const char *const names[SHIM_FEATURE_COUNT] = {
    "tls-1.0",
    "tls-1.1",
    "tls-1.2",
    "tls-1.3",
    "sni",
    "alpn",
    "max-fragment-length",
    "clock",
    "time-off",
    "name-off",
    "partial-chain",
    "peer-chain",
    "heap",
    "max-depth",
    "max-certificate",
    "identity",
    "groups",
    "signature-algorithms",
    "suites",
    "security-level",
    "sha1-pin",
    "trust-settings",
    "resume",
    "request-rsa-2048",
    "request-p-256",
    "ocsp",
};

const char *shim_feature_name(unsigned bit)
{
    return bit < SHIM_FEATURE_COUNT ? names[bit] : NULL;
}

unsigned shim_feature_parse(const char *name)
{
    for (unsigned i = 0; i < SHIM_FEATURE_COUNT; i++)
        if (!strcmp(names[i], name))
            return 1u << i;
    return 0;
}

unsigned shim_feature_has(const struct shim_ops *ops)
{
    uint8_t hash[SHIM_DIGEST_MAX];

    return ops->features() |
           (ops->digest(SHIM_SHA1, "", 0, hash) == 0 ? FEATURE_SHA1_PIN : 0u);
}

static int has_sha1_pin(const struct shim_want *w)
{
    for (size_t i = 0; i < w->pins_count; i++)
        if (w->pins[i].digest == SHIM_SHA1)
            return 1;
    return 0;
}

unsigned shim_feature_needed(const struct shim_want *w)
{
    const struct {
        unsigned feature;
        int needed;
    } rows[] = {
        {FEATURE_SNI, w->sni},
        {FEATURE_ALPN, w->alpn != NULL},
        {FEATURE_MAX_FRAGMENT, w->max_fragment_length > 0},
        {FEATURE_CLOCK, w->verify_chain && w->verify_time},
        {FEATURE_TIME_OFF, w->verify_chain && !w->verify_time},
        {FEATURE_NAME_OFF, w->verify_chain && !w->verify_name},
        {FEATURE_PARTIAL_CHAIN, w->partial_chain},
        {FEATURE_PEER_CHAIN, w->pins_count || w->distrust_count},
        {FEATURE_HEAP, w->heap > 0},
        {FEATURE_MAX_DEPTH, w->max_depth > 0},
        {FEATURE_MAX_CERTIFICATE, w->max_certificate > 0},
        {FEATURE_IDENTITY, w->identity_certificate != NULL},
        {FEATURE_GROUPS, w->groups_count > 0},
        {FEATURE_SIGALGS, w->signature_algorithms_count > 0},
        {FEATURE_SUITES, w->suites_count > 0},
        {FEATURE_SHA1_PIN, has_sha1_pin(w)},
        {FEATURE_TRUST_SETTINGS, w->settings_count > 0},
        {FEATURE_RESUME, w->resume},
        {FEATURE_OCSP, w->ocsp >= OCSP_ASK},
    };
    unsigned needed = 0;

    if (w->request)
        return w->request == SHIM_KEY_P256 ? FEATURE_REQUEST_P256
                                           : FEATURE_REQUEST_RSA;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].needed)
            needed |= rows[i].feature;
    return needed;
}

const char *shim_feature_lacking(unsigned needed, unsigned has)
{
    for (unsigned i = 0; i < SHIM_FEATURE_COUNT; i++)
        if (needed & ~has & 1u << i)
            return names[i];
    return NULL;
}

static unsigned version_bit(unsigned version)
{
    return version < TLS10 ? 0 : (unsigned)FEATURE_TLS10 << (version - TLS10);
}

const char *shim_feature_versions(struct shim_want *want, unsigned has)
{
    uint16_t min = want->min_version ? want->min_version : TLS10;
    uint16_t max = want->max_version ? want->max_version : TLS13;
    uint16_t low = 0, high = 0;

    for (uint16_t v = min; v <= max; v++) {
        if (!(has & version_bit(v)))
            continue;
        low = low ? low : v;
        high = v;
    }
    if (!low)
        return names[max - TLS10];
    if (want->min_version)
        want->min_version = low;
    if (want->max_version)
        want->max_version = high;
    return NULL;
}
