/* DER writer and reader. Knows no certificate. */
#include "pki/asn1.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void asn1_clear(struct asn1_buf *b)
{
    free(b->data);
    memset(b, 0, sizeof *b);
}

/* Makes room for `more` bytes behind the content. */
static int reserve(struct asn1_buf *b, size_t more)
{
    size_t room = b->room ? b->room : 256;
    uint8_t *data;

    if (b->failed)
        return -1;
    while (room - b->size < more)
        room *= 2;
    if (room == b->room)
        return 0;
    data = realloc(b->data, room);
    if (data == NULL) {
        b->failed = 1;
        return -1;
    }
    b->data = data;
    b->room = room;
    return 0;
}

void asn1_put(struct asn1_buf *b, const void *data, size_t size)
{
    if (size == 0 || reserve(b, size) != 0)
        return;
    memcpy(b->data + b->size, data, size);
    b->size += size;
}

/* Definite length, in the shortest form if `wide` asks for no longer one.
 * Returns how many bytes it takes. */
static size_t length_encode(size_t size, size_t wide, uint8_t out[static 9])
{
    size_t n = 0, bytes = 0;

    if (size < 0x80 && wide == 0) {
        out[0] = (uint8_t)size;
        return 1;
    }
    for (size_t rest = size; rest > 0; rest >>= 8)
        bytes++;
    if (bytes < wide)
        bytes = wide < 8 ? wide : 8;
    out[n++] = (uint8_t)(0x80 | bytes);
    while (bytes > 0)
        out[n++] = (uint8_t)(size >> (8 * --bytes));
    return n;
}

size_t asn1_open(struct asn1_buf *b, uint8_t tag)
{
    asn1_put(b, &tag, 1);
    return b->size;
}

void asn1_close(struct asn1_buf *b, size_t mark)
{
    asn1_close_wide(b, mark, 0);
}

void asn1_close_wide(struct asn1_buf *b, size_t mark, size_t wide)
{
    uint8_t length[9];
    size_t content = b->size - mark;
    size_t n = length_encode(content, wide, length);

    if (reserve(b, n) != 0)
        return;
    memmove(b->data + mark + n, b->data + mark, content);
    memcpy(b->data + mark, length, n);
    b->size += n;
}

void asn1_put_element(struct asn1_buf *b, uint8_t tag, const void *data,
                      size_t size)
{
    size_t mark = asn1_open(b, tag);

    asn1_put(b, data, size);
    asn1_close(b, mark);
}

void asn1_put_bits(struct asn1_buf *b, const void *data, size_t size)
{
    size_t mark = asn1_open(b, ASN1_TAG_BITS);

    asn1_put(b, "", 1); /* no unused bits */
    asn1_put(b, data, size);
    asn1_close(b, mark);
}

void asn1_put_true(struct asn1_buf *b)
{
    asn1_put_element(b, ASN1_TAG_BOOLEAN, "\xff", 1);
}

void asn1_put_small(struct asn1_buf *b, unsigned value)
{
    uint8_t bytes[4] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16),
                        (uint8_t)(value >> 8), (uint8_t)value};
    size_t skip = 0;

    /* The shortest form that does not read as negative. */
    while (skip < 3 && bytes[skip] == 0 && bytes[skip + 1] < 0x80)
        skip++;
    asn1_put_element(b, ASN1_TAG_INTEGER, bytes + skip, 4 - skip);
}

static void put_base128(struct asn1_buf *b, unsigned long long arc)
{
    uint8_t bytes[10];
    size_t n = sizeof bytes;

    bytes[--n] = (uint8_t)(arc & 0x7f);
    while ((arc >>= 7) > 0)
        bytes[--n] = (uint8_t)(0x80 | (arc & 0x7f));
    asn1_put(b, bytes + n, sizeof bytes - n);
}

int asn1_put_oid(struct asn1_buf *b, const char *dotted)
{
    size_t mark = asn1_open(b, ASN1_TAG_OID);
    unsigned long long first = 0;
    const char *p = dotted;

    for (int i = 0;; i++) {
        char *end;
        unsigned long long arc = strtoull(p, &end, 10);

        if (end == p || *p == '-' || *p == '+' || *p == ' ')
            return -1;
        if (i == 0)
            first = arc;
        else
            put_base128(b, i == 1 ? first * 40 + arc : arc);
        if (*end == '\0' && i > 0)
            break;
        if (*end != '.')
            return -1;
        p = end + 1;
    }
    asn1_close(b, mark);
    return 0;
}

void asn1_put_time(struct asn1_buf *b, int64_t time)
{
    char text[64];
    time_t t = (time_t)time;
    struct tm tm;
    int utc;

    if (gmtime_r(&t, &tm) == NULL || tm.tm_year < -1900 || tm.tm_year > 8099) {
        b->failed = 1;
        return;
    }
    utc = tm.tm_year >= 50 && tm.tm_year < 150;
    snprintf(text, sizeof text, "%04d%02d%02d%02d%02d%02dZ", tm.tm_year + 1900,
             tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
    if (utc) /* two digits of the year only */
        asn1_put_element(b, 0x17, text + 2, 13);
    else
        asn1_put_element(b, 0x18, text, 15);
}

int asn1_next(struct der_slice *rest, uint8_t *tag, struct der_slice *content,
              struct der_slice *whole)
{
    const uint8_t *d = rest->data;
    size_t header = 2, length;

    if (rest->size < 2 || (d[0] & 0x1f) == 0x1f)
        return -1;
    length = d[1];
    if (length >= 0x80) {
        size_t n = length & 0x7f;

        if (n == 0 || n > 4 || rest->size < 2 + n)
            return -1;
        length = 0;
        for (size_t i = 0; i < n; i++)
            length = length << 8 | d[2 + i];
        header += n;
    }
    if (length > rest->size - header)
        return -1;
    *tag = d[0];
    if (content != NULL)
        *content = (struct der_slice){d + header, length};
    if (whole != NULL)
        *whole = (struct der_slice){d, header + length};
    rest->data += header + length;
    rest->size -= header + length;
    return 0;
}

size_t asn1_wide(const struct der_slice *whole, const struct der_slice *content)
{
    uint8_t length[9];
    size_t found = whole->size - content->size - 1;

    return found > length_encode(content->size, 0, length) ? found - 1 : 0;
}

void asn1_trim(struct asn1_buf *b)
{
    uint8_t *data;

    if (b->size == 0 || b->size == b->room)
        return;
    data = realloc(b->data, b->size);
    if (data != NULL) {
        b->data = data;
        b->room = b->size;
    }
}

int asn1_expect(struct der_slice *rest, uint8_t tag, struct der_slice *content,
                struct der_slice *whole)
{
    struct der_slice after = *rest;
    uint8_t found;

    if (asn1_next(&after, &found, content, whole) != 0 || found != tag)
        return -1;
    *rest = after;
    return 0;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

int asn1_put_hex(struct asn1_buf *b, const char *hex)
{
    for (; hex[0] != '\0'; hex += 2) {
        int high = hex_digit(hex[0]);
        int low = high < 0 ? -1 : hex_digit(hex[1]);
        uint8_t byte;

        if (low < 0)
            return -1;
        byte = (uint8_t)(high << 4 | low);
        asn1_put(b, &byte, 1);
    }
    return 0;
}
