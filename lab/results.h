/* The folder of a run: built up beside its final place, swapped in when it is
 * whole (results/README.md). A run is a stream: no more of it is in memory than
 * where its lines are. */
#ifndef LAB_RESULTS_H
#define LAB_RESULTS_H

#include <stddef.h>

#include "lab/plan.h"
#include "model/record.h"
#include "model/verdict.h"

struct results;

enum results_mode {
    RESULTS_NEW,    /* a run that was stopped is not touched: a usage error */
    RESULTS_RESUME, /* takes it up if it was made from an equal plan, by the
                       same programs */
    RESULTS_FRESH   /* drops it */
};

/* The folder's name without slashes at its end, and the ending: ".partial" is
 * where a run that is not whole stands. malloc'd; NULL if memory is out. */
char *results_beside(const char *out, const char *ending);
/* Can a run go to this folder? Only what carries our mark is ever touched; no
 * link is followed. Changes nothing. 0, or -1 reported: bad use. */
int results_check(const char *out, enum results_mode mode);

/* Opens <out>.partial for this plan (borrowed), and locks it. A run that is
 * taken up mints first what its records were made with. programs: lines
 * that identify what is run (lab/programs.h). NULL on failure, reported;
 * *status is then the exit status: 2 bad use (see results_check; a different
 * plan), 3 the rest. */
struct results *results_open(const char *out, struct lab_plan *plan,
                             const char *programs, enum results_mode mode,
                             int *status);
void results_free(struct results *r);
/* The final place. */
const char *results_out(const struct results *r);
/* Is the record of this cell of the plan there? One with the outcome ERROR is
 * not. */
int results_has(const struct results *r, size_t cell);
/* Appends one record as one line, at once; its ClientHello, if that is new, to
 * hellos.jsonl before. 0, or -1 reported (a full disk, what cannot be
 * encoded). */
int results_append(struct results *r, const struct record *record);
/* The same for the record of an experiment: experiments.jsonl. */
int results_append_experiment(struct results *r, const struct record *record);
/* Reads the record of a cell back; to be freed. NULL: there is none, or
 * reported. */
struct record *results_record(struct results *r, const char *cell);
/* Writes results.jsonl anew in the order of the plan's cells. 0, or -1
 * reported: also if one of them has no record. */
int results_sort(struct results *r);
/* Mints what no cell needed, and writes plan.json. 0, or -1 reported. */
int results_write_plan(struct results *r);
int results_write_verdicts(struct results *r, const struct run_facts *run,
                           const struct judgements *j);
/* The folder to write reports to, before results_swap. */
const char *results_partial(const struct results *r);
/* Puts the folder in its final place; the run that was there goes. */
int results_swap(struct results *r);

/* verdicts.json of a folder. 0, or -1 reported. */
int results_put_verdicts(const char *dir, const struct run_facts *run,
                         const struct judgements *j);

#endif
