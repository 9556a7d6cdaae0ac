/* Open addressing with linear probing, at most two thirds full; what is taken
 * out is closed up, so no slot is ever a mere mark. */
#include "base/map.h"

#include <stdlib.h>
#include <string.h>

void map_clear(struct map *m)
{
    free(m->slots);
    memset(m, 0, sizeof *m);
}

/* FNV-1a, its bits mixed, because the low ones choose the slot. */
static uint64_t hash_of(const void *key, size_t size)
{
    const uint8_t *bytes = key;
    uint64_t hash = 14695981039346656037U;

    for (size_t i = 0; i < size; i++)
        hash = (hash ^ bytes[i]) * 1099511628211U;
    return hash ^ hash >> 32;
}

/* The slot of the key, or the free one where it would stand. */
static struct map_slot *slot_of(const struct map *m, const void *key,
                                size_t size, uint64_t hash)
{
    size_t at = (size_t)hash & (m->room - 1);

    for (;; at = (at + 1) & (m->room - 1)) {
        struct map_slot *s = &m->slots[at];

        if (s->key == NULL || (s->hash == hash && s->size == size &&
                               memcmp(s->key, key, size) == 0))
            return s;
    }
}

static int grow(struct map *m)
{
    struct map larger = {.room = m->room ? 2 * m->room : 64, .count = m->count};

    larger.slots = calloc(larger.room, sizeof *larger.slots);
    if (larger.slots == NULL)
        return -1;
    for (size_t i = 0; i < m->room; i++) {
        const struct map_slot *s = &m->slots[i];

        if (s->key != NULL)
            *slot_of(&larger, s->key, s->size, s->hash) = *s;
    }
    free(m->slots);
    *m = larger;
    return 0;
}

void *map_get(const struct map *m, const void *key, size_t size)
{
    if (m->count == 0)
        return NULL;
    return slot_of(m, key, size, hash_of(key, size))->value;
}

int map_put(struct map *m, const void *key, size_t size, void *value)
{
    uint64_t hash = hash_of(key, size);
    struct map_slot *s;

    if (3 * (m->count + 1) > 2 * m->room && grow(m) != 0)
        return -1;
    s = slot_of(m, key, size, hash);
    if (s->key == NULL) {
        *s = (struct map_slot){key, size, hash, value};
        m->count++;
    }
    s->value = value;
    return 0;
}

void map_remove(struct map *m, const void *key, size_t size)
{
    struct map_slot *s;
    size_t hole, at;

    if (m->count == 0)
        return;
    s = slot_of(m, key, size, hash_of(key, size));
    if (s->key == NULL)
        return;
    m->count--;
    hole = at = (size_t)(s - m->slots);
    for (;;) {
        size_t home;

        memset(&m->slots[hole], 0, sizeof *m->slots);
        do { /* the next one that may stand in the hole */
            at = (at + 1) & (m->room - 1);
            if (m->slots[at].key == NULL)
                return;
            home = (size_t)m->slots[at].hash & (m->room - 1);
        } while (((at - home) & (m->room - 1)) < ((at - hole) & (m->room - 1)));
        m->slots[hole] = m->slots[at];
        hole = at;
    }
}
