/* One event loop in one thread: accepts from every listener and owns the
 * connections it accepted. */
#ifndef SERVER_LOOP_H
#define SERVER_LOOP_H

#include <stddef.h>
#include <stdint.h>

struct conn;
struct event_base;
struct loop;
struct shared;

/* Allocates and prepares loop `index` of `of`; `shared` must outlive it and
 * have its listeners. NULL on failure, reported. */
struct loop *loop_new(struct shared *shared, size_t index, size_t of);
/* Starts the thread. 0, or -1 reported. */
int loop_start(struct loop *l);
/* Waits for the thread's end, if it was started. */
void loop_join(struct loop *l);
void loop_free(struct loop *l);

/* Accepts again after a pause for want of a slot. Any thread. */
void loop_resume(struct loop *l);

/* For connections, in the loop's own thread. */
struct event_base *loop_base(struct loop *l);
struct shared *loop_shared(struct loop *l);
/* Room to receive into, good until the callback returns. */
uint8_t *loop_scratch(struct loop *l, size_t *size);
/* The head of the loop's list of connections. */
struct conn **loop_conns(struct loop *l);

#endif
