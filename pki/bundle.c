/* Reads certificates from bytes nobody checked. Must not know twins. */
#include "pki/bundle.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/pkcs7.h>
#include <openssl/x509.h>

static int add(struct bundle *b, const uint8_t *data, size_t size)
{
    struct asn1_buf *grown =
        realloc(b->certificates, (b->count + 1) * sizeof *grown);

    if (grown == NULL)
        return -1;
    b->certificates = grown;
    memset(&grown[b->count], 0, sizeof *grown);
    asn1_put(&grown[b->count++], data, size);
    return grown[b->count - 1].failed ? -1 : 0;
}

void bundle_clear(struct bundle *b)
{
    for (size_t i = 0; i < b->count; i++)
        asn1_clear(&b->certificates[i]);
    free(b->certificates);
    memset(b, 0, sizeof *b);
}

/* One certificate that fills data. */
static int add_certificate(struct bundle *b, const uint8_t *data, size_t size)
{
    const unsigned char *p = data;
    X509 *x = d2i_X509(NULL, &p, (long)size);
    int status = -1;

    if (x != NULL && p == data + size)
        status = add(b, data, size);
    X509_free(x);
    return status;
}

static int add_pkcs7(struct bundle *b, const uint8_t *data, size_t size)
{
    const unsigned char *p = data;
    PKCS7 *p7 = d2i_PKCS7(NULL, &p, (long)size);
    STACK_OF(X509) *certs = NULL;
    int status = p7 == NULL ? -1 : 0;

    if (p7 != NULL && PKCS7_type_is_signed(p7) && p7->d.sign != NULL)
        certs = p7->d.sign->cert;
    for (int i = 0; i < sk_X509_num(certs) && status == 0; i++) {
        unsigned char *der = NULL;
        int n = i2d_X509(sk_X509_value(certs, i), &der);

        status = n > 0 ? add(b, der, (size_t)n) : -1;
        OPENSSL_free(der);
    }
    PKCS7_free(p7);
    return status;
}

enum sort { SORT_CERTIFICATE, SORT_PKCS7, SORT_PRIVATE, SORT_CUT, SORT_OTHER };

/* What a DER SEQUENCE at the start of data is, by its first inner element. */
static enum sort der_sort(const uint8_t *data, size_t size)
{
    struct der_slice rest = {data, size}, inner;
    uint8_t tag;

    if (data[0] != ASN1_TAG_SEQUENCE)
        return SORT_OTHER;
    if (asn1_expect(&rest, ASN1_TAG_SEQUENCE, &inner, NULL) != 0 ||
        asn1_next(&inner, &tag, NULL, NULL) != 0)
        return SORT_CUT;
    if (tag == ASN1_TAG_OID)
        return SORT_PKCS7;
    /* PKCS#1, PKCS#8 and SEC 1 keys all begin with their version. */
    if (tag == ASN1_TAG_INTEGER)
        return SORT_PRIVATE;
    return tag == ASN1_TAG_SEQUENCE ? SORT_CERTIFICATE : SORT_OTHER;
}

static int private_key(char why[static 200])
{
    snprintf(why, 200,
             "there is a private key in it: a store of trust anchors "
             "must not hold one; take it out");
    return -1;
}

static int parse_der(const uint8_t *data, size_t size, struct bundle *out,
                     char why[static 200])
{
    struct der_slice rest = {data, size};

    switch (der_sort(data, size)) {
    case SORT_PRIVATE:
        return private_key(why);
    case SORT_PKCS7:
        snprintf(why, 200, "PKCS#7 that cannot be read (cut off, or damaged)");
        return add_pkcs7(out, data, size);
    case SORT_CUT:
        snprintf(why, 200, "DER that is cut off, or damaged");
        return -1;
    case SORT_OTHER:
        snprintf(why, 200, "neither PEM, DER nor PKCS#7: no certificate in it");
        return -1;
    case SORT_CERTIFICATE:
        break;
    }
    while (rest.size > 0) {
        struct der_slice whole;

        snprintf(why, 200,
                 "certificate %zu cannot be read (cut off, or damaged)",
                 out->count + 1);
        if (asn1_expect(&rest, ASN1_TAG_SEQUENCE, NULL, &whole) != 0 ||
            add_certificate(out, whole.data, whole.size) != 0)
            return -1;
    }
    return 0;
}

