/* An endpoint state as tls*.c see it: the SSL_CTX and what is needed to tell
 * chains apart. Private to tls*.c. */
#ifndef SERVER_TLS_STATE_H
#define SERVER_TLS_STATE_H

#include <openssl/ssl.h>
#include <stddef.h>
#include <stdint.h>

#include "server/tls.h"

enum { TLS_CHAINS = 2 };

struct tls_chain {
    const char *name; /* "rsa", "ecdsa" */
    X509 *leaf;       /* NULL: no chain of this key type */
    uint8_t *leaf_der;
    size_t leaf_size;
};

struct tls_state {
    char *id;
    SSL_CTX *ctx;
    struct tls_chain chains[TLS_CHAINS];
    uint8_t *alpn; /* wire form (RFC 7301 section 3.1); NULL: ALPN is ignored */
    size_t alpn_size;
};

/* Reports `what` with the state's id and OpenSSL's oldest error, and empties
 * the error queue. Returns -1. */
int tls_state_fault(const struct tls_state *s, const char *what);

/* Hooks the connections' record into the context. */
void tls_conn_prepare(struct tls_state *s);

/* Reads concatenated DER certificates, each of which must encode back to the
 * same bytes. NULL reported. */
STACK_OF(X509) * tls_chain_read(const struct tls_state *s, const char *path);
/* Loads key and certificates into the context. 0, or -1 reported. */
int tls_chain_load(struct tls_state *s, struct tls_chain *c,
                   const json_t *spec);
void tls_chain_clear(struct tls_chain *c);

/* Versions, suites, groups, signature algorithms, ALPN, record size. 0, or -1
 * reported. */
int tls_policy_apply(struct tls_state *s, json_t *tls);

/* Certificates asked of clients, checked at the state's clock. 0, or -1
 * reported. */
int tls_client_auth_apply(struct tls_state *s, json_t *auth, json_int_t clock);
/* The record's `client_certificate` for the leaf that a client sent. New
 * reference; NULL when memory is out. */
json_t *tls_client_auth_json(const uint8_t *der, size_t size, size_t count,
                             long verify_result);

#endif
