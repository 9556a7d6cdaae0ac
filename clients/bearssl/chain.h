/* The certificates that the server sent, as bytes. The library forgets them
 * while it reads; pins and records need them. */
#ifndef CLIENTS_BEARSSL_CHAIN_H
#define CLIENTS_BEARSSL_CHAIN_H

#include <stddef.h>
#include <stdint.h>

struct chain_certificate {
    uint8_t *data;
    size_t size, have; /* as announced; as came */
};

/* Zeroed: empty. Its memory is the harness's, not the device's: it is no part
 * of the heap account. */
struct chain {
    struct chain_certificate *list; /* leaf first */
    size_t count, room;
    int lost; /* there was no memory: the chain is not whole */
};

void chain_clear(struct chain *chain);
/* Begins a certificate of that size. */
void chain_start(struct chain *chain, size_t size);
/* Adds bytes to the last certificate, at most as many as were announced. */
void chain_append(struct chain *chain, const void *data, size_t size);
/* The last certificate; NULL if there is none or the chain is lost. */
const struct chain_certificate *chain_last(const struct chain *chain);

#endif
