/* PEM (RFC 7468) in a text: what stands between BEGIN and END, and for
 * OpenSSL's TRUSTED CERTIFICATE what it may be trusted for. */
#include "pki/reader.h"

#include <ctype.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509.h>

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

/* Blanks, and line ends that are written as \n. */
static int is_filler(const char **p, const char *end)
{
    if (**p == '\\' && *p + 1 < end) {
        if ((*p)[1] == 'n' || (*p)[1] == 'r')
            (*p)++;
        return 1;
    }
    return isspace((unsigned char)**p);
}

/* The base64 text between the marks. 0, or -1 for anything else in it. */
static int base64_decode(const char *text, const char *end,
                         struct asn1_buf *out)
{
    uint32_t bits = 0;
    int n = 0, padding = 0;

    for (const char *p = text; p < end; p++) {
        int digit;

        if (is_filler(&p, end))
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

static int is_server_auth(const ASN1_OBJECT *o)
{
    int nid = OBJ_obj2nid(o);

    return nid == NID_server_auth || nid == NID_anyExtendedKeyUsage;
}

static int names_server_auth(const STACK_OF(ASN1_OBJECT) * list)
{
    for (int i = 0; i < sk_ASN1_OBJECT_num(list); i++)
        if (is_server_auth(sk_ASN1_OBJECT_value(list, i)))
            return 1;
    return 0;
}

/* X509_check_trust(3): what is rejected comes first; where uses are named as
 * trusted, no other is. 0, or -1: damaged. */
static int trust_read(const uint8_t *data, size_t size, enum pki_trust *out)
{
    const unsigned char *p = data;
    X509 *x = d2i_X509_AUX(NULL, &p, (long)size);
    const STACK_OF(ASN1_OBJECT) *trusted = NULL;
    int whole = x != NULL && p == data + size;

    if (x != NULL)
        trusted = X509_get0_trust_objects(x);
    if (x == NULL || names_server_auth(X509_get0_reject_objects(x)))
        *out = PKI_TRUST_REJECTED;
    else if (names_server_auth(trusted))
        *out = PKI_TRUST_SERVERS;
    else
        *out = sk_ASN1_OBJECT_num(trusted) > 0 ? PKI_TRUST_OTHERS
                                               : PKI_TRUST_UNSET;
    X509_free(x);
    ERR_clear_error();
    return whole ? 0 : -1;
}

static int take_block(struct reading *r, const char *label,
                      const struct asn1_buf *der)
{
    int with_settings = strcmp(label, "TRUSTED CERTIFICATE") == 0;
    struct der_slice rest = {der->data, der->size}, whole;
    enum pki_trust trust = PKI_TRUST_PLAIN;
    size_t before = r->out->count;
    int status;

    if (asn1_expect(&rest, ASN1_TAG_SEQUENCE, NULL, &whole) != 0 ||
        (rest.size > 0 && !with_settings) ||
        (with_settings && trust_read(der->data, der->size, &trust) != 0))
        return 1;
    status = reading_take(r, whole.data, whole.size);
    if (r->out->count > before)
        r->out->trust[before] = trust;
    return status;
}

/* The text of one block. 0; 1: it is damaged; -1 failed. */
static int read_body(struct reading *r, const char *label, const char *at,
                     const char *stop)
{
    struct asn1_buf der = {0};
    int status = 1;

    if (base64_decode(at, stop, &der) != 0 || der.size == 0)
        status = 1;
    else if (strcmp(label, "PKCS7") == 0 || strcmp(label, "CMS") == 0)
        status = read_pkcs7(r, der.data, der.size);
    else
        status = take_block(r, label, &der);
    asn1_clear(&der);
    return status;
}

/* One block; *at is behind its BEGIN mark and moves behind its END mark. */
static int read_block(struct reading *r, const char **at, const char *end,
                      const char *label)
{
    const char *next = memmem(*at, (size_t)(end - *at), "-----BEGIN ", 11);
    const char *limit = next ? next : end;
    const char *stop = memmem(*at, (size_t)(limit - *at), "-----END ", 9);
    int status;

    r->entries++;
    if (stop == NULL) {
        *at = limit;
        return r->lenient ? 0
                          : reading_damaged(r,
                                            "certificate %zu is cut off: no "
                                            "-----END %s-----",
                                            r->entries, label);
    }
    status = read_body(r, label, *at, stop);
    *at = stop + 9;
    if (status > 0)
        return r->lenient
                   ? 0
                   : reading_damaged(r, "certificate %zu (PEM %s) is damaged",
                                     r->entries, label);
    return status;
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

int read_pem(struct reading *r, const char *text, size_t size,
             const struct source_text *lines)
{
    const char *at = text, *end = text + size, *mark;

    while (at < end &&
           (mark = memmem(at, (size_t)(end - at), "-----BEGIN ", 11)) != NULL) {
        char label[64];

        if (lines != NULL)
            r->line = source_line(lines, (size_t)(mark - text));
        at = label_read(mark + 11, end, label);
        if (strstr(label, "PRIVATE KEY") != NULL && !r->lenient)
            return reading_private_key(r);
        if (!is_wanted(label))
            continue;
        at += 5;
        if (read_block(r, &at, end, label) != 0)
            return -1;
    }
    return 0;
}
