/* The running hash of one direction. */
#include "clients/shim_wire.h"

#include <inttypes.h>
#include <stdio.h>

/* FNV-1a with 64 bits (draft-eastlake-fnv section 2): not against forgery, but
 * against what a relay or a faulty machine does. */
static const uint64_t basis = 14695981039346656037u, prime = 1099511628211u;

void shim_wire_init(struct shim_wire *w)
{
    *w = (struct shim_wire){.hash = basis};
}

void shim_wire_add(struct shim_wire *w, const uint8_t *data, size_t size)
{
    uint64_t hash = w->hash;

    for (size_t i = 0; i < size; i++)
        hash = (hash ^ data[i]) * prime;
    w->hash = hash;
    w->bytes += size;
}

void shim_wire_mark(struct shim_wire *w)
{
    if (w->count < SHIM_WIRE_MARKS)
        w->marks[w->count++] =
            (struct shim_wire_mark){w->bytes, (uint32_t)w->hash};
}

void shim_wire_text(const struct shim_wire *w, char text[SHIM_WIRE_TEXT])
{
    size_t have = 0;

    *text = '\0';
    for (unsigned i = 0; i < w->count; i++)
        have += (size_t)snprintf(text + have, SHIM_WIRE_TEXT - have,
                                 "%s%" PRIu64 ":%08" PRIx32, i ? " " : "",
                                 w->marks[i].bytes, w->marks[i].hash);
}
