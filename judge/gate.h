/* The rule that turns verdicts into the exit status. */
#ifndef JUDGE_GATE_H
#define JUDGE_GATE_H

#include "model/plan.h"
#include "model/verdict.h"

enum gate { GATE_BREAKS, GATE_NONE };

struct gate_counts {
    size_t cells_failed; /* records with outcome error, unmapped included */
    size_t unexpected;   /* verdicts with an expectation that was not met */
    size_t broken;       /* breaks, insecure, error, without an expectation */
    size_t not_built;    /* verdicts of a device that is the user's own */
    size_t unanswered;   /* devices of the user's about which nothing can be
                            told: no state lets them connect, or none of their
                            verdicts is a statement */
};
void gate_count(const struct plan *p, const struct run_facts *run,
                const struct judgements *j, struct gate_counts *c);

/* Exit status (base/diag.h): 3 if any cell failed, the stack build of a user's
 * device is not there, or (with GATE_BREAKS) nothing can be told about it; with
 * GATE_BREAKS 1 if a verdict is not as expected, or a device without
 * expectations breaks. */
int gate_status(const struct gate_counts *c, enum gate gate);

/* One line to the terminal for each of the user's devices about which nothing
 * can be told: which, and why. */
void gate_tell_unanswered(const struct plan *p, const struct judgements *j);

#endif
