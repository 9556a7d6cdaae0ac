/* One connection from accept to its record. Lives in one loop's thread. */
#ifndef SERVER_CONN_H
#define SERVER_CONN_H

#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

struct conn;
struct facts;
struct listener;
struct loop;
struct sockaddr;

/* Takes fd and one slot of the shared ones, and lives on its own until the
 * connection is over, whatever becomes of the listener. `after_starving`: it
 * may have waited because the process had no descriptor left. 0, or -1 reported
 * (fd closed, slot given back). */
int conn_new(struct loop *loop, struct listener *listener, int fd,
             const struct sockaddr *peer, int after_starving);

/* Those of a loop whose ClientHello has not come, the oldest first. */
TAILQ_HEAD(conn_queue, conn);
/* Makes room: ends the oldest of the loop's own that has not said hello, nor
 * anything that is yet to be read. `is_short`: for want of a descriptor, not of
 * a slot; then one that has only just come is left alone: another loop may have
 * taken the descriptor for it while this one was told that somebody waits. 0;
 * -1: there is none. */
int conn_evict(struct loop *loop, int is_short);

/* Ends it now because the server stops; recorded and freed. */
void conn_stop(struct conn *c);

/* For applications, in the loop's thread. */
/* Sends application data. 0, or -1 (the connection is ending). */
int conn_write(struct conn *c, const void *data, size_t size);
/* Ends it in good order, from outside of the application's own operations (they
 * return -1). */
void conn_close(struct conn *c);
/* 1: the application wants no more data for now; 0: it does again. */
void conn_hold(struct conn *c, int is_held);
/* 1 if so much waits for the peer that nothing should be written; the
 * application's on_room is called then once there is room again. */
int conn_is_full(struct conn *c);
/* The endpoint could not do its part: nothing that follows is the peer's doing.
 */
void conn_note_short(struct conn *c);
struct loop *conn_loop(struct conn *c);
/* What is known of its TLS, and the peer's address as text. */
const struct facts *conn_facts(const struct conn *c);
const char *conn_peer(const struct conn *c);
/* What settings_new made of its state. */
const void *conn_settings(const struct conn *c);

#endif
