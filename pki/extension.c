/* One function per extension that has a name here. Knows no catalog and no
 * template. Lists and OIDs: RFC 5280 section 4.2; SCTs: RFC 6962 section 3.3.
 */
#include "pki/extension.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/sha.h>

static const cyaml_schema_value_t text_schema = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 0, CYAML_UNLIMITED),
};

/* libcyaml's own boolean takes any word for true. */
static const cyaml_strval_t truth[] = {{"true", 1}, {"false", 0}};

static const cyaml_schema_field_t extension_fields[] = {
    CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
                           struct extension, name, 1, CYAML_UNLIMITED),
    CYAML_FIELD_STRING_PTR("oid", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
                           struct extension, oid, 1, CYAML_UNLIMITED),
    CYAML_FIELD_STRING_PTR("der", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
                           struct extension, der, 0, CYAML_UNLIMITED),
    CYAML_FIELD_ENUM("critical", CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT,
                     struct extension, critical, truth,
                     sizeof truth / sizeof truth[0]),
    CYAML_FIELD_SEQUENCE("value", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
                         struct extension, value, &text_schema, 0,
                         CYAML_UNLIMITED),
    CYAML_FIELD_END,
};

const cyaml_schema_value_t extension_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct extension, extension_fields),
};

struct words {
    char *const *list;
    size_t count;
};

typedef int encoder(struct asn1_buf *b, const struct words *words,
                    const struct extension_context *context);

static int basic_constraints(struct asn1_buf *b, const struct words *words,
                             const struct extension_context *context)
{
    size_t mark = asn1_open(b, ASN1_TAG_SEQUENCE);

    (void)context;
    for (size_t i = 0; i < words->count; i++) {
        const char *word = words->list[i];

        if (strcmp(word, "ca") == 0)
            asn1_put_true(b);
        else if (strncmp(word, "path:", 5) == 0)
            asn1_put_small(b, (unsigned)strtoul(word + 5, NULL, 10));
        else
            return -1;
    }
    asn1_close(b, mark);
    return 0;
}

static int key_usage(struct asn1_buf *b, const struct words *words,
                     const struct extension_context *context)
{
    static const char *const bits[] = {
        "digital-signature", "non-repudiation", "key-encipherment",
        "data-encipherment", "key-agreement",   "cert-sign",
        "crl-sign",          "encipher-only",   "decipher-only"};
    uint8_t content[3] = {0};
    unsigned last = 0;

    (void)context;
    for (size_t i = 0; i < words->count; i++) {
        unsigned bit = 0;

        while (bit < 9 && strcmp(words->list[i], bits[bit]) != 0)
            bit++;
        if (bit == 9)
            return -1;
        content[1 + bit / 8] |= (uint8_t)(0x80 >> bit % 8);
        last = bit > last ? bit : last;
    }
    /* A named bit list ends with its last bit that is set (X.690 11.2.2). */
    content[0] = (uint8_t)(7 - last % 8);
    asn1_put_element(b, ASN1_TAG_BITS, content, 2 + last / 8);
    return 0;
}

static int extended_key_usage(struct asn1_buf *b, const struct words *words,
                              const struct extension_context *context)
{
    static const char *const purposes[][2] = {
        {"server-auth", "1.3.6.1.5.5.7.3.1"},
        {"serverAuth", "1.3.6.1.5.5.7.3.1"},
        {"client-auth", "1.3.6.1.5.5.7.3.2"},
        {"clientAuth", "1.3.6.1.5.5.7.3.2"},
        {"code-signing", "1.3.6.1.5.5.7.3.3"},
        {"codeSigning", "1.3.6.1.5.5.7.3.3"},
        {"emailProtection", "1.3.6.1.5.5.7.3.4"},
        {"any", "2.5.29.37.0"}};
    size_t mark = asn1_open(b, ASN1_TAG_SEQUENCE);
    struct words use = *words;

    if (context->purposes_count > 0)
        use = (struct words){context->purposes, context->purposes_count};
    for (size_t i = 0; i < use.count; i++) {
        const char *oid = use.list[i];

        for (size_t k = 0; k < sizeof purposes / sizeof *purposes; k++)
            if (strcmp(use.list[i], purposes[k][0]) == 0)
                oid = purposes[k][1];
        if (asn1_put_oid(b, oid) != 0)
            return -1;
    }
    asn1_close(b, mark);
    return 0;
}

static int subject_key_id(struct asn1_buf *b, const struct words *words,
                          const struct extension_context *context)
{
    size_t mark = asn1_open(b, ASN1_TAG_OCTETS);

    if (words->count == 0)
        asn1_put(b, context->subject_key_id.data, context->subject_key_id.size);
    else if (asn1_put_hex(b, words->list[0]) != 0)
        return -1;
    asn1_close(b, mark);
    return 0;
}

