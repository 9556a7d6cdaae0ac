/* The ClientHello at the front of a connection, before any library sees it.
 * Knows no TLS library. */
#ifndef SERVER_TLS_FIRST_H
#define SERVER_TLS_FIRST_H

#include <stddef.h>
#include <stdint.h>

/* Joins the ClientHello of the records (RFC 8446 section 5.1) at the front of
 * what came. 1: *hello (malloc'd) is the handshake message with its header, of
 * *hello_size bytes. 0: more is needed. -1: something else came, or memory is
 * out. */
int tls_first_hello(const uint8_t *data, size_t size, uint8_t **hello,
                    size_t *hello_size);

#endif
