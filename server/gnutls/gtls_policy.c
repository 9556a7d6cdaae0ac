/* The TLS policy of a state: versions, suites, groups, signature algorithms,
 * ALPN, record size. Names are IANA's (or OpenSSL's); one that GnuTLS has not
 * is an error, never left out in silence. */
#include "server/gnutls/gtls_state.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/tls_names.h"

/* Where a policy lists none: as server/openssl/ has them, in OpenSSL's order.
 */
static const uint16_t all_suites[] = {
    0x1302, 0x1303, 0x1301, 0xc02c, 0xc030, 0x009f, 0xcca9, 0xcca8,
    0xccaa, 0xc0af, 0xc0ad, 0xc02b, 0xc02f, 0x009e, 0xc0ae, 0xc0ac,
    0xc024, 0xc028, 0x006b, 0xc023, 0xc027, 0x0067, 0xc00a, 0xc014,
    0x0039, 0xc009, 0xc013, 0x0033, 0x009d, 0xc0a1, 0xc09d, 0x009c,
    0xc0a0, 0xc09c, 0x003d, 0x003c, 0x0035, 0x002f,
};
static const uint16_t all_groups[] = {29,  23,  30,  25,  24,
                                      256, 257, 258, 259, 260};
static const uint16_t all_signs[] = {
    0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0809, 0x080a, 0x080b, 0x0804,
    0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0303, 0x0301, 0x0203, 0x0201,
};
enum { SHA1_SIGNS = 2 }; /* the last ones: only with a version below 1.2 */

#define COUNT(table) (sizeof(table) / sizeof *(table))

static int out_of_memory(const struct gtls_state *s)
{
    return gtls_state_fault(s, "out of memory", 0);
}

static int has_not(const struct gtls_state *s, const char *field,
                   const char *name)
{
    diag("state %s: tls.%s: GnuTLS has no %s", s->id, field,
         name == NULL ? "(not text)" : name);
    return -1;
}

static int versions_apply(struct gtls_state *s, const json_t *tls)
{
    const char *min = json_string_value(json_object_get(tls, "min"));
    const char *max = json_string_value(json_object_get(tls, "max"));

    s->min = min == NULL ? 0 : tls_version_parse(min);
    s->max = max == NULL ? 0 : tls_version_parse(max);
    if (s->min != 0 && s->max != 0 && s->min <= s->max)
        return 0;
    diag("state %s: tls: min and max must be 1.0 to 1.3, min not above max",
         s->id);
    return -1;
}

static uint16_t version_code(gnutls_protocol_t version)
{
    switch (version) {
    case GNUTLS_TLS1_3:
        return GTLS_TLS13;
    case GNUTLS_TLS1_2:
        return GTLS_TLS12;
    default:
        return 0x0301;
    }
}

/* Does the suite prove the server by a certificate and hide what is said? */
static int suite_is_plain(const struct gtls_suite *s)
{
    return s->first == GTLS_TLS13 || s->kx == GNUTLS_KX_RSA ||
           s->kx == GNUTLS_KX_DHE_RSA || s->kx == GNUTLS_KX_ECDHE_RSA ||
           s->kx == GNUTLS_KX_ECDHE_ECDSA;
}

static int suite_find(uint16_t code, struct gtls_suite *out)
{
    unsigned char id[2];
    gnutls_protocol_t first;

    *out = (struct gtls_suite){.code = code};
    for (size_t i = 0; gnutls_cipher_suite_info(i, id, &out->kx, &out->cipher,
                                                &out->mac, &first) != NULL;
         i++) {
        if ((id[0] << 8 | id[1]) != code)
            continue;
        out->first = version_code(first);
        return suite_is_plain(out) ? 0 : -1;
    }
    return -1;
}

/* A version without a suite could be negotiated and never work. */
static int suites_check(const struct gtls_state *s)
{
    size_t later = 0;

    for (size_t i = 0; i < s->suites_count; i++)
        later += s->suites[i].first == GTLS_TLS13;
    if (s->min < GTLS_TLS13 && later == s->suites_count) {
        diag("state %s: tls.suites: none for versions below 1.3, and min is %s",
             s->id, tls_version_name(s->min));
        return -1;
    }
    if (s->max == GTLS_TLS13 && later == 0) {
        diag("state %s: tls.suites: none for 1.3, and max is 1.3", s->id);
        return -1;
    }
    return 0;
}

static int suites_apply(struct gtls_state *s, const json_t *tls)
{
    const json_t *list = json_object_get(tls, "suites");
    size_t named = json_array_size(list);
    size_t count = named == 0 ? COUNT(all_suites) : named;

    s->suites = calloc(count, sizeof(*s->suites));
    if (s->suites == NULL)
        return out_of_memory(s);
    for (size_t i = 0; i < count; i++) {
        const char *name = json_string_value(json_array_get(list, i));
        const struct tls_suite *known =
            name == NULL ? NULL : tls_suite_by_name(name);
        uint16_t code = named == 0      ? all_suites[i]
                        : known == NULL ? 0
                                        : known->code;

        if (suite_find(code, &s->suites[s->suites_count]) == 0)
            s->suites_count++;
        else if (named > 0)
            return has_not(s, "suites", name);
    }
    return suites_check(s);
}

