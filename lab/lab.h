/* What can run any cell at any time and hand back its record: the endpoint as a
 * process of its own that takes states while it runs, workers kept warm,
 * certificates on demand, both sides of a connection joined by a token. The
 * only part that starts processes. Must not know what a record means. */
#ifndef LAB_LAB_H
#define LAB_LAB_H

#include <stddef.h>

#include "lab/trial.h"
#include "model/record.h"

struct lab;

struct lab_options {
    int jobs;             /* workers at a time; 0: two per core */
    int timeout_ms;       /* of one cell; the endpoint's limits follow it */
    const char *endpoint; /* the endpoint's program, started with the one word
                             "endpoint"; NULL: this program itself */
    const char *work_dir; /* where certificates are written; NULL: <cache>/work
                           */
};

/* Starts the endpoint. NULL on failure, reported. */
struct lab *lab_new(const struct lab_options *o);
void lab_free(struct lab *lab);

/* What the lab must know of a trial to put it in line: trials of one stack
 * build run on its workers, those of one group (a device) in a row, so that a
 * shim finds the trust store of the trial before in its cache. */
struct lab_order {
    const struct stack *stack;
    size_t group;
};

/* What came of trial number `index`. The record has facts only: outcome ERROR
 * until somebody judges it. Its owner is the callee. Return -1 to stop. */
typedef int lab_result_fn(void *arg, size_t index, struct record *record);

/* Runs the trials, in an order of its own, several at a time. `next` is asked
 * for each trial as late as possible (NULL: already there, or -1 failed) so
 * that a run of any size needs memory for those in flight only; the lab frees
 * them. 0 when each had its result; 1 interrupted by SIGINT or SIGTERM; -1 a
 * harness error, reported. Not to be called from a callback. */
typedef struct trial *lab_trial_fn(void *arg, size_t index);
int lab_run(struct lab *lab, const struct lab_order *order, size_t count,
            lab_trial_fn *trial, lab_result_fn *result, void *arg);

#endif
