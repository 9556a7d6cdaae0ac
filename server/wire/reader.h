/* Walks the vectors of TLS messages (RFC 8446 section 3) inside a borrowed
 * buffer. A read past the end gives zeros and sets `bad`; nothing is ever read
 * outside. Must not know what the messages mean. */
#ifndef SERVER_READER_H
#define SERVER_READER_H

#include <stddef.h>
#include <stdint.h>

struct reader {
    const uint8_t *data; /* borrowed */
    size_t left;
    int bad; /* 1 once something was missing */
};

/* Takes `size` bytes; NULL (and bad) if there are fewer. */
static inline const uint8_t *reader_take(struct reader *r, size_t size)
{
    const uint8_t *at = r->data;

    if (r->bad || size > r->left) {
        r->bad = 1;
        r->left = 0;
        return NULL;
    }
    r->data += size;
    r->left -= size;
    return at;
}

/* Big-endian number of 1 to 4 bytes. */
static inline uint32_t reader_number(struct reader *r, size_t bytes)
{
    const uint8_t *at = reader_take(r, bytes);
    uint32_t value = 0;

    for (size_t i = 0; at != NULL && i < bytes; i++)
        value = value << 8 | at[i];
    return value;
}

/* A vector whose length field has `bytes` bytes; empty (and r bad) if it does
 * not fit. */
static inline struct reader reader_vector(struct reader *r, size_t bytes)
{
    size_t size = reader_number(r, bytes);
    const uint8_t *at = reader_take(r, size);

    return (struct reader){at, at == NULL ? 0 : size, r->bad};
}

#endif
