/* A growing list of certificates. Must not know the library. */
#include "clients/bearssl/chain.h"

#include <stdlib.h>
#include <string.h>

void chain_clear(struct chain *chain)
{
    for (size_t i = 0; i < chain->count; i++)
        free(chain->list[i].data);
    free(chain->list);
    *chain = (struct chain){0};
}

static int room_make(struct chain *chain)
{
    size_t room = chain->room ? 2 * chain->room : 8;
    struct chain_certificate *list;

    if (chain->count < chain->room)
        return 0;
    list = realloc(chain->list, room * sizeof *list);
    if (!list)
        return -1;
    chain->list = list;
    chain->room = room;
    return 0;
}

void chain_start(struct chain *chain, size_t size)
{
    uint8_t *data;

    if (chain->lost)
        return;
    data = malloc(size ? size : 1);
    if (!data || room_make(chain) == -1) {
        free(data);
        chain->lost = 1;
        return;
    }
    chain->list[chain->count++] =
        (struct chain_certificate){.data = data, .size = size};
}

void chain_append(struct chain *chain, const void *data, size_t size)
{
    struct chain_certificate *last;

    if (chain->lost || !chain->count)
        return;
    last = &chain->list[chain->count - 1];
    if (size > last->size - last->have)
        size = last->size - last->have;
    memcpy(last->data + last->have, data, size);
    last->have += size;
}

const struct chain_certificate *chain_last(const struct chain *chain)
{
    return chain->lost || !chain->count ? NULL : &chain->list[chain->count - 1];
}
