/* Why a verdict is what it is, and the smallest change that mends it: found by
 * running the deciding cell again with one thing changed, in the lab. */
#ifndef DIAGNOSE_DIAGNOSE_H
#define DIAGNOSE_DIAGNOSE_H

#include <stddef.h>

#include "diagnose/situation.h"
#include "lab/lab.h"
#include "model/plan.h"
#include "model/record.h"
#include "model/verdict.h"

enum { DIAGNOSE_EXPERIMENTS = 32000 }; /* of a run, unless told otherwise */

struct diagnose_options {
    struct lab *lab; /* NULL: nothing is run, what was seen is told */
    const struct plan *plan;
    struct pki *pki;
    const struct build *builds; /* all that can be run; count 0: none */
    size_t builds_count;
    /* The judged record of a cell, to be freed; NULL if there is none. */
    struct record *(*record)(void *arg, const char *cell);
    /* The trial of a cell, to be freed; NULL reported. */
    struct trial *(*trial)(void *arg, const char *cell);
    /* An experiment's judged record, borrowed. 0, or -1 reported. May be NULL.
     */
    int (*keep)(void *arg, const struct record *experiment);
    void *arg;
    size_t experiments; /* at most, of all failures; 0: none */
    int quiet;
};

/* Fills cause, mend, mends, experiments and undiagnosed of every judgement that
 * needs them, and notes where the twin's keys decide. 0; 1 interrupted; -1
 * reported. */
int diagnose_run(const struct diagnose_options *o, struct judgements *j);

/* One experiment by hand, as --try takes it ("add-anchor Amazon Root CA 1"; two
 * are divided by " + "), or the unchanged cell again (change NULL). The judged
 * record, to be freed. NULL reported: no such change of this cell (those that
 * there are, are told), or it cannot be made. */
struct record *diagnose_try(const struct diagnose_options *o,
                            const struct judgement *j, const char *change);

#endif
