/* A small cache by text key that forgets what was used longest ago. */
#ifndef CLIENTS_SHIM_CACHE_H
#define CLIENTS_SHIM_CACHE_H

#include <stddef.h>

struct shim_cache_entry {
    char *key; /* NULL: empty */
    void *value;
    unsigned long used;
};

struct shim_cache {
    struct shim_cache_entry *entries; /* `size` of them, the caller's, zeroed */
    size_t size;
    void (*release)(void *value);
    unsigned long ticks;
};

/* The value under key, or NULL. */
void *shim_cache_find(struct shim_cache *cache, const char *key);
/* Frees one entry if there is no room for another: to be called before the new
 * value is made, so that both never exist together. */
void shim_cache_make_room(struct shim_cache *cache);
/* Takes value. 0, or -1 when memory is out (value is the caller's still). */
int shim_cache_add(struct shim_cache *cache, const char *key, void *value);
/* Frees all. */
void shim_cache_clear(struct shim_cache *cache);

#endif
