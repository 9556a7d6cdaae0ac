/* From byte strings to pointers, in constant time on average. Keys and values
 * are borrowed: they must stay where they are. Not thread-safe. */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stddef.h>
#include <stdint.h>

struct map_slot {
    const void *key; /* NULL: free */
    size_t size;
    uint64_t hash;
    void *value;
};

struct map { /* zeros: empty */
    struct map_slot *slots;
    size_t count, room; /* room is a power of two */
};

void map_clear(struct map *m);
/* The value of a key; NULL if there is none. */
void *map_get(const struct map *m, const void *key, size_t size);
/* Sets the value (not NULL) of a key. The key that is there already stays. 0,
 * or -1 when memory is out. */
int map_put(struct map *m, const void *key, size_t size, void *value);
/* Takes a key out. Fine if it is not there. */
void map_remove(struct map *m, const void *key, size_t size);

#endif
