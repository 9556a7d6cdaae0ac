/* A strict little reader of DER: definite lengths only, every step checked
 * against the end of its parent. */
#include "base/der.h"

#include <stdio.h>
#include <string.h>

#include "base/quantity.h"

struct cursor {
    const uint8_t *at, *end;
};

enum {
    TAG_INTEGER = 0x02,
    TAG_UTC_TIME = 0x17,
    TAG_GENERALIZED_TIME = 0x18,
    TAG_SEQUENCE = 0x30,
    TAG_VERSION = 0xa0
};

/* Takes the next element: *slice gets it whole, *content its inside. */
static int take(struct cursor *c, int tag, struct der_slice *slice,
                struct cursor *content)
{
    const uint8_t *p = c->at;
    size_t left = (size_t)(c->end - p), size, header = 2;

    if (left < 2 || (tag >= 0 && p[0] != tag))
        return -1;
    size = p[1];
    if (size & 0x80) {
        size_t n = size & 0x7f;

        if (n < 1 || n > 3 || left < 2 + n)
            return -1;
        size = 0;
        for (size_t i = 0; i < n; i++)
            size = size << 8 | p[2 + i];
        header += n;
    }
    if (size > left - header)
        return -1;
    slice->data = p;
    slice->size = header + size;
    if (content) {
        content->at = p + header;
        content->end = p + header + size;
    }
    c->at = p + header + size;
    return 0;
}

size_t der_certificate_read(const uint8_t *data, size_t size,
                            struct der_certificate *out)
{
    struct cursor c = {data, data + size}, certificate, tbs, validity;
    struct der_slice skip;

    if (take(&c, TAG_SEQUENCE, &out->whole, &certificate) ||
        take(&certificate, TAG_SEQUENCE, &skip, &tbs))
        return 0;
    if (tbs.at < tbs.end && *tbs.at == TAG_VERSION &&
        take(&tbs, TAG_VERSION, &skip, NULL))
        return 0;
    if (take(&tbs, TAG_INTEGER, &out->serial, NULL) ||
        take(&tbs, TAG_SEQUENCE, &skip, NULL) ||
        take(&tbs, TAG_SEQUENCE, &out->issuer, NULL) ||
        take(&tbs, TAG_SEQUENCE, &skip, &validity) ||
        take(&validity, -1, &out->not_before, NULL) ||
        take(&validity, -1, &out->not_after, NULL) ||
        take(&tbs, TAG_SEQUENCE, &out->subject, NULL) ||
        take(&tbs, TAG_SEQUENCE, &out->spki, NULL))
        return 0;
    return out->whole.size;
}

int der_time(const struct der_slice *time, int64_t *out)
{
    const char *p;
    size_t size;
    char text[32];
    int y = 0;

    if (time->size < 2 || time->data[1] & 0x80)
        return -1;
    p = (const char *)time->data + 2;
    size = time->size - 2;
    if (time->data[0] == TAG_UTC_TIME && size == 13) {
        if (p[0] < '0' || p[0] > '9')
            return -1;
        y = p[0] < '5' ? 20 : 19; /* RFC 5280: YY >= 50 is 19YY */
    } else if (time->data[0] == TAG_GENERALIZED_TIME && size == 15) {
        y = 0;
    } else {
        return -1;
    }
    if (y)
        snprintf(text, sizeof text, "%d%.2s-%.2s-%.2sT%.2s:%.2s:%.3s", y, p,
                 p + 2, p + 4, p + 6, p + 8, p + 10);
    else
        snprintf(text, sizeof text, "%.4s-%.2s-%.2sT%.2s:%.2s:%.3s", p, p + 4,
                 p + 6, p + 8, p + 10, p + 12);
    return time_parse(text, out);
}

int der_equal(const struct der_slice *a, const struct der_slice *b)
{
    return a->size == b->size && !memcmp(a->data, b->data, a->size);
}
