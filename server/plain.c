/* A growing buffer that is emptied from its start. Must not know whose bytes
 * they are. */
#include "server/plain.h"

#include <stdlib.h>
#include <string.h>

int plain_add(struct plain *p, const void *data, size_t size)
{
    size_t room = p->size + size;
    uint8_t *more;

    if (room > p->room) {
        room = room < 2 * p->room ? 2 * p->room : room;
        more = realloc(p->data, room);
        if (more == NULL)
            return -1;
        p->data = more;
        p->room = room;
    }
    memcpy(p->data + p->size, data, size);
    p->size += size;
    return 0;
}

size_t plain_take(struct plain *p, void *data, size_t size)
{
    size_t left = p->size - p->at;
    size_t n = left < size ? left : size;

    if (n == 0)
        return 0;
    memcpy(data, p->data + p->at, n);
    p->at += n;
    if (n == left)
        p->size = p->at = 0;
    return n;
}
