/* Chained buckets, doubled when there are as many keys; FNV-1a. */
#include "lab/map.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 64 };

static uint64_t hash_of(const void *key, size_t size)
{
    const uint8_t *p = key;
    uint64_t h = 14695981039346656037U;

    for (size_t i = 0; i < size; i++)
        h = (h ^ p[i]) * 1099511628211U;
    return h;
}

static struct map_entry *entry_of(const struct map *m, const void *key,
                                  size_t size, uint64_t hash)
{
    struct map_entry *e = m->room > 0 ? m->buckets[hash & (m->room - 1)] : NULL;

    while (e && (e->hash != hash || e->size != size ||
                 (size > 0 && memcmp(e->key, key, size) != 0)))
        e = e->next;
    return e;
}

void **map_find(const struct map *m, const void *key, size_t size)
{
    struct map_entry *e = entry_of(m, key, size, hash_of(key, size));

    return e ? &e->value : NULL;
}

static int grow(struct map *m)
{
    size_t room = m->room > 0 ? m->room * 2 : FIRST_ROOM;
    struct map_entry **buckets = calloc(room, sizeof(struct map_entry *));

    if (!buckets)
        return -1;
    for (size_t i = 0; i < m->room; i++) {
        struct map_entry *next;

        for (struct map_entry *e = m->buckets[i]; e; e = next) {
            next = e->next;
            e->next = buckets[e->hash & (room - 1)];
            buckets[e->hash & (room - 1)] = e;
        }
    }
    free(m->buckets);
    m->buckets = buckets;
    m->room = room;
    return 0;
}

void **map_place(struct map *m, const void *key, size_t size)
{
    uint64_t hash = hash_of(key, size);
    struct map_entry *e = entry_of(m, key, size, hash);

    if (e)
        return &e->value;
    if (m->count >= m->room && grow(m))
        return NULL;
    e = malloc(sizeof *e + size);
    if (!e)
        return NULL;
    e->value = NULL;
    e->hash = hash;
    e->size = size;
    if (size > 0)
        memcpy(e->key, key, size);
    e->next = m->buckets[hash & (m->room - 1)];
    m->buckets[hash & (m->room - 1)] = e;
    m->count++;
    return &e->value;
}

void map_set_number(void **place, size_t number)
{
    uintptr_t value = number;

    memcpy(place, &value, sizeof value);
}

size_t map_number(void *const *place)
{
    return (uintptr_t)*place;
}

void map_drop(struct map *m, void (*value_free)(void *value))
{
    for (size_t i = 0; i < m->room; i++) {
        struct map_entry *next;

        for (struct map_entry *e = m->buckets[i]; e; e = next) {
            next = e->next;
            if (value_free)
                value_free(e->value);
            free(e);
        }
    }
    free(m->buckets);
    *m = (struct map){0};
}
