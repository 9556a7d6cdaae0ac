/* The mock IoT endpoint: listeners for endpoint states, TLS by policy, one
 * record per connection (docs/endpoint.md). libevent and OpenSSL stay behind
 * this header. */
#ifndef SERVER_SERVER_H
#define SERVER_SERVER_H

#include <jansson.h>

struct server;

/* Called with one JSON event ("listening", "connection", ...; docs/record.md),
 * from any loop's thread but never two at a time. Borrowed: the event is freed
 * after the call. */
typedef void server_event_fn(const json_t *event, void *arg);

/* Builds everything from the configuration document of docs/record.md
 * ("endpoint configuration"), binds, and starts the loops' threads. NULL on
 * failure, reported (a port in use is named); server_lacked(errno) then tells
 * whether the process was short of something. */
struct server *server_start(const json_t *configuration,
                            server_event_fn *on_event, void *arg);
/* 1 if this errno means that memory, descriptors or threads ran out. */
int server_lacked(int error);

/* Adds, changes or removes a state while the server runs: one control document
 * of docs/record.md. What came of it is one event ("listening", "changed",
 * "removed", "refused"). Any thread. */
void server_control(struct server *s, const json_t *document);
/* For what is no document at all: the event "refused" with this text. */
void server_refuse(struct server *s, const char *text);

/* Waits until stop is asked for by server_stop (async-signal-safe, any thread),
 * then ends open connections and joins the threads. */
void server_wait(struct server *s);
void server_stop(struct server *s);
void server_free(struct server *s);

#endif
