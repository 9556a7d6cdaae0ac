/* FNV-1a-64 (http://www.isthe.com/chongo/tech/comp/fnv/) and the walk from
 * record to record. */
#include "base/wire_marks.h"

#include <stdio.h>
#include <stdlib.h>

enum { FEW = 8 }; /* records of a handshake */

static const uint64_t fnv_start = 0xcbf29ce484222325, fnv_prime = 0x100000001b3;

static void hash_add(struct wire_marks *w, const uint8_t *data, size_t size)
{
    uint64_t hash = w->hash;

    for (size_t i = 0; i < size; i++)
        hash = (hash ^ data[i]) * fnv_prime;
    w->hash = hash;
    w->bytes += size;
}

void wire_marks_clear(struct wire_marks *w)
{
    free(w->marks);
    w->marks = NULL;
    w->count = w->room = 0;
}

static int grow(struct wire_marks *w)
{
    size_t room = w->room == 0 ? FEW : 2 * (size_t)w->room;
    struct wire_mark *grown = realloc(w->marks, room * sizeof *grown);

    if (grown == NULL) {
        w->is_short = 1;
        return -1;
    }
    w->marks = grown;
    w->room = (uint8_t)room;
    return 0;
}

static void mark(struct wire_marks *w)
{
    w->header_size = 0;
    if (w->count == w->room && grow(w) != 0)
        return;
    w->marks[w->count].at = (uint32_t)w->bytes;
    w->marks[w->count++].low = (uint32_t)w->hash;
}

/* Takes bytes of the header; returns how many. */
static size_t header_add(struct wire_marks *w, const uint8_t *data, size_t size)
{
    size_t n = WIRE_MARKS_HEADER - (size_t)w->header_size;

    n = size < n ? size : n;
    for (size_t i = 0; i < n; i++)
        w->header[w->header_size++] = data[i];
    hash_add(w, data, n);
    if (w->header_size < WIRE_MARKS_HEADER)
        return n;
    w->left = (uint32_t)w->header[3] << 8 | w->header[4];
    if (w->left == 0)
        mark(w);
    return n;
}

static size_t body_add(struct wire_marks *w, const uint8_t *data, size_t size)
{
    size_t n = size < w->left ? size : w->left;

    hash_add(w, data, n);
    w->left -= (uint32_t)n;
    if (w->left == 0)
        mark(w);
    return n;
}

void wire_marks_add(struct wire_marks *w, const void *data, size_t size)
{
    const uint8_t *at = data;

    if (w->bytes == 0)
        w->hash = fnv_start;
    while (size > 0 && w->count < WIRE_MARKS_MAX && !w->is_short) {
        size_t n = w->header_size < WIRE_MARKS_HEADER ? header_add(w, at, size)
                                                      : body_add(w, at, size);

        at += n;
        size -= n;
    }
    w->bytes += size;
}

void wire_marks_print(const struct wire_marks *w,
                      char out[static WIRE_MARKS_TEXT])
{
    size_t used = 0;

    out[0] = '\0';
    for (size_t i = 0; i < w->count; i++)
        used += (size_t)snprintf(
            out + used, WIRE_MARKS_TEXT - used, "%s%u:%08x", i == 0 ? "" : " ",
            (unsigned)w->marks[i].at, (unsigned)w->marks[i].low);
}
