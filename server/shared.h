/* What all loops of one server share: limits, slots for connections, numbering,
 * the event callback. Knows no TLS. */
#ifndef SERVER_SHARED_H
#define SERVER_SHARED_H

#include <jansson.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

#include "server/app/clients.h"
#include "server/limits.h"
#include "server/server.h"

struct authority;
struct loop;

struct shared {
    struct limits limits;
    const struct authority *authority; /* NULL: everybody may do everything */
    struct loop **loops;               /* owned by the server */
    size_t loops_count;
    int stop_fd; /* readable once the server shall stop; never drained */
    atomic_size_t open;
    atomic_uint number;
    struct clients clients;
    pthread_mutex_t lock; /* one event at a time */
    server_event_fn *on_event;
    void *arg;
};

void shared_init(struct shared *s, server_event_fn *on_event, void *arg);
void shared_clear(struct shared *s);

/* A place for one more connection: 0, or -1 if the limit is reached. */
int shared_slot_take(struct shared *s);
/* Gives it back and wakes the loops that wait for one. */
void shared_slot_release(struct shared *s);
int shared_slot_free(struct shared *s);

/* 1, 2, ... in the order of acceptance. */
unsigned shared_number(struct shared *s);

/* Hands the event to the callback and frees it. NULL (out of memory) is
 * reported. */
void shared_emit(struct shared *s, json_t *event);

#endif
