/* The diagnosis of a run: what diagnose/ asks for, from the plan, the results
 * and the builds that are there. */
#ifndef CLI_DIAGNOSIS_H
#define CLI_DIAGNOSIS_H

#include <stddef.h>

#include "diagnose/diagnose.h"
#include "lab/lab.h"
#include "lab/plan.h"
#include "lab/results.h"
#include "model/verdict.h"

struct diagnosis {
    struct lab *lab; /* NULL: nothing is run */
    struct lab_plan *plan;
    struct results *results;
    size_t experiments; /* at most; 0: none */
    int quiet;
};

/* Fills causes and mends. 0; 1 interrupted; -1 reported. */
int diagnosis_run(const struct diagnosis *d, struct judgements *j);
struct stacks;
/* All builds that can be run: the devices' own are there already, others of
 * their families may mend. *out is malloc'd and borrows from what is given
 * (stacks_free). NULL reported. */
struct stacks *diagnosis_builds(struct build **out, size_t *count);
/* How many verdicts no experiment could mend. */
size_t diagnosis_undiagnosed(const struct judgements *j);

#endif