static int authority_key_id(struct asn1_buf *b, const struct words *words,
                            const struct extension_context *context)
{
    size_t outer = asn1_open(b, ASN1_TAG_SEQUENCE);
    size_t inner = asn1_open(b, 0x80);

    if (words->count == 0)
        asn1_put(b, context->issuer_key_id.data, context->issuer_key_id.size);
    else if (asn1_put_hex(b, words->list[0]) != 0)
        return -1;
    asn1_close(b, inner);
    asn1_close(b, outer);
    return 0;
}

static void put_uri(struct asn1_buf *b, const char *uri)
{
    asn1_put_element(b, 0x86, uri, strlen(uri));
}

static int authority_info_access(struct asn1_buf *b, const struct words *words,
                                 const struct extension_context *context)
{
    size_t outer = asn1_open(b, ASN1_TAG_SEQUENCE);

    (void)context;
    for (size_t i = 0; i < words->count; i++) {
        const char *uri = strchr(words->list[i], ' ');
        int ocsp = strncmp(words->list[i], "ocsp ", 5) == 0;
        size_t inner = asn1_open(b, ASN1_TAG_SEQUENCE);

        if (uri == NULL ||
            (!ocsp && strncmp(words->list[i], "issuers ", 8) != 0))
            return -1;
        if (asn1_put_oid(b, ocsp ? "1.3.6.1.5.5.7.48.1"
                                 : "1.3.6.1.5.5.7.48.2") != 0)
            return -1;
        put_uri(b, uri + 1);
        asn1_close(b, inner);
    }
    asn1_close(b, outer);
    return 0;
}

static int crl_distribution_points(struct asn1_buf *b,
                                   const struct words *words,
                                   const struct extension_context *context)
{
    size_t outer = asn1_open(b, ASN1_TAG_SEQUENCE);

    (void)context;
    for (size_t i = 0; i < words->count; i++) {
        size_t point = asn1_open(b, ASN1_TAG_SEQUENCE);
        size_t name = asn1_open(b, 0xa0);
        size_t full = asn1_open(b, 0xa0);

        put_uri(b, words->list[i]);
        asn1_close(b, full);
        asn1_close(b, name);
        asn1_close(b, point);
    }
    asn1_close(b, outer);
    return 0;
}

static int certificate_policies(struct asn1_buf *b, const struct words *words,
                                const struct extension_context *context)
{
    size_t outer = asn1_open(b, ASN1_TAG_SEQUENCE);

    (void)context;
    for (size_t i = 0; i < words->count; i++) {
        size_t inner = asn1_open(b, ASN1_TAG_SEQUENCE);

        if (asn1_put_oid(b, words->list[i]) != 0)
            return -1;
        asn1_close(b, inner);
    }
    asn1_close(b, outer);
    return 0;
}

static int subject_alt_names(struct asn1_buf *b, const struct words *words,
                             const struct extension_context *context)
{
    size_t mark = asn1_open(b, ASN1_TAG_SEQUENCE);
    struct words use = *words;

    if (use.count == 0)
        use = (struct words){context->names, context->names_count};
    for (size_t i = 0; i < use.count; i++)
        asn1_put_element(b, 0x82, use.list[i], strlen(use.list[i]));
    asn1_close(b, mark);
    return 0;
}

/* One SCT of the size that logs make. Its log and signature belong to nobody:
 * only the shape and the size are meant to be like the real thing. */
static void put_sct(struct asn1_buf *b, unsigned number)
{
    enum { SIGNATURE = 71, SCT = 1 + 32 + 8 + 2 + 2 + 2 + SIGNATURE };
    static const uint8_t algorithm[] = {0, 0, 4, 3, 0, SIGNATURE};
    uint8_t sct[2 + SCT] = {0, SCT, 0};
    uint8_t seed[SHA256_DIGEST_LENGTH] = {(uint8_t)number};

    for (size_t at = 3; at < sizeof sct; at += sizeof seed) {
        size_t rest = sizeof sct - at;

        SHA256(seed, sizeof seed, seed);
        memcpy(sct + at, seed, rest < sizeof seed ? rest : sizeof seed);
    }
    memset(sct + 2 + 33, 0, 2); /* milliseconds since 1970: not that many */
    /* no extensions; SHA-256 with ECDSA; the signature's length */
    memcpy(sct + 2 + 41, algorithm, sizeof algorithm);
    asn1_put(b, sct, sizeof sct);
}

