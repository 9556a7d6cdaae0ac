/* One trial on its way: given to a shim, seen by the endpoint, both joined by
 * the endpoint state and the address that the shim connected from. Must not
 * know processes. */
#ifndef LAB_FLIGHT_H
#define LAB_FLIGHT_H

#include <stddef.h>
#include <stdint.h>

#include "lab/served.h"
#include "lab/trial.h"
#include "model/wire_line.h"

struct slot;

enum { FLIGHT_EVENTS_MAX = 16 }; /* kept: a client may try again */

enum flight_phase {
    FLIGHT_WAITS_STATE,
    FLIGHT_AT_WORKER,
    FLIGHT_WAITS_EVENT,
    FLIGHT_OVER
};

struct flight {
    struct flight *next, **back; /* in the list of those in flight */
    size_t index;                /* of the run */
    struct trial *trial;
    struct endpoint_state *state;
    struct slot *slot;
    char source[16]; /* "127.1.0.1" */
    char *want;      /* what its shim is asked for, as text */
    enum flight_phase phase;
    double deadline; /* of FLIGHT_WAITS_EVENT; seconds, monotonic */
    struct shim_answer *answer;
    struct endpoint_event *events[FLIGHT_EVENTS_MAX]; /* of connections from its
                                                         address */
    size_t events_count;
    const struct endpoint_event *event; /* of these: the one that is joined, or
                                           NULL */
    int again; /* 1: the lab was away meanwhile, what comes is not believed */
};

/* Takes the trial, also when it fails: NULL if memory is out. `number`: of all
 * flights of this lab; its address follows from it. */
struct flight *flight_new(struct flight **list, struct trial *trial,
                          size_t index, uint32_t number);
void flight_free(struct flight *f);
/* The flight of a connection event, or NULL: it is nobody's. */
struct flight *flight_find(struct flight *list,
                           const struct endpoint_event *event);
/* Keeps an event of it, if there is room for one more. */
void flight_keep(struct flight *f, struct endpoint_event *event);
/* Looks for the event of the connection that the answer tells of. 1: nothing is
 * to come any more (a shim that never connected has none to tell of). */
int flight_join(struct flight *f);

/* What came of it, as facts, with the outcome ERROR; with the sides that
 * the flight has. `anchors`: as in lab/anchored.h. NULL if
 * memory is out, reported. */
struct record *flight_record(const struct flight *f, struct map *anchors);

#endif
