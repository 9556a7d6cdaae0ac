/* IANA code points and this library's own numbers. */
#ifndef CLIENTS_GNUTLS_NAMES_H
#define CLIENTS_GNUTLS_NAMES_H

#include <gnutls/gnutls.h>
#include <stddef.h>
#include <stdint.h>

/* What makes a cipher suite. */
struct names_suite {
    uint16_t code;            /* IANA */
    gnutls_kx_algorithm_t kx; /* 0 from TLS 1.3 on */
    gnutls_cipher_algorithm_t cipher;
    gnutls_mac_algorithm_t mac;
    gnutls_protocol_t first; /* the first version that has it */
};

/* The library's suite at that place of its list: 0, or -1 after the last. */
int names_suite_at(size_t index, struct names_suite *suite);
/* The library's suite with that code point: 0, or -1 if it has none. */
int names_suite_find(uint16_t code, struct names_suite *suite);
/* Code point of what a session negotiated, or 0. */
uint16_t names_suite_of(gnutls_session_t session);

/* 0x0301..0x0304, or 0. */
uint16_t names_version_of(gnutls_protocol_t version);
/* Code point, or 0 for a group without one. */
uint16_t names_group_of(gnutls_group_t group);
/* The library's group, or GNUTLS_GROUP_INVALID. */
gnutls_group_t names_group_find(uint16_t code);
/* Code point, or 0. */
uint16_t names_sign_of(gnutls_sign_algorithm_t sign);
/* The library's algorithm number `index` (0, 1) with that code point: TLS 1.2
 * and 1.3 have one code point for two of them. GNUTLS_SIGN_UNKNOWN: no more. */
gnutls_sign_algorithm_t names_sign_find(uint16_t code, size_t index);

#endif
