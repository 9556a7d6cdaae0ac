/* One endpoint state's bound socket and what it serves at present. Held by the
 * server while the state is there and by each loop that accepts from it; the
 * socket closes with the last holder. */
#ifndef SERVER_LISTENER_H
#define SERVER_LISTENER_H

#include <jansson.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include "server/limits.h"

struct setting;
struct shared;

struct listener {
    char *id; /* "scenario/state" */
    int fd;
    char address[64]; /* numeric */
    uint16_t port;    /* the bound one */
    pthread_mutex_t lock;
    struct setting *setting; /* under the lock */
    atomic_uint holders;
    struct shared *announce; /* not NULL: told that it was removed */
};

/* From one element of "states". Binds and listens. NULL on failure, reported (a
 * port in use is named). */
struct listener *listener_new(const json_t *state, const struct limits *limits);

/* What a new connection from this numeric address gets: held for the caller.
 * Any thread. */
struct setting *listener_setting(struct listener *l, const char *peer);
/* Serves another state from now on. Address and port stay as they are. 0, or -1
 * reported and nothing changed. */
int listener_change(struct listener *l, const json_t *state,
                    const struct limits *limits);

struct listener *listener_hold(struct listener *l);
void listener_release(struct listener *l);

#endif
