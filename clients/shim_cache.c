/* A small cache by text key. A few dozen entries: a scan is faster than
 * anything clever. */
#include "clients/shim_cache.h"

#include <stdlib.h>
#include <string.h>

void *shim_cache_find(struct shim_cache *cache, const char *key)
{
    for (size_t i = 0; i < cache->size; i++) {
        struct shim_cache_entry *e = &cache->entries[i];
        if (e->key && !strcmp(e->key, key)) {
            e->used = ++cache->ticks;
            return e->value;
        }
    }
    return NULL;
}

static void entry_clear(struct shim_cache *cache, struct shim_cache_entry *e)
{
    if (!e->key)
        return;
    cache->release(e->value);
    free(e->key);
    *e = (struct shim_cache_entry){0};
}

/* An empty entry, or the one used longest ago. */
static struct shim_cache_entry *entry_oldest(struct shim_cache *cache)
{
    struct shim_cache_entry *oldest = cache->entries;

    for (size_t i = 0; i < cache->size; i++) {
        struct shim_cache_entry *e = &cache->entries[i];
        if (!e->key)
            return e;
        if (e->used < oldest->used)
            oldest = e;
    }
    return oldest;
}

void shim_cache_make_room(struct shim_cache *cache)
{
    entry_clear(cache, entry_oldest(cache));
}

int shim_cache_add(struct shim_cache *cache, const char *key, void *value)
{
    struct shim_cache_entry *e = entry_oldest(cache);
    char *copy = strdup(key);

    if (!copy)
        return -1;
    entry_clear(cache, e);
    *e = (struct shim_cache_entry){
        .key = copy, .value = value, .used = ++cache->ticks};
    return 0;
}

void shim_cache_clear(struct shim_cache *cache)
{
    for (size_t i = 0; i < cache->size; i++)
        entry_clear(cache, &cache->entries[i]);
}
