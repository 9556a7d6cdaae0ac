/* An endpoint state as server/openssl/ sees it: the SSL_CTX and what is needed
 * to tell chains apart. Private to this folder. */
#ifndef SERVER_OPENSSL_TLS_STATE_H
#define SERVER_OPENSSL_TLS_STATE_H

#include <openssl/ssl.h>
#include <stddef.h>
#include <stdint.h>

#include "server/engine.h"

enum { TLS_CHAIN_RSA, TLS_CHAIN_ECDSA, TLS_CHAINS };

struct tls_chain {
    const char *name; /* "rsa", "ecdsa": the authentication of a TLS 1.2 suite;
                         an Ed25519 key is one of the second (RFC 8422) */
    X509 *leaf;       /* NULL: no chain of this key type */
    uint8_t *leaf_der;
    size_t leaf_size;
    uint8_t *staple; /* OCSP response; NULL: none */
    size_t staple_size;
};

struct openssl_state {
    struct tls_state base;
    char *id;
    SSL_CTX *ctx;
    struct tls_chain chains[TLS_CHAINS];
    uint8_t *alpn; /* wire form (RFC 7301 section 3.1); NULL: ALPN is ignored */
    size_t alpn_size;
    size_t ticket_padding; /* bytes in each session ticket beside the session */
    int asks; /* whose a client's certificate is: connections say so */
};

/* Reports `what` with the state's id and OpenSSL's oldest error, and empties
 * the error queue. Returns -1. */
int tls_state_fault(const struct openssl_state *s, const char *what);
struct tls_state *tls_state_build(const json_t *state, size_t message_bytes);
void tls_state_destroy(struct tls_state *s);

/* Hooks the connections' facts into the context. */
void tls_conn_prepare(struct openssl_state *s);

/* Reads concatenated DER certificates, each of which must encode back to the
 * same bytes. NULL reported. */
STACK_OF(X509) *
    tls_chain_read(const struct openssl_state *s, const char *path);
/* Loads key and certificates into the context. 0, or -1 reported. */
int tls_chain_load(struct openssl_state *s, struct tls_chain *c,
                   const json_t *spec);
void tls_chain_clear(struct tls_chain *c);

/* Versions, suites, groups, signature algorithms, ALPN, record size. 0, or -1
 * reported. */
int tls_policy_apply(struct openssl_state *s, json_t *tls);

/* How many session tickets are sent, and how large they are. 0, or -1 reported.
 */
int tls_tickets_apply(struct openssl_state *s, const json_t *tls);

/* Reads the OCSP response of a chain, if it has one, and answers status_request
 * with it. 0, or -1 reported. */
int tls_staple_load(struct openssl_state *s, struct tls_chain *c,
                    const json_t *spec);

/* Certificates asked of clients, checked at the state's clock. 0, or -1
 * reported. */
int tls_client_auth_apply(struct openssl_state *s, json_t *auth,
                          json_int_t clock);
/* What `der`, a client's leaf, says of itself. */
void tls_client_auth_describe(const uint8_t *der, size_t size,
                              long verify_result, struct tls_client *out);

/* Called when OpenSSL refused a ClientHello: the sentence, if another server
 * could have served the state to it; else NULL. */
const char *tls_unserved_sentence(const struct openssl_state *s, SSL *ssl,
                                  const struct facts *f, int error);

#endif
