/* The TLS machine as one table of operations: what a TLS library has to do to
 * serve endpoint states. An engine is one folder below server/ and turns bytes
 * into bytes: no socket, no loop, no thread of its own. What it cannot serve it
 * says itself, by refusing the state, or in `facts.unserved` with the input
 * that brought the ClientHello, before any of its output was taken; nobody else
 * guesses, and another engine may be asked.
 */
#ifndef SERVER_ENGINE_H
#define SERVER_ENGINE_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "server/facts.h"
#include "server/tls.h"

struct tls_state { /* each engine's own state begins with it */
    const struct tls_engine_ops *ops;
    struct tls_state *second; /* tls.c's: for hellos that this engine cannot
                                 serve; NULL: there is none */
};

struct tls_conn { /* each engine's own connection begins with it */
    const struct tls_engine_ops *ops;
    struct facts facts; /* kept by the engine; cleared by tls_conn_free */
    const struct tls_state *state; /* tls.c's */
    struct tls_conn *second; /* tls.c's: who serves it now; NULL: this one */
    tls_knows_fn *knows;     /* of the state's mode `known`; NULL: nobody is */
    const void *knows_arg;
    uint8_t refusal[7];      /* tls.c's: the alert that is sent in its place */
    size_t refusal_size;     /* 0: nothing is refused, or it was sent */
    int is_refused;
};

struct tls_client { /* the engine's verdict about a client's certificate;
                       strings malloc'd, NULL where it cannot be read */
    char *subject, *issuer;  /* as RFC 2253 writes names */
    long verify_code;        /* 0: good */
    const char *verify_text; /* static */
};

struct tls_engine_ops {
    const char *name;

    /* Builds a state from one element of "states" (docs/record.md). What is
     * served must be the bytes of the files; a state with which that cannot be
     * is refused, and so is one with a key of `tls` or of a chain that only
     * another engine heeds. `message_bytes`: the largest certificate list to
     * take from a client. NULL on failure, reported with the state's id. */
    struct tls_state *(*state_new)(const json_t *state, size_t message_bytes);
    /* No connection uses it any more. Never NULL. */
    void (*state_free)(struct tls_state *s);

    /* The state outlives it; several threads may make connections of one state
     * at a time. Zeroed facts. Should allocate little before the first bytes.
     * NULL when memory is out. */
    struct tls_conn *(*conn_new)(struct tls_state *s);
    void (*conn_free)(struct tls_conn *c); /* never NULL */

    /* Feeds bytes from the peer, size > 0, and keeps the facts. Not called
     * again after TLS_FAILED or TLS_CLOSED. */
    enum tls_result (*input)(struct tls_conn *c, const void *data, size_t size);
    /* Bytes to send, taken when returned; valid until the next call on c. */
    const uint8_t *(*output)(struct tls_conn *c, size_t *size);

    /* Application bytes that came: how many were copied, 0 for none yet. */
    size_t (*read)(struct tls_conn *c, void *data, size_t size);
    /* Sends application bytes; 0, or -1 (before the handshake's end or after
     * the connection's). */
    int (*write)(struct tls_conn *c, const void *data, size_t size);
    /* Queues close_notify, if the handshake was done and nothing failed. */
    void (*close)(struct tls_conn *c);

    /* Fills `out` for facts.client_leaf, which came. */
    void (*client)(const struct tls_conn *c, struct tls_client *out);
};

extern const struct tls_engine_ops tls_engine_openssl; /* server/openssl/ */
extern const struct tls_engine_ops tls_engine_gnutls;  /* server/gnutls/ */

#endif
