/* The controls: a run counts only if each stack build connects where it must,
 * refuses where it must, and says what it cannot do (design section 2). */
#ifndef LAB_CONTROLS_H
#define LAB_CONTROLS_H

#include "lab/certificates.h"
#include "lab/lab.h"
#include "lab/policies.h"
#include "lab/stacks.h"

/* Sets outcome, reason and refused_by of a record, as for any cell. */
typedef void controls_judge_fn(void *arg, struct record *r);

struct controls_setting { /* all borrowed */
    struct certificates *certificates;
    struct policies *policies;
    const struct stacks *stacks;
    controls_judge_fn *judge;
    void *arg; /* of `judge` */
};

/* Wants the controls' certificates; before minting. 0, or -1 reported. */
int controls_want(struct certificates *c);
/* Runs the controls of each built stack. 0: all came out as they must; 1
 * interrupted; -1 reported: some did not, or the harness failed. */
int controls_run(struct lab *lab, const struct controls_setting *s);

#endif
