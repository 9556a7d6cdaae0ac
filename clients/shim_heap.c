/* The heap account: each block carries its size in a header, so that counting
 * needs nothing but the block. Must not know what the bytes are for. */
#include "clients/shim_heap.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "clients/shim.h"

/* 16 bytes keep the alignment that malloc gives. */
union header {
    size_t size;
    max_align_t align;
    unsigned char room[16];
};

static struct {
    size_t used;
    size_t peak;
    size_t limit; /* of used; SIZE_MAX: none */
    size_t refused, lacking;
    size_t held, start; /* of the connection that is watched */
    size_t context_start, shared;
    int watching;
} account = {.limit = SIZE_MAX};

/* 1 if `more` bytes may be taken now, else counts the refusal. */
static int admit(size_t more)
{
    if (more <= account.limit && account.used <= account.limit - more)
        return 1;
    account.refused++;
    return 0;
}

static void count(size_t more)
{
    account.used += more;
    if (account.watching && account.used > account.peak)
        account.peak = account.used;
}

void *shim_heap_malloc(size_t size)
{
    union header *h;

    if (size > SIZE_MAX - sizeof *h || !admit(size))
        return NULL;
    h = malloc(sizeof *h + size);
    if (!h) {
        account.lacking++;
        return NULL;
    }
    h->size = size;
    count(size);
    return h + 1;
}

void *shim_heap_calloc(size_t number, size_t size)
{
    void *p;

    if (size && number > SIZE_MAX / size)
        return NULL;
    p = shim_heap_malloc(number * size);
    if (p)
        memset(p, 0, number * size);
    return p;
}

void *shim_heap_realloc(void *p, size_t size)
{
    union header *h = p;
    size_t had;

    if (!p)
        return shim_heap_malloc(size);
    h--;
    had = h->size;
    if (size > SIZE_MAX - sizeof *h || (size > had && !admit(size - had)))
        return NULL;
    h = realloc(h, sizeof *h + size);
    if (!h) {
        account.lacking++;
        return NULL;
    }
    h->size = size;
    account.used -= had;
    count(size);
    return h + 1;
}

void shim_heap_free(void *p)
{
    union header *h = p;

    if (!p)
        return;
    h--;
    account.used -= h->size;
    free(h);
}

size_t shim_heap_used(void)
{
    return account.used;
}

void shim_heap_share(size_t bytes)
{
    account.shared += bytes;
}

void shim_heap_context_begin(void)
{
    account.context_start = account.used;
    account.shared = 0;
}

size_t shim_heap_context_end(void)
{
    size_t with = account.used + account.shared;

    return with > account.context_start ? with - account.context_start : 0;
}

void shim_heap_watch(size_t held, size_t budget)
{
    account.held = held;
    account.start = account.peak = account.used;
    account.limit =
        budget >= held && budget ? account.used + (budget - held) : SIZE_MAX;
    account.refused = account.lacking = 0;
    account.watching = 1;
}

void shim_heap_unwatch(void)
{
    account.limit = SIZE_MAX;
    account.watching = 0;
}

size_t shim_heap_peak(void)
{
    return account.held + (account.peak - account.start);
}

size_t shim_heap_refused(void)
{
    return account.refused;
}

size_t shim_heap_short(void)
{
    return account.lacking;
}
