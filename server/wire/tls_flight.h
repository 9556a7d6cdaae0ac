/* What the endpoint said in its own flight, read from the handshake messages
 * that went out: so the record tells what was on the wire, not what a library
 * meant. Knows no TLS library. */
#ifndef SERVER_TLS_FLIGHT_H
#define SERVER_TLS_FLIGHT_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

struct tls_flight {
    uint16_t version, suite;             /* 0: no ServerHello went out */
    uint16_t group, signature_algorithm; /* 0: none */
    int max_fragment_length; /* the extension's code; 0: not negotiated */
    int is_short;            /* memory ran out */
    char *alpn;              /* NULL: none */
    size_t alpn_size;
    size_t certificates, certificate_bytes;
    size_t staple_bytes; /* of the OCSP response with the leaf; 0: none */
};
void tls_flight_clear(struct tls_flight *f);

/* Notes one outgoing handshake message (4-byte header included). */
void tls_flight_note(struct tls_flight *f, const uint8_t *message, size_t size);

/* Walks a Certificate message of either direction (RFC 5246 section 7.4.2, RFC
 * 8446 section 4.4.2). Returns the number of certificates; *first points at the
 * first one's DER, inside the message, or is NULL. */
size_t tls_flight_certificates(uint16_t version, const uint8_t *message,
                               size_t size, const uint8_t **first,
                               size_t *first_size);

/* The record's `chose`; `chain` is "rsa", "ecdsa" or NULL. New reference. */
json_t *tls_flight_json(const struct tls_flight *f, const char *chain);

#endif
