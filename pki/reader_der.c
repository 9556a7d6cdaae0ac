/* DER: certificates one after another, PKCS#7, what flash leaves behind them.
 * What is no certificate is called by its name. */
#include "pki/reader.h"

#include <ctype.h>
#include <string.h>

#include <openssl/pkcs7.h>
#include <openssl/x509.h>

/* PKCS#8, PKCS#1 and SEC 1 keys begin with their version, 0 or 1, PKCS#12 with
 * 3 (RFC 7292 section 4); other things that begin with a number (Diffie-Hellman
 * parameters, an RSA public key) with a long one. */
static enum der_sort sort_by_version(const struct der_slice *version)
{
    if (version->size != 1)
        return DER_OTHER;
    return version->data[0] == 3  ? DER_PKCS12
           : version->data[0] < 2 ? DER_PRIVATE
                                  : DER_OTHER;
}

enum der_sort der_sort(const uint8_t *data, size_t size)
{
    struct der_slice rest = {data, size}, inner, first;
    uint8_t tag;

    if (size == 0 || data[0] != ASN1_TAG_SEQUENCE)
        return DER_OTHER;
    if (asn1_expect(&rest, ASN1_TAG_SEQUENCE, &inner, NULL) != 0 ||
        asn1_next(&inner, &tag, &first, NULL) != 0)
        return DER_CUT;
    if (tag == ASN1_TAG_OID)
        return DER_PKCS7;
    if (tag == ASN1_TAG_INTEGER)
        return sort_by_version(&first);
    return tag == ASN1_TAG_SEQUENCE ? DER_CERTIFICATE : DER_OTHER;
}

int read_pkcs7(struct reading *r, const uint8_t *data, size_t size)
{
    const unsigned char *p = data;
    PKCS7 *p7 = d2i_PKCS7(NULL, &p, (long)size);
    STACK_OF(X509) *certs = NULL;
    int status = 0;

    if (p7 == NULL)
        return reading_fail(r,
                            "PKCS#7 that cannot be read (cut off, or damaged)");
    if (PKCS7_type_is_signed(p7) && p7->d.sign != NULL)
        certs = p7->d.sign->cert;
    for (int i = 0; i < sk_X509_num(certs) && status == 0; i++) {
        unsigned char *der = NULL;
        int n = i2d_X509(sk_X509_value(certs, i), &der);

        r->entries++;
        status = n > 0 ? reading_take(r, der, (size_t)n) : -1;
        OPENSSL_free(der);
    }
    PKCS7_free(p7);
    return status;
}

static int is_padding(uint8_t c)
{
    return c == 0xff || c == '\0' || isspace(c);
}

size_t padding_size(const uint8_t *data, size_t size)
{
    size_t n = 0;

    while (n < size && is_padding(data[size - 1 - n]))
        n++;
    return n;
}

/* What follows the last certificate. A line end or a NUL is worth no word. */
static int tell_rest(struct reading *r, const uint8_t *data, size_t size)
{
    size_t padding = padding_size(data, size);

    if (padding == size && size <= 2)
        return 0;
    if (padding == size && data[0] == 0xff && data[size - 1] == 0xff)
        return reading_note(r, PKI_NOTE_TOLD,
                            "certificate %zu is whole, %zu bytes 0xff follow",
                            r->entries, size);
    if (padding == size)
        return reading_note(
            r, PKI_NOTE_TOLD,
            "certificate %zu is whole, %zu bytes of padding follow", r->entries,
            size);
    if (reader_image.is(data, size) ||
        memmem(data, size, "-----BEGIN ", 11) != NULL)
        return reader_image.read(r, data, size);
    return reading_fail(r,
                        "certificate %zu is whole, %zu bytes follow that are "
                        "no certificate; cut them off",
                        r->entries, size);
}

static int read_certificates(struct reading *r, const uint8_t *data,
                             size_t size)
{
    struct der_slice rest = {data, size}, whole;
    int status = 0;

    while (rest.size > 0 && status == 0) {
        if (der_sort(rest.data, rest.size) == DER_OTHER)
            return tell_rest(r, rest.data, rest.size);
        r->entries++;
        if (asn1_expect(&rest, ASN1_TAG_SEQUENCE, NULL, &whole) != 0)
            return reading_damaged(
                r, "certificate %zu cannot be read (cut off)", r->entries);
        status = reading_take(r, whole.data, whole.size);
        if (status > 0)
            status = reading_damaged(
                r, "certificate %zu cannot be read (damaged)", r->entries);
    }
    return status;
}

int read_der(struct reading *r, const uint8_t *data, size_t size)
{
    switch (der_sort(data, size)) {
    case DER_PRIVATE:
        return reading_private_key(r);
    case DER_PKCS12:
        return read_pkcs12(r, data, size);
    case DER_PKCS7:
        return read_pkcs7(r, data, size);
    case DER_CUT:
        return reading_fail(r, "DER that is cut off, or damaged");
    case DER_OTHER:
        return reading_fail(r, "DER, and no certificate");
    case DER_CERTIFICATE:
        break;
    }
    return read_certificates(r, data, size);
}

static int is_der(const uint8_t *data, size_t size)
{
    /* '0' begins texts too; of DER a length follows. */
    return data[0] == ASN1_TAG_SEQUENCE && size > 1 &&
           (der_sort(data, size) < DER_CUT || data[1] >= 0x80);
}

const struct reader reader_der = {is_der, read_der};
