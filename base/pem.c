/* Base64 in lines of 64 between the two label lines. Must not look into the
 * certificate. */
#include "base/pem.h"

#include <stdlib.h>
#include <string.h>

static const char begin[] = "-----BEGIN CERTIFICATE-----\n";
static const char end[] = "-----END CERTIFICATE-----\n";

/* Four characters for one to three bytes. */
static char *group_write(char *at, const uint8_t *data, size_t size)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint32_t bits = (uint32_t)data[0] << 16;

    bits |= size > 1 ? (uint32_t)data[1] << 8 : 0;
    bits |= size > 2 ? data[2] : 0;
    *at++ = digits[bits >> 18];
    *at++ = digits[bits >> 12 & 63];
    *at++ = size > 1 ? digits[bits >> 6 & 63] : '=';
    *at++ = size > 2 ? digits[bits & 63] : '=';
    return at;
}

char *pem_certificate(const uint8_t *der, size_t size)
{
    enum { LINE_BYTES = 48 };
    char *text = malloc(sizeof(begin) + sizeof(end) + size / 3 * 4 + 8 +
                        size / LINE_BYTES + 2);
    char *at = text;

    if (text == NULL)
        return NULL;
    at = stpcpy(at, begin);
    for (size_t i = 0; i < size; i += 3) {
        at = group_write(at, der + i, size - i);
        if ((i + 3) % LINE_BYTES == 0 || i + 3 >= size)
            *at++ = '\n';
    }
    memcpy(at, end, sizeof(end));
    return text;
}
