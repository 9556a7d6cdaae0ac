/* What a board is taken through: every state of the scenarios, then chains that
 * tell what it trusts, then one refusal again and again. */
#ifndef BOARD_STEPS_H
#define BOARD_STEPS_H

#include "board/board.h"
#include "board/drill.h"
#include "lab/selection.h"
#include "lab/trial.h"

enum step_kind {
    STEP_CELL,     /* a state of a scenario */
    STEP_STRANGER, /* a chain under a root that nobody has */
    STEP_ANCHOR,   /* a chain under a root that it may have */
    STEP_DRILL,    /* the first state, and something done inside MQTT */
    STEP_RETRIES   /* the stranger's chain, so many times */
};

struct step {
    enum step_kind kind;
    char *title; /* "scenario/state", "anchor: NAME" ... */
    struct trial *trial;
    size_t scenario, state; /* STEP_CELL: indexes in the plan */
    int is_attack;          /* the device must refuse it */
    enum drill_kind drill;  /* STEP_DRILL */
    size_t repeats;   /* pauses to be seen; 0: it is about one connection */
    const char *root; /* STEP_ANCHOR: what the certificate is called */
};

struct steps {
    struct step *items;
    size_t count;
    size_t first_anchor, anchors; /* STEP_ANCHOR: in a row */
    struct pki_cert **roots; /* of the catalog, valid on the bench's clock */
    size_t roots_count;
    struct lab_plan *plan; /* a device per board, in their order */
    /* what the plan is made of */
    struct selection selection;
    struct scenario **scenarios; /* those of it that hold on this clock */
    struct device **devices;
    char **dropped; /* "scenario: why", NULL-terminated */
    size_t dropped_count;
};

struct who;

/* now: the clock of all states; NULL: each has its own. 0, or -1 reported.
 * Clear in both cases. */
int steps_init(struct steps *s, const struct board_options *o,
               const struct who *boards, size_t count, const int64_t *now);
void steps_clear(struct steps *s);
/* The number of the cell of a step for a board. */
size_t steps_cell(const struct steps *s, const struct step *step, size_t board);

#endif
