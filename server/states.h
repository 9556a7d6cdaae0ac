/* The endpoint states that are served now, by id, each with its listener.
 * Knows neither connections nor TLS. Not for several threads at a time. */
#ifndef SERVER_STATES_H
#define SERVER_STATES_H

#include <jansson.h>
#include <stddef.h>

struct shared;

struct states {
    struct shared *shared; /* its loops do the accepting */
    void *root;            /* of a tree by id (tsearch) */
    size_t count;
    size_t next_loop; /* whose turn it is */
};

void states_init(struct states *s, struct shared *shared);
/* After the loops ended. */
void states_clear(struct states *s);

/* Binds one element of "states", tells where it listens ("listening"), and
 * lets the loops accept. With `total` states or more expected (0: not known)
 * each is given to one loop. 0, or -1 reported and nothing changed. */
int states_add(struct states *s, const json_t *state, size_t total);
/* Serves it from the listener that has its id. 0, or -1 reported and nothing
 * changed. */
int states_change(struct states *s, const json_t *state);
/* Ends listening; "removed" is told when the socket is closed. 0, or -1
 * reported. */
int states_remove(struct states *s, const char *id);

#endif
