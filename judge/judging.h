/* All pairs of a plan at once, and what is counted of a run. */
#ifndef JUDGE_JUDGING_H
#define JUDGE_JUDGING_H

#include "model/plan.h"
#include "model/record.h"
#include "model/verdict.h"

/* Sets the outcome of a record from what the plan knows of its cell. */
void judging_outcome(const struct plan *p, struct record *r);
/* The verdicts of all pairs, in the plan's order, from judged records in any
 * order. 0, or -1 reported; clear with judgements_clear in both cases. */
int judging_verdicts(const struct plan *p, struct record *const *records,
                     size_t count, struct judgements *out);
/* Fills what is counted, and the lists, of *run (zeroed but for its times). 0,
 * or -1 if memory is out, reported. */
int judging_count(const struct plan *p, struct record *const *records,
                  size_t count, struct run_facts *run);

#endif
