/* What a run tells about its stack builds: what each is, what it can take, how
 * many cells it ran, what it needs for one and the same chain. Knows no stack
 * by name. */
#ifndef REPORT_BUILDS_H
#define REPORT_BUILDS_H

#include "report/view.h"

struct build {
    const struct plan_stack *stack;
    char tls[32];    /* "1.0 to 1.3"; empty: not told */
    int64_t message; /* bytes of the largest Certificate message; 0: not told */
    int measures_heap; /* 1 or 0 */
    size_t cells, errors;
    long long peak_heap; /* bytes, in the cell that builds have in common; 0 */
};

struct builds_of {
    struct build *items; /* as the plan has them */
    size_t count;
    size_t not_built, cells_not_run;
    struct { /* where peak_heap was measured: where this device type connected
                over that chain in that version; the cell that most builds have
                in common. builds 0: there is none */
        const char *scenario, *state, *type;
        char chain[8];    /* "rsa", "ecdsa" */
        char version[16]; /* "1.2" */
        size_t builds;
    } heap;
};

/* 0, or -1 reported. Borrows from v's plan. */
int builds_of_init(struct builds_of *b, const struct run_view *v);
void builds_of_clear(struct builds_of *b);

#endif
