/* The mock IoT endpoint: listeners for endpoint states, TLS by policy, one
 * record per connection (docs/endpoint.md). libevent and OpenSSL stay behind
 * this header. */
#ifndef SERVER_SERVER_H
#define SERVER_SERVER_H

#include <stddef.h>

struct authority;
struct server;

/* Called with one event ("listening", "connection", ...; docs/record.md) as a
 * line with its end, from any loop's thread but never two at a time. Borrowed:
 * it is freed after the call. */
typedef void server_event_fn(const char *line, size_t size, void *arg);

/* Builds everything from the configuration document of docs/record.md
 * ("endpoint configuration"; JSON), binds, and starts the loops' threads. NULL
 * on failure, reported (a port in use is named); server_lacked(errno) then
 * tells whether the process was short of something. `authority` (borrowed) is
 * asked what a client of `mqtt` may; NULL: it may everything. */
struct server *server_start(const char *configuration, size_t size,
                            const struct authority *authority,
                            server_event_fn *on_event, void *arg);
/* 1 if this errno means that memory, descriptors or threads ran out. */
int server_lacked(int error);

/* Adds, changes or removes a state while the server runs: one control line of
 * docs/record.md. What came of it is one event ("listening", "changed",
 * "removed", "refused"). Any thread. */
void server_control(struct server *s, const char *line, size_t size);
/* For what is no line at all: the event "refused" with this text. */
void server_refuse(struct server *s, const char *text);

/* Waits until stop is asked for by server_stop (async-signal-safe, any thread),
 * then ends open connections and joins the threads. */
void server_wait(struct server *s);
void server_stop(struct server *s);
void server_free(struct server *s);

#endif