/* The endpoint's list, or `all` where it has none. */
static int codes_apply(struct gtls_state *s, const json_t *list,
                       const char *field,
                       const struct tls_name *(*by_name)(const char *),
                       const uint16_t *all, size_t all_count,
                       struct gtls_codes *out)
{
    size_t named = json_array_size(list);

    out->count = named == 0 ? all_count : named;
    out->list = calloc(out->count, sizeof(*out->list));
    if (out->list == NULL)
        return out_of_memory(s);
    for (size_t i = 0; i < out->count; i++) {
        const char *name = json_string_value(json_array_get(list, i));
        const struct tls_name *known = name == NULL ? NULL : by_name(name);

        if (named > 0 && known == NULL)
            return has_not(s, field, name);
        out->list[i] = named > 0 ? known->code : all[i];
    }
    return 0;
}

static int codes_check(const struct gtls_state *s)
{
    for (size_t i = 0; i < s->groups.count; i++)
        if (!gtls_words_has_group(s->groups.list[i]))
            return has_not(s, "groups",
                           tls_group_by_code(s->groups.list[i])->iana);
    for (size_t i = 0; i < s->signs.count; i++)
        if (!gtls_words_has_sign(s->signs.list[i]))
            return has_not(s, "signature_algorithms",
                           tls_sigalg_by_code(s->signs.list[i])->iana);
    return 0;
}

static int orders_apply(struct gtls_state *s, const json_t *tls)
{
    size_t algorithms =
        COUNT(all_signs) - (s->min < GTLS_TLS12 ? 0 : SHA1_SIGNS);

    if (codes_apply(s, json_object_get(tls, "groups"), "groups",
                    tls_group_by_name, all_groups, COUNT(all_groups),
                    &s->groups) != 0 ||
        codes_apply(s, json_object_get(tls, "signature_algorithms"),
                    "signature_algorithms", tls_sigalg_by_name, all_signs,
                    algorithms, &s->signs) != 0)
        return -1;
    return codes_check(s);
}

static int alpn_apply(struct gtls_state *s, const json_t *tls)
{
    const json_t *list = json_object_get(tls, "alpn");
    size_t count = json_array_size(list);

    s->alpn_required = json_is_true(json_object_get(tls, "alpn_required"));
    if (s->alpn_required && count == 0)
        return gtls_state_fault(s, "tls.alpn_required: alpn is empty", 0);
    if (count == 0)
        return 0;
    s->alpn = calloc(count, sizeof(*s->alpn));
    if (s->alpn == NULL)
        return out_of_memory(s);
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_array_get(list, i);
        size_t size = json_string_length(item);
        gnutls_datum_t *name = &s->alpn[s->alpn_count];

        if (size == 0 || size > 255)
            return gtls_state_fault(s, "tls.alpn: a name has 1 to 255 bytes",
                                    0);
        name->data = malloc(size);
        if (name->data == NULL)
            return out_of_memory(s);
        memcpy(name->data, json_string_value(item), size);
        name->size = (unsigned)size;
        s->alpn_count++;
    }
    return 0;
}

static int says_nothing(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_TRUE:
    case JSON_REAL:
        return 0;
    case JSON_INTEGER:
        return json_integer_value(value) == 0;
    case JSON_STRING:
        return json_string_length(value) == 0;
    default:
        return json_array_size(value) + json_object_size(value) == 0;
    }
}

int gtls_policy_keys(const struct gtls_state *s, const char *field,
                     const json_t *object, const char *const *known)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)object, key, value)
    {
        size_t i = 0;

        while (known[i] != NULL && strcmp(known[i], key) != 0)
            i++;
        if (known[i] != NULL || says_nothing(value))
            continue;
        diag("state %s: %s.%s: not served by GnuTLS here", s->id, field, key);
        return -1;
    }
    return 0;
}

static int keys_check(const struct gtls_state *s, const json_t *tls)
{
    static const char *const known[] = {"min",
                                        "max",
                                        "suites",
                                        "groups",
                                        "signature_algorithms",
                                        "alpn",
                                        "alpn_required",
                                        "ignore_max_fragment_length",
                                        "max_record",
                                        NULL};

    return gtls_policy_keys(s, "tls", tls, known);
}

static int max_record_apply(struct gtls_state *s, const json_t *tls)
{
    json_int_t n = json_integer_value(json_object_get(tls, "max_record"));

    if (n != 0 && (n < 512 || n > 16384))
        return gtls_state_fault(s, "tls.max_record: 512 to 16384, or 0", 0);
    s->max_record = (size_t)n;
    return 0;
}

int gtls_policy_apply(struct gtls_state *s, const json_t *tls)
{
    s->ignores_fragment_length =
        json_is_true(json_object_get(tls, "ignore_max_fragment_length"));
    if (keys_check(s, tls) != 0 || versions_apply(s, tls) != 0 ||
        suites_apply(s, tls) != 0 || orders_apply(s, tls) != 0 ||
        alpn_apply(s, tls) != 0)
        return -1;
    return max_record_apply(s, tls);
}

void gtls_policy_clear(struct gtls_state *s)
{
    for (unsigned i = 0; i < s->alpn_count; i++)
        free(s->alpn[i].data);
    free(s->suites);
    free(s->groups.list);
    free(s->signs.list);
    free(s->alpn);
}
