/* One event loop in one thread: accepts from the listeners that it was given
 * and owns the connections it accepted. */
#ifndef SERVER_LOOP_H
#define SERVER_LOOP_H

#include <stddef.h>
#include <stdint.h>

struct acceptor; /* one listener in one loop */
struct conn;
struct conn_queue;
struct event_base;
struct listener;
struct loop;
struct shared;
struct upstream;

/* Allocates and prepares a loop; `shared` must outlive it. NULL on failure,
 * reported. */
struct loop *loop_new(struct shared *shared);
/* Starts the thread. 0, or -1 reported. */
int loop_start(struct loop *l);
/* Waits for the thread's end, if it was started. */
void loop_join(struct loop *l);
void loop_free(struct loop *l);

/* Accepts from `listener`, and holds it, from now on. Any thread, before the
 * loop runs or while it does. NULL on failure, reported. */
struct acceptor *loop_listen(struct loop *l, struct listener *listener);
/* Takes what waits in the listener's queue, then accepts from it no longer.
 * Any thread, once for each loop_listen. */
void loop_unlisten(struct loop *l, struct acceptor *a);

/* Accepts again after a pause for want of a slot. Any thread. */
void loop_resume(struct loop *l);

/* For connections, in the loop's own thread. */
/* No descriptor is left: a connection that has said nothing yet is ended for
 * who needs one. 0: of this loop, and one is free now; -1: of another, in a
 * moment, if there is any. */
int loop_win_descriptor(struct loop *l);
/* Memory ran out: what the loop holds back for that moment is there now for
 * those who are connected, and nobody is accepted until there is more. */
void loop_note_short(struct loop *l);
struct event_base *loop_base(struct loop *l);
struct shared *loop_shared(struct loop *l);
/* Room to receive into, good until the callback returns. */
uint8_t *loop_scratch(struct loop *l, size_t *size);
/* The head of the loop's list of connections. */
struct conn **loop_conns(struct loop *l);
/* Those of them that have not said hello. */
struct conn_queue *loop_silent(struct loop *l);
/* The list of upstreams that finish behind connections that are gone. */
struct upstream **loop_upstreams(struct loop *l);

#endif
