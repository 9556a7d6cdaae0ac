/* The ClientHello (RFC 5246 section 7.4.1.2, RFC 8446 section 4.1.2) as the
 * client sent it, and what the record says about it. Parses bytes from outside;
 * knows no TLS library. */
#ifndef SERVER_TLS_HELLO_H
#define SERVER_TLS_HELLO_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "server/wire/reader.h"

struct tls_list { /* two-byte code points in the order sent, GREASE (RFC 8701)
                     included; points into the message */
    const uint8_t *data;
    size_t count;
};

struct tls_hello {
    uint16_t legacy_version;
    struct tls_list suites, groups, signature_algorithms, versions;
    struct reader alpn; /* list of one-byte vectors; left 0: not offered */
    struct reader sni;  /* the host_name; left 0: none */
    struct reader extensions; /* the whole block: type, vector, ... */
    int has_sni; /* the extension is there, with a name or without */
    size_t extensions_count;
    int max_fragment_length; /* 0, or the extension's code (RFC 6066: 1..4) */
    size_t bytes;            /* of the handshake message with its header */
};

/* `message` with its 4-byte header; *out points into it. 0, or -1 if it is not
 * a whole, well-formed ClientHello. */
int tls_hello_parse(const uint8_t *message, size_t size, struct tls_hello *out);

/* The value at index i (< count). */
uint16_t tls_hello_code(const struct tls_list *list, size_t i);
int tls_hello_is_grease(uint16_t code);

/* The JA4 fingerprint (FoxIO's public specification): 36 characters and a NUL.
 */
#define TLS_JA4_SIZE 37
void tls_hello_ja4(const struct tls_hello *h, char out[static TLS_JA4_SIZE]);

/* The record's `hello`. New reference; NULL only when memory is out. */
json_t *tls_hello_json(const struct tls_hello *h);

/* Bytes as JSON text; what is not printable ASCII is written as \xNN. New
 * reference. */
json_t *tls_hello_text(const uint8_t *data, size_t size);

#endif
