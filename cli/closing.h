/* The end of a run whose cells have their records: verdicts, diagnosis,
 * reports, the swap of the results folder, the gate. */
#ifndef CLI_CLOSING_H
#define CLI_CLOSING_H

#include "judge/gate.h"
#include "lab/plan.h"
#include "lab/reading.h"
#include "lab/results.h"

struct closing {
    struct lab_plan *plan;
    struct results *results;
    struct run_facts *facts; /* of the run's beginning; the rest is filled */
    enum gate gate;
    int quiet;
    /* What is still to be found out about the verdicts, from the records; may
     * be NULL. 0, 1 interrupted, -1 reported. */
    int (*diagnose)(void *arg, struct judgements *verdicts,
                    struct records *records);
    double (*seconds)(void *arg); /* that the run took; asked after it */
    void *arg;
};

/* The exit status of the program. */
int closing_run(struct closing *c);

#endif
