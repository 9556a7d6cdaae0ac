/* Where a library's code lumps things together, the facts of the certificates,
 * the messages and the limits split them. Part of judge/outcome.c. */
#ifndef JUDGE_REFINE_H
#define JUDGE_REFINE_H

#include "model/plan.h"
#include "model/record.h"

struct refine_facts { /* each may be NULL */
    const struct plan_device *device;
    const struct plan_stack *stack;
    const struct plan_state *state;
};

/* Of a record whose client refused: the better reason, where the facts leave
 * one only; else the library's word stays, and the note tells what the
 * certificates say. */
void refine(struct record *r, const struct refine_facts *f);

#endif
