/* A table from bytes to a pointer, for what is looked up once per cell. Must
 * not know what it holds. */
#ifndef LAB_MAP_H
#define LAB_MAP_H

#include <stddef.h>
#include <stdint.h>

struct map_entry {
    struct map_entry *next; /* in its bucket */
    void *value;            /* the caller's */
    uint64_t hash;
    size_t size;
    uint8_t key[];
};

struct map { /* zeroed: empty */
    struct map_entry **buckets;
    size_t room, count;
};

/* The place of a key's value; NULL: the key is not there. */
void **map_find(const struct map *m, const void *key, size_t size);
/* The same; a key that is not there is put in, with NULL as its value. NULL if
 * memory is out. */
void **map_place(struct map *m, const void *key, size_t size);
/* A number as the value; no value is the number 0. */
void map_set_number(void **place, size_t number);
size_t map_number(void *const *place);
/* Frees the table; each value through `value_free` first, if there is one. */
void map_drop(struct map *m, void (*value_free)(void *value));

#endif
