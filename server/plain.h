/* Bytes that wait inside a TLS machine: for the application, or for the socket.
 * Knows no TLS library. */
#ifndef SERVER_PLAIN_H
#define SERVER_PLAIN_H

#include <stddef.h>
#include <stdint.h>

struct plain {
    uint8_t *data;         /* malloc'd; free(data) ends it */
    size_t size, at, room; /* `at` bytes of `size` are taken */
};

/* 0, or -1: memory is out and nothing was added. */
int plain_add(struct plain *p, const void *data, size_t size);
/* Copies what waits, and drops it: how many bytes. */
size_t plain_take(struct plain *p, void *data, size_t size);

#endif
