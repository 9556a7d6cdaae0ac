/* TLS of the endpoint as a machine that turns bytes into bytes: no socket, no
 * loop, and no word of the library behind it (engine.h). Also used by the
 * benchmark's bare handshakes. */
#ifndef SERVER_TLS_H
#define SERVER_TLS_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

struct facts;
struct tls_state; /* one endpoint state: chains, policy. Shared by threads */
struct tls_conn;  /* one connection */

/* The names of the libraries that can serve a state, in the order in which they
 * are asked; NULL past the last one. */
const char *tls_engine_name(size_t i);

/* From one element of "states" in the endpoint configuration; `message_bytes`
 * bounds the certificate list that a client may send. Where the state names no
 * engine, the first one that can serve it does, and a ClientHello that this one
 * cannot serve goes to the next. NULL on failure, reported. */
struct tls_state *tls_state_new(const json_t *state, size_t message_bytes);
void tls_state_free(struct tls_state *s);

/* NULL only when memory is out. */
struct tls_conn *tls_conn_new(struct tls_state *s);
void tls_conn_free(struct tls_conn *c);

/* MORE: in the handshake. ESTABLISHED: the client's Finished arrived, the
 * connection is open. FAILED: over, the output may hold an alert. CLOSED: the
 * peer sent close_notify. The last two are final; bytes that follow are
 * dropped. */
enum tls_result { TLS_MORE, TLS_ESTABLISHED, TLS_FAILED, TLS_CLOSED };

/* Feeds bytes from the peer. Afterwards tls_conn_output has what to send,
 * tls_conn_read what the application got. */
enum tls_result tls_conn_input(struct tls_conn *c, const void *data,
                               size_t size);
/* Is asked about a client's certificate (DER) where client_auth.mode is
 * `known`: 1, it is taken; 0, alert 46 (certificate_unknown, RFC 8446 section
 * 6.2). Before the first bytes; without it no certificate is known. */
typedef int tls_knows_fn(const void *arg, const uint8_t *der, size_t size);
void tls_conn_ask(struct tls_conn *c, tls_knows_fn *knows, const void *arg);
enum { TLS_NO_ALERT = -1 };

/* Refuses a connection to which nothing was fed, with a fatal alert in the
 * clear, or without a word (TLS_NO_ALERT); `hello`: what came, for the record.
 */
void tls_conn_refuse(struct tls_conn *c, const uint8_t *hello, size_t size,
                     int alert);
/* Bytes to send; valid until the next call on c. *size may be 0. Taken when
 * returned. */
const uint8_t *tls_conn_output(struct tls_conn *c, size_t *size);
/* Application bytes: read returns how many, 0 for none yet. */
size_t tls_conn_read(struct tls_conn *c, void *data, size_t size);
int tls_conn_write(struct tls_conn *c, const void *data, size_t size);
void tls_conn_close(struct tls_conn *c); /* queues close_notify */

/* Who sent the first fatal alert or close_notify. */
enum tls_party { TLS_NOBODY, TLS_PEER, TLS_SELF };

/* What is known of the connection so far. */
const struct facts *tls_conn_facts(const struct tls_conn *c);
/* 1 once the client's Finished was processed, and ever after. */
int tls_conn_is_established(const struct tls_conn *c);
enum tls_party tls_conn_ended_by(const struct tls_conn *c);

/* Adds what facts_describe says, engine and client_certificate to a
 * connection's record. 0, or -1 when memory is out. */
int tls_conn_describe(const struct tls_conn *c, json_t *record);

#endif
