/* Escaping of text from outside. */
#include "base/text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

enum { ESCAPE = 4 }; /* characters of "\xNN" */

/* U+0080 to U+009F, U+200E, U+200F, U+2028 to U+202E, U+2066 to U+2069. */
static int is_control(const uint8_t *s)
{
    if (s[0] == 0xc2)
        return s[1] < 0xa0;
    if (s[0] != 0xe2)
        return 0;
    if (s[1] == 0x80)
        return s[2] == 0x8e || s[2] == 0x8f || (s[2] >= 0xa8 && s[2] <= 0xae);
    return s[1] == 0x81 && s[2] >= 0xa6 && s[2] <= 0xa9;
}

size_t text_plain(const char *text)
{
    const uint8_t *s = (const uint8_t *)text;
    size_t size;

    if (s[0] < 0x80)
        return s[0] >= 0x20 && s[0] != 0x7f;
    size = utf8_size(s, strnlen(text, UTF8_MAX));
    return size > 0 && is_control(s) ? 0 : size;
}

void text_print(FILE *to, const char *s)
{
    while (s && *s) {
        size_t n = text_plain(s);

        if (n)
            fwrite(s, 1, n, to);
        else
            fprintf(to, "\\x%02x", (unsigned)(uint8_t)*s);
        s += n ? n : 1;
    }
}

char *text_escaped(const char *s)
{
    char *data = NULL;
    size_t size;
    FILE *to = open_memstream(&data, &size);

    if (!to)
        return NULL;
    text_print(to, s);
    if (fclose(to) == 0)
        return data;
    free(data);
    return NULL;
}

int text_width(const char *s)
{
    int width = 0;

    while (s && *s) {
        size_t n = text_plain(s);

        width += n ? 1 : ESCAPE;
        s += n ? n : 1;
    }
    return width;
}

void text_print_padded(FILE *to, const char *s, int width)
{
    text_print(to, s);
    for (int i = text_width(s); i < width; i++)
        fputc(' ', to);
}
