/* What comes back over the wire lines (docs/record.md) from a shim and from the
 * endpoint. Strings are owned; each is shared by who holds it. Not thread-safe.
 */
#ifndef MODEL_WIRE_LINE_H
#define MODEL_WIRE_LINE_H

#include "model/record.h"

struct wire_direction {
    long long bytes;
    char *marks; /* "5:0011aabb 120:33ff0011"; NULL: not told */
};

struct wire_side { /* the bytes of a connection, as one side has them */
    struct wire_direction sent, received;
};

struct shim_answer {
    unsigned shared; /* holders beside the first */
    char *id;        /* NULL: it has none */
    int local_port;  /* 0: it never connected */
    struct wire_side wire;
    struct shim_side *side; /* NULL: not as docs/record.md has it, reported; or
                               of a request */
    char *key, *request;    /* PEM, of a request; else NULL */
    char *topic, *message;  /* that came in a kept session; NULL: none */
};

enum event_kind {
    EVENT_OTHER, /* of no use to a reader: "changed", "removed" */
    EVENT_READY,
    EVENT_LISTENING,
    EVENT_REFUSED,
    EVENT_CONNECTION
};

struct endpoint_event {
    unsigned shared; /* holders beside the first */
    enum event_kind kind;
    char *state;       /* its id, or NULL */
    char *address;     /* of LISTENING */
    int port;          /* of LISTENING */
    char *text;        /* of REFUSED: why; or NULL */
    int harness_short; /* of REFUSED: for want of memory or files */
    /* of CONNECTION */
    long long number;
    char *peer_address;
    int peer_port;
    struct wire_side wire;
    struct endpoint_side *side; /* NULL: as above */
};

struct shim_answer *shim_answer_hold(struct shim_answer *a);
void shim_answer_release(struct shim_answer *a); /* NULL is fine */
struct endpoint_event *endpoint_event_hold(struct endpoint_event *e);
void endpoint_event_release(struct endpoint_event *e); /* NULL is fine */

/* What one side sent is what the other got. 1: the bytes differ, 0: they are
 * equal as far as both sides have marks, or a side has none. */
int wire_differs(const struct wire_side *shim,
                 const struct wire_side *endpoint);

#endif
