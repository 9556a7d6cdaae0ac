/* Contexts and anchor files that jobs share. */
#include "clients/shim_context.h"

#include <stdlib.h>

#include "clients/shim_cache.h"
#include "clients/shim_heap.h"
#include "base/file.h"

enum { CONTEXTS = 64, FILES = 64, FILE_MAX = 16 << 20 };

static void file_release(void *value)
{
    struct shim_bytes *bytes = value;

    free((void *)bytes->data);
    free(bytes);
}

static void context_release(void *value)
{
    struct shim_context *c = value;

    c->release(c->made);
    free(c);
}

static struct shim_cache_entry file_entries[FILES], context_entries[CONTEXTS];
static struct shim_cache files = {file_entries, FILES, file_release, 0};
static struct shim_cache contexts = {context_entries, CONTEXTS, context_release,
                                     0};

static struct shim_bytes *file_load(const char *path)
{
    struct shim_bytes *bytes = calloc(1, sizeof *bytes);
    uint8_t *data = NULL;

    if (!bytes || file_read(path, FILE_MAX, &data, &bytes->size) == -1) {
        free(bytes);
        return NULL;
    }
    bytes->data = data;
    if (shim_cache_add(&files, path, bytes) == -1) {
        file_release(bytes);
        return NULL;
    }
    return bytes;
}

int shim_context_anchors(struct shim_job *job)
{
    const struct shim_bytes *bytes = shim_cache_find(&files, job->anchors);

    if (!bytes)
        bytes = file_load(job->anchors);
    if (!bytes)
        return -1;
    job->want.anchors = *bytes;
    return 0;
}

static struct shim_context *context_make(const struct shim_ops *ops,
                                         const struct shim_job *job,
                                         struct shim_why *why)
{
    struct shim_context *c = calloc(1, sizeof *c);

    if (!c)
        return NULL;
    c->got.security_level = -1;
    shim_heap_context_begin();
    c->made = ops->context_new(&job->want, &c->got, why);
    c->held = shim_heap_context_end();
    c->release = ops->context_free;
    if (!c->made) {
        free(c);
        return NULL;
    }
    return c;
}

const struct shim_context *shim_context_get(const struct shim_ops *ops,
                                            const struct shim_job *job,
                                            struct shim_why *why)
{
    char *key = shim_job_context_key(job, ops->shares);
    struct shim_context *c = NULL;

    if (!key)
        goto out;
    c = shim_cache_find(&contexts, key);
    if (c)
        goto out;
    shim_cache_make_room(&contexts);
    c = context_make(ops, job, why);
    if (c && shim_cache_add(&contexts, key, c) == -1) {
        context_release(c);
        c = NULL;
    }
out:
    free(key);
    return c;
}

void shim_context_clear(void)
{
    shim_cache_clear(&contexts);
    shim_cache_clear(&files);
}
