/* The wire as OpenSSL sees it: what came just now, and what is to be sent. An
 * idle connection holds no buffer. */
#ifndef SERVER_OPENSSL_TLS_BIO_H
#define SERVER_OPENSSL_TLS_BIO_H

#include <stddef.h>
#include <stdint.h>

#include <openssl/bio.h>

struct tls_bio { /* zeroed before use */
    const uint8_t *in;
    size_t in_size;
    uint8_t *out; /* NULL: nothing to be sent */
    size_t out_size, out_room;
    int is_taken; /* the output was handed out and may be dropped */
    int is_short; /* memory ran out: output is lost */
};

/* This thread's BIO, one reference more of it. NULL when memory is out. */
BIO *tls_bio_hold(void);
/* It reads and writes `wire` from now on: before each call to libssl. */
void tls_bio_enter(struct tls_bio *wire);
void tls_bio_clear(struct tls_bio *wire);
/* What is to be read: borrowed until the next call. libssl keeps what is part
 * of a record itself, so nothing is left but behind the connection's end. */
void tls_bio_feed(struct tls_bio *wire, const uint8_t *data, size_t size);
/* What was written since the last call; valid until the next call or write. */
const uint8_t *tls_bio_output(struct tls_bio *wire, size_t *size);

#endif