static int sct_list(struct asn1_buf *b, const struct words *words,
                    const struct extension_context *context)
{
    unsigned long count = words->count ? strtoul(words->list[0], NULL, 10) : 0;
    struct asn1_buf list = {0};
    uint8_t size[2];

    (void)context;
    if (count < 1 || count > 16)
        return -1;
    for (unsigned i = 0; i < count; i++)
        put_sct(&list, i);
    size[0] = (uint8_t)(list.size >> 8);
    size[1] = (uint8_t)list.size;
    size_t mark = asn1_open(b, ASN1_TAG_OCTETS);
    asn1_put(b, size, 2);
    asn1_put(b, list.data, list.size);
    asn1_close(b, mark);
    b->failed |= list.failed;
    asn1_clear(&list);
    return 0;
}

static const struct {
    const char *name, *oid;
    encoder *encode;
} encoders[] = {
    {"basic-constraints", "2.5.29.19", basic_constraints},
    {"key-usage", "2.5.29.15", key_usage},
    {"extended-key-usage", "2.5.29.37", extended_key_usage},
    {"subject-key-id", "2.5.29.14", subject_key_id},
    {"authority-key-id", "2.5.29.35", authority_key_id},
    {"authority-info-access", "1.3.6.1.5.5.7.1.1", authority_info_access},
    {"crl-distribution-points", "2.5.29.31", crl_distribution_points},
    {"certificate-policies", "2.5.29.32", certificate_policies},
    {"subject-alt-names", "2.5.29.17", subject_alt_names},
    {"sct-list", "1.3.6.1.4.1.11129.2.4.2", sct_list},
};

static int value_put(struct asn1_buf *b, const struct extension *e, int known,
                     const struct extension_context *context)
{
    struct words words = {e->value, e->value_count};

    if (known < 0)
        return e->der == NULL ? -1 : asn1_put_hex(b, e->der);
    return encoders[known].encode(b, &words, context);
}

int extension_put(struct asn1_buf *b, const struct extension *e,
                  const struct extension_context *context, char why[static 120])
{
    const char *oid = e->oid;
    int known = -1;
    size_t outer = asn1_open(b, ASN1_TAG_SEQUENCE), inner;

    for (size_t i = 0; e->name && i < sizeof encoders / sizeof *encoders; i++)
        if (strcmp(encoders[i].name, e->name) == 0) {
            known = (int)i;
            oid = encoders[i].oid;
        }
    if ((e->name != NULL && known < 0) || oid == NULL) {
        snprintf(why, 120, "extension %s is not known (give oid and der)",
                 e->name ? e->name : "without name and oid");
        return -1;
    }
    snprintf(why, 120, "extension %s: its oid, der or value is not valid",
             e->name ? e->name : oid);
    if (asn1_put_oid(b, oid) != 0)
        return -1;
    if (e->critical)
        asn1_put_true(b);
    inner = asn1_open(b, ASN1_TAG_OCTETS);
    if (value_put(b, e, known, context) != 0)
        return -1;
    asn1_close(b, inner);
    asn1_close(b, outer);
    return 0;
}

/* The elements of Extensions in a certificate that is read from outside. */
static int list_find(const uint8_t *der, size_t size, struct der_slice *list)
{
    struct der_slice rest = {der, size}, outer, tbs, part;
    uint8_t tag;

    if (asn1_expect(&rest, ASN1_TAG_SEQUENCE, &outer, NULL) != 0 ||
        asn1_expect(&outer, ASN1_TAG_SEQUENCE, &tbs, NULL) != 0)
        return -1;
    while (asn1_next(&tbs, &tag, &part, NULL) == 0)
        if (tag == 0xa3)
            return asn1_expect(&part, ASN1_TAG_SEQUENCE, list, NULL);
    return -1;
}

int extension_find(const uint8_t *der, size_t size, enum extension_number n,
                   struct der_slice *value)
{
    const uint8_t wanted[] = {0x55, 0x1d, (uint8_t)n};
    struct der_slice list, extension, oid;

    if (list_find(der, size, &list) != 0)
        return -1;
    while (asn1_expect(&list, ASN1_TAG_SEQUENCE, &extension, NULL) == 0) {
        if (asn1_expect(&extension, ASN1_TAG_OID, &oid, NULL) != 0)
            return -1;
        asn1_expect(&extension, ASN1_TAG_BOOLEAN, NULL, NULL);
        if (oid.size == sizeof wanted &&
            memcmp(oid.data, wanted, sizeof wanted) == 0)
            return asn1_expect(&extension, ASN1_TAG_OCTETS, value, NULL);
    }
    return -1;
}
