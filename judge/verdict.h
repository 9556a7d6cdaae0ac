/* What the records of a device over a scenario's states mean. Pure. */
#ifndef JUDGE_VERDICT_H
#define JUDGE_VERDICT_H

#include "model/plan.h"
#include "model/record.h"
#include "model/verdict.h"

/* Judges one pair of the plan from the judged records of the scenario's states,
 * in their order; one that is missing (NULL) counts as an error. *out is filled
 * without cause, mend and experiments. 0; -1 if memory is out, reported, and
 * nothing is to be cleared. */
int verdict_judge(const struct plan *p, const struct plan_pair *pair,
                  const struct record *const *states, struct judgement *out);

#endif
