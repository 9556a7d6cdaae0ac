/* One certificate at a time; which of them are on the way is path.c's. */
#include "judge/fault.h"

#include <stdlib.h>
#include <string.h>

static int has(char *const *list, size_t count, const char *text)
{
    for (size_t i = 0; i < count; i++)
        if (!strcmp(list[i], text))
            return 1;
    return 0;
}

/* The name of the first extension that is malformed or stands twice, with more
 * behind it, or of a date that cannot be read; or NULL. */
static const char *find_malformed(const struct certificate *c)
{
    for (size_t i = 0; i < c->extensions_count; i++) {
        const char *e = c->extensions[i];
        size_t size = strcspn(e, " ");

        if (strstr(e, "(malformed)"))
            return e;
        for (size_t k = 0; k < i; k++)
            if (strcspn(c->extensions[k], " ") == size &&
                !strncmp(c->extensions[k], e, size))
                return e;
    }
    return c->not_after == CERTIFICATE_NO_TIME ? "notAfter" : NULL;
}

/* A CA certificate has cA, keyCertSign where it has a key usage, and a path
 * length that reaches (RFC 5280 section 6.1.4 k to n). `below` is the number of
 * intermediates under it. */
static int is_bad_ca(const struct certificate *c, size_t below)
{
    if (c->version < 3 || c->ca != 1)
        return 1;
    if (c->has_key_usage &&
        !has(c->key_usage, c->key_usage_count, "keyCertSign"))
        return 1;
    return c->path_length != CERTIFICATE_ABSENT &&
           (size_t)c->path_length < below;
}

static int excludes_servers(const struct certificate *c)
{
    return c->extended_key_usage_count > 0 &&
           !has(c->extended_key_usage, c->extended_key_usage_count,
                "serverAuth") &&
           !has(c->extended_key_usage, c->extended_key_usage_count,
                "anyExtendedKeyUsage");
}

/* Which of the three a suite needs differs; none of them fits no suite. */
static int leaf_cannot_serve(const struct certificate *c)
{
    static const char *const uses[] = {"digitalSignature", "keyEncipherment",
                                       "keyAgreement"};

    if (!c->has_key_usage)
        return 0;
    for (size_t i = 0; i < sizeof uses / sizeof *uses; i++)
        if (has(c->key_usage, c->key_usage_count, uses[i]))
            return 0;
    return 1;
}

/* Is it the extension of this name (or OID)? */
static int is_extension(const char *e, const char *name)
{
    size_t size = strcspn(e, " ");

    return strlen(name) == size && !strncmp(e, name, size);
}

static int has_name_constraints(const struct certificate *c)
{
    for (size_t i = 0; i < c->extensions_count; i++)
        if (is_extension(c->extensions[i], "nameConstraints"))
            return 1;
    return 0;
}

/* A critical extension that not every library here knows, if it is well formed;
 * BearSSL does not know extendedKeyUsage. `but`: a name that does not count. */
static int has_rare_critical(const struct certificate *c, const char *but)
{
    static const char *const known[] = {"basicConstraints", "keyUsage",
                                        "subjectAltName"};

    for (size_t i = 0; i < c->extensions_count; i++) {
        const char *e = c->extensions[i];
        int rare = strstr(e, "(critical)") && !strstr(e, "(malformed)") &&
                   !is_extension(e, but);

        for (size_t k = 0; rare && k < sizeof known / sizeof *known; k++)
            rare = !is_extension(e, known[k]);
        if (rare)
            return 1;
    }
    return 0;
}

/* Of RSA under 1024 bits, of a curve under 224. */
static int is_small(const char *key)
{
    static const struct {
        const char *kind;
        long least;
    } kinds[] = {{"rsa-", 1024}, {"rsa-pss-", 1024}, {"ec-p", 224}};

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        size_t size = strlen(kinds[i].kind);
        char *end = NULL;
        long bits = strncmp(key, kinds[i].kind, size)
                        ? 0
                        : strtol(key + size, &end, 10);

        if (bits > 0 && *end == '\0' && bits < kinds[i].least)
            return 1;
    }
    return 0;
}

/* What of a certificate is not read as it should be is not judged by what it
 * would say. */
unsigned fault_of_signer(const struct certificate *c, size_t below, int anchor)
{
    const char *malformed = find_malformed(c);
    unsigned faults = 0;

    if (malformed)
        return FAULT_MALFORMED |
               (is_extension(malformed, "nameConstraints") ? FAULT_CONSTRAINED
                                                           : 0);
    faults |= is_bad_ca(c, below) ? FAULT_CA : 0;
    faults |= has_name_constraints(c) ? FAULT_CONSTRAINED : 0;
    faults |= is_small(c->key) ? FAULT_KEY : 0;
    if (anchor)
        return faults;
    faults |= excludes_servers(c) ? FAULT_PURPOSE : 0;
    faults |= has_rare_critical(c, "nameConstraints") ? FAULT_CRITICAL : 0;
    faults |= c->has_key_usage ? 0 : FAULT_NO_KEY_USAGE;
    return faults;
}

unsigned fault_of_leaf(const struct certificate *c)
{
    if (find_malformed(c))
        return FAULT_MALFORMED;
    return excludes_servers(c) || leaf_cannot_serve(c) ? FAULT_PURPOSE : 0;
}

/* Of the signature of c, which names issuer. */
unsigned fault_of_link(const struct certificate *c,
                       const struct certificate *issuer)
{
    unsigned faults =
        !strncmp(c->signature_algorithm, "md", 2) ? FAULT_DIGEST : 0;

    if (!c->signer_spki_sha256 ||
        strcmp(c->signer_spki_sha256, issuer->spki_sha256) != 0)
        faults |= FAULT_SIGNATURE;
    return faults;
}

int fault_rare_critical(const struct certificate *c)
{
    return has_rare_critical(c, "");
}
