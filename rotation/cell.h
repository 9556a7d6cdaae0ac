/* One device that rotates with one thing going wrong, and what became of it.
 * Pure: must not know how it was done. */
#ifndef ROTATION_CELL_H
#define ROTATION_CELL_H

#include <stddef.h>

#include "rotation/device.h"

enum rotation_verdict {
    ROTATION_ROTATES,  /* on the first day */
    ROTATION_RECOVERS, /* on a later one */
    ROTATION_STRANDED, /* it cannot connect any more, by the end */
    ROTATION_ERROR,    /* the harness failed: no statement */
    ROTATION_VERDICTS
};
const char *rotation_verdict_name(enum rotation_verdict v);

enum rotation_uses {
    ROTATION_USES_NOTHING,
    ROTATION_USES_OLD,
    ROTATION_USES_NEW
};

struct rotation_cell {
    char *id; /* "openssl/p-256/one-slot/power-fails@store"; owned */
    const char *stack;
    size_t stack_index; /* of the caller's list */
    const char *key;    /* "p-256", "rsa-2048" */
    enum rotation_store store;
    enum rotation_fault fault;
    enum rotation_step step;
    int keeps_key;

    struct rotation_device device; /* its id is the client id */
    char *old_pem, *old_id;        /* of the certificate that expires */

    enum rotation_step at; /* the last step that was begun for it */
    int has_connected_new;
    int rotated_on;          /* the day by whose end it had connected with a new
                                certificate and the old one was active no more; -1 */
    int connects_at_end;     /* on the day after the old one's end */
    enum rotation_uses uses; /* what it has in use then */
    char old_status[24]; /* in the account then: "ACTIVE", ..., "": deleted */
    size_t others;       /* active ones of its thing that it does not use */
    char reason[40];     /* of its last refused connection, or "" */
    char reported[80];   /* what its last crt_err said, or "" */
    char *error;         /* NULL: the harness did not fail; owned */
};

/* Clears what is owned. */
void rotation_cell_clear(struct rotation_cell *c);
/* The cell gets its id. 0, or -1 reported. */
int rotation_cell_name(struct rotation_cell *c);
/* Does `fault` go wrong on this day at this step? */
int rotation_cell_fails(const struct rotation_cell *c,
                        enum rotation_fault fault, enum rotation_step step,
                        int day);
/* What the device has in use, by its certificates. */
enum rotation_uses rotation_cell_uses(const struct rotation_cell *c);
enum rotation_verdict rotation_cell_verdict(const struct rotation_cell *c);

#endif
