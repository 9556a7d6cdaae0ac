/* Where two stack builds, or two runs, come to different answers. Facts only:
 * it compares what the runs hold and judges nothing. */
#ifndef REPORT_DIFFERENCE_H
#define REPORT_DIFFERENCE_H

#include <stdio.h>

#include "report/view.h"

enum { SIDES = 2 };

struct difference_side {
    const struct run_view *view;
    const char *results; /* the folder, for people */
    const char *stack;   /* its devices only, paired by device type; NULL on
                            both sides: all devices, paired by id */
};

struct difference_place { /* one cell, or one verdict, of both sides */
    const char *scenario;
    const char *state;                   /* NULL: a verdict */
    const char *device;                  /* what pairs them: a type, or an id */
    const struct record *records[SIDES]; /* NULL: not in that one */
    const struct judgement *verdicts[SIDES]; /* NULL: none */
};

struct difference_list {
    struct difference_place *items;
    size_t count, room;
};

struct difference { /* borrows from both views */
    struct difference_side sides[SIDES];
    const char *scenario;            /* a shell pattern, or NULL */
    struct difference_list cells;    /* judged by both, and not alike */
    struct difference_list apart;    /* one side did not judge it */
    struct difference_list only;     /* in one side */
    struct difference_list verdicts; /* that differ */
    struct difference_list heap;     /* peak heap can be compared */
    size_t compared, only_in[SIDES];
    int failed; /* memory was out */
};

/* Cells that one side did not judge (error, unsupported, not built) are told
 * apart and are never a difference. 0, or -1 when memory is out (reported). */
int difference_init(struct difference *d, const struct difference_side *a,
                    const struct difference_side *b, const char *scenario);
void difference_clear(struct difference *d);

/* How many cells and verdicts differ. */
size_t difference_count(const struct difference *d);
int difference_is_judged(const struct record *r);
/* Same verdict and reason. */
int difference_same_verdict(const struct difference_place *p);
/* What the scenario expects of the device of this side, where it says so and
 * does not say the same of the first; or NULL. */
const char *difference_because(const struct difference_place *p, int side);

/* For people. heap: also the peak heap of both, cell by cell. */
void difference_print(FILE *to, const struct difference *d, int heap);

#endif
