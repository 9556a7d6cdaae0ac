/* The mapping at `stack:` of a device file, cut out of the text: libcyaml has
 * no value that is either a list or a mapping. */
#include "model/client.h"

#include <stdlib.h>
#include <string.h>

#define CLIENT_CUT_TEXT " [\"" CLIENT_CUT_NAME "\"]"
_Static_assert(sizeof CLIENT_CUT_TEXT - 1 == CLIENT_CUT_EXTRA, "its size");

struct region { /* bytes [at, end) of a document */
    size_t at, end;
};

static size_t line_end(const uint8_t *data, size_t size, size_t at)
{
    const uint8_t *end = memchr(data + at, '\n', size - at);

    return end ? (size_t)(end - data) + 1 : size;
}

static int is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The value of the key at the start of a line: up to the next line that starts
 * in the first column. */
static int region_find(const uint8_t *data, size_t size, struct region *r)
{
    static const char key[] = "stack:";
    size_t at = 0;

    while (at + sizeof key <= size &&
           memcmp(data + at, key, sizeof key - 1) != 0)
        at = line_end(data, size, at);
    if (at + sizeof key > size)
        return 0;
    r->at = at + sizeof key - 1;
    r->end = line_end(data, size, at);
    while (r->end < size && (is_blank(data[r->end]) || data[r->end] == '#'))
        r->end = line_end(data, size, r->end);
    return 1;
}

/* The first byte that is neither blank nor in a comment. */
static size_t content_find(const uint8_t *data, const struct region *r)
{
    size_t at = r->at;

    while (at < r->end && (is_blank(data[at]) || data[at] == '#'))
        at = data[at] == '#' ? line_end(data, r->end, at) : at + 1;
    return at;
}

static int is_mapping(const uint8_t *data, const struct region *r,
                      size_t content)
{
    size_t end;

    if (content == r->end || data[content] == '[' || data[content] == '-')
        return 0;
    if (data[content] == '{')
        return 1;
    end = line_end(data, r->end, content);
    return memchr(data + r->at, '\n', content - r->at) &&
           memchr(data + content, ':', end - content);
}

static void blank(uint8_t *data, size_t at, size_t end)
{
    for (; at < end; at++)
        if (data[at] != '\n')
            data[at] = ' ';
}

static uint8_t *copy(const uint8_t *data, size_t size, size_t gap)
{
    uint8_t *to = malloc(size + CLIENT_CUT_EXTRA + 1);

    if (!to)
        return NULL;
    memcpy(to, data, gap);
    memcpy(to + gap, CLIENT_CUT_TEXT, CLIENT_CUT_EXTRA);
    memcpy(to + gap + CLIENT_CUT_EXTRA, data + gap, size - gap);
    to[size + CLIENT_CUT_EXTRA] = '\0';
    return to;
}

int client_cut(const uint8_t *data, size_t size, uint8_t **inside,
               uint8_t **outside)
{
    struct region r;

    if (!region_find(data, size, &r) ||
        !is_mapping(data, &r, content_find(data, &r)))
        return 0;
    *inside = copy(data, size, r.at);
    *outside = copy(data, size, r.at);
    if (!*inside || !*outside)
        return -1;
    blank(*inside, 0, r.at + CLIENT_CUT_EXTRA);
    blank(*inside, r.end + CLIENT_CUT_EXTRA, size + CLIENT_CUT_EXTRA);
    blank(*outside, r.at + CLIENT_CUT_EXTRA, r.end + CLIENT_CUT_EXTRA);
    return 1;
}
