/* Certificates somewhere in an image: PEM texts and DER, whichever is whole.
 * A program that reads PEM has the marks among its constants. */
#include "pki/reader.h"

#include <ctype.h>
#include <string.h>

/* Is there a whole certificate at the start of data? Its size, or 0. */
static size_t certificate_at(const uint8_t *data, size_t size)
{
    struct der_certificate parts;

    if (size < 64 || data[0] != ASN1_TAG_SEQUENCE || data[1] < 0x81)
        return 0;
    return der_certificate_read(data, size, &parts);
}

static size_t next_certificate(const uint8_t *data, size_t size, size_t from)
{
    for (size_t i = from; i < size; i++)
        if (certificate_at(data + i, size - i) > 0)
            return i;
    return size;
}

/* Bytes that no text has: a NUL that is no padding, or a certificate's. */
static int is_image(const uint8_t *data, size_t size)
{
    size -= padding_size(data, size);
    return memchr(data, '\0', size) != NULL ||
           next_certificate(data, size, 0) < size;
}

/* A key's mark with a key behind it. */
static int has_key(const uint8_t *data, size_t size)
{
    static const char mark[] = "PRIVATE KEY-----";
    const uint8_t *end = data + size;
    const uint8_t *p = data;

    while ((p = memmem(p, (size_t)(end - p), mark, strlen(mark))) != NULL) {
        p += strlen(mark);
        while (p < end && (*p == '\r' || *p == '\n'))
            p++;
        if (end - p > 16 && isalnum(p[0]) && isalnum(p[1]) && p[-1] == '\n')
            return 1;
    }
    return 0;
}

static int read_ders(struct reading *r, const uint8_t *data, size_t size)
{
    size_t at = next_certificate(data, size, 0);

    while (at < size) {
        size_t n = certificate_at(data + at, size - at);
        int status = reading_take(r, data + at, n);

        if (status < 0)
            return -1;
        r->entries += status == 0;
        at = next_certificate(data, size, status == 0 ? at + n : at + 1);
    }
    return 0;
}

static int read_image(struct reading *r, const uint8_t *data, size_t size)
{
    size_t before = r->out->count, pem, der;
    int status = 0;

    if (has_key(data, size))
        return reading_private_key(r);
    r->lenient = r->once = 1;
    status = read_pem(r, (const char *)data, size, NULL);
    pem = r->out->count - before;
    if (status == 0)
        status = read_ders(r, data, size);
    der = r->out->count - before - pem;
    r->lenient = r->once = 0;
    if (status != 0)
        return -1;
    if (r->out->count == 0)
        return reading_fail(r, "neither PEM, DER nor PKCS#7: no certificate "
                               "in it");
    return reading_note(r, PKI_NOTE_TOLD,
                        "certificates found inside of %zu bytes: %zu as PEM, "
                        "%zu as DER; all are taken",
                        size, pem, der);
}

const struct reader reader_image = {is_image, read_image};
