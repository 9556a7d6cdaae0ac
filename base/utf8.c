/* Section 4 of RFC 3629 as a table: the first byte and what the second one may
 * be; all further ones are 80 to BF. */
#include "base/utf8.h"

static const struct {
    uint8_t first, last; /* of the first byte */
    uint8_t low, high;   /* of the second */
    uint8_t size;
} forms[] = {
    {0x01, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2},
    {0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3},
    {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
    {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4},
    {0xf4, 0xf4, 0x80, 0x8f, 4},
};

size_t utf8_size(const uint8_t *s, size_t size)
{
    size_t i = 0, count = sizeof forms / sizeof *forms;

    while (size > 0 && i < count &&
           (s[0] < forms[i].first || s[0] > forms[i].last))
        i++;
    if (i == count || size < forms[i].size)
        return 0;
    if (forms[i].size > 1 && (s[1] < forms[i].low || s[1] > forms[i].high))
        return 0;
    for (size_t k = 2; k < forms[i].size; k++)
        if ((s[k] & 0xc0) != 0x80)
            return 0;
    return forms[i].size;
}