static int base64_digit(int c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Skips what a C or JavaScript string has between its pieces. A quote turns
 * `quoted` (-1: the block is not in quotes). Returns whether c is to be left
 * out. */
static int is_filler(const char **p, const char *end, int *quoted)
{
    char c = **p;

    if (*quoted >= 0 && c == '"') {
        *quoted = !*quoted;
        return 1;
    }
    if (*quoted == 0)
        return 1;
    if (c == '\\' && *p + 1 < end) {
        if ((*p)[1] == 'n' || (*p)[1] == 'r')
            (*p)++;
        return 1;
    }
    return isspace((unsigned char)c);
}

/* The base64 text between the marks. 0, or -1 for anything else in it. */
static int base64_decode(const char *text, const char *end, int quoted,
                         struct asn1_buf *out)
{
    uint32_t bits = 0;
    int n = 0, padding = 0;

    for (const char *p = text; p < end; p++) {
        int digit;

        if (is_filler(&p, end, &quoted))
            continue;
        digit = base64_digit((unsigned char)*p);
        if (*p == '=' && ++padding <= 2)
            digit = 0;
        else if (digit < 0 || padding > 0)
            return -1;
        bits = bits << 6 | (uint32_t)digit;
        if (++n % 4 == 0) {
            uint8_t bytes[3] = {(uint8_t)(bits >> 16), (uint8_t)(bits >> 8),
                                (uint8_t)bits};
            asn1_put(out, bytes, (size_t)(3 - padding));
        }
    }
    return n % 4 != 0 || out->failed ? -1 : 0;
}

/* Behind "-----BEGIN " up to "-----": the label, "" if there is none. */
static const char *label_read(const char *at, const char *end, char label[64])
{
    size_t n = 0;

    while (at < end && n < 63 &&
           (isupper((unsigned char)*at) || isdigit((unsigned char)*at) ||
            *at == ' ' || *at == '#'))
        label[n++] = *at++;
    label[n] = '\0';
    if (end - at < 5 || memcmp(at, "-----", 5) != 0)
        label[0] = '\0';
    return at;
}

/* TRUSTED CERTIFICATE: OpenSSL appends its own words to the certificate. */
static int add_labelled(struct bundle *b, const char *label,
                        const struct asn1_buf *der)
{
    struct der_slice rest = {der->data, der->size}, whole;

    if (strcmp(label, "PKCS7") == 0 || strcmp(label, "CMS") == 0)
        return add_pkcs7(b, der->data, der->size);
    if (asn1_expect(&rest, ASN1_TAG_SEQUENCE, NULL, &whole) != 0)
        return -1;
    if (rest.size > 0 && strcmp(label, "TRUSTED CERTIFICATE") != 0)
        return -1;
    return add_certificate(b, whole.data, whole.size);
}

static int is_wanted(const char *label)
{
    static const char *const labels[] = {"CERTIFICATE", "X509 CERTIFICATE",
                                         "TRUSTED CERTIFICATE", "PKCS7", "CMS"};

    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++)
        if (strcmp(label, labels[i]) == 0)
            return 1;
    return 0;
}

/* One block; *at is behind its BEGIN mark and moves behind its END mark. */
static int parse_block(const char **at, const char *end, int quoted,
                       const char *label, struct bundle *out,
                       char why[static 200])
{
    const char *stop = memmem(*at, (size_t)(end - *at), "-----END ", 9);
    const char *next = memmem(*at, (size_t)(end - *at), "-----BEGIN ", 11);
    struct asn1_buf der = {0};
    int status = -1;

    snprintf(why, 200, "certificate %zu is cut off: no -----END %s-----",
             out->count + 1, label);
    if (stop == NULL || (next != NULL && next < stop))
        return -1;
    snprintf(why, 200, "certificate %zu (PEM %s) is damaged", out->count + 1,
             label);
    if (base64_decode(*at, stop, quoted, &der) == 0 && der.size > 0)
        status = add_labelled(out, label, &der);
    asn1_clear(&der);
    *at = stop + 9;
    return status;
}

static int parse_pem(const char *text, const char *end, struct bundle *out,
                     char why[static 200])
{
    const char *at = text, *mark;

    while ((mark = memmem(at, (size_t)(end - at), "-----BEGIN ", 11)) != NULL) {
        int quoted = mark > text && mark[-1] == '"' ? 1 : -1;
        char label[64];

        at = label_read(mark + 11, end, label);
        if (strstr(label, "PRIVATE KEY") != NULL)
            return private_key(why);
        if (!is_wanted(label))
            continue;
        at += 5;
        if (parse_block(&at, end, quoted, label, out, why) != 0)
            return -1;
    }
    return 0;
}

int bundle_parse(const uint8_t *data, size_t size, struct bundle *out,
                 char why[static 200])
{
    const char *text = (const char *)data;
    int status = -1;

    memset(out, 0, sizeof *out);
    snprintf(why, 200, "the file is empty");
    if (size == 0)
        return -1;
    if (memmem(text, size, "-----BEGIN ", 11) != NULL)
        status = parse_pem(text, text + size, out, why);
    else
        status = parse_der(data, size, out, why);
    if (status == 0 && out->count == 0) {
        snprintf(why, 200, "no certificate in it");
        status = -1;
    }
    if (status != 0)
        bundle_clear(out);
    return status;
}
