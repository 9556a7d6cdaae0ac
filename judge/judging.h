/* The verdicts of a run, and what is counted of it. */
#ifndef JUDGE_JUDGING_H
#define JUDGE_JUDGING_H

#include "model/plan.h"
#include "model/record.h"
#include "model/verdict.h"

/* Sets the outcome of a record from what the plan knows of its cell. */
void judging_outcome(const struct plan *p, struct record *r);

/* A run's judging. A record is in it until its pair is whole: of a run whose
 * records come in the plan's order that is one pair at a time. */
struct judging;
/* Borrows the plan. NULL reported. */
struct judging *judging_new(const struct plan *p);
void judging_free(struct judging *j);
/* Takes a judged record. 0, or -1 if memory is out, reported. */
int judging_take(struct judging *j, struct record *r);
/* After the last record: the verdicts of all pairs, in the plan's order, and
 * what is counted, and the lists, of *run (zeroed but for its times). 0, or -1
 * if memory is out, reported; there are no verdicts then. */
int judging_end(struct judging *j, struct run_facts *run,
                struct judgements *out);

#endif
