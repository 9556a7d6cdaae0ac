/* The folder of a run: built up beside its final place, swapped in when it is
 * whole (results/README.md). */
#ifndef LAB_RESULTS_H
#define LAB_RESULTS_H

#include <jansson.h>
#include <stddef.h>

struct results;

/* Opens <out>.partial for this plan, and locks it. resume: keeps what is there
 * if it was made from an equal plan, and drops a torn last line; else what is
 * there is removed. NULL on failure, reported; *status is then the exit status:
 * 2 bad use (out is not a results folder, a different plan), 3 the rest. */
struct results *results_open(const char *out, const json_t *plan, int resume,
                             int *status);
void results_free(struct results *r);
/* The final place. */
const char *results_out(const struct results *r);
/* All records so far: object, cell id to record. */
json_t *results_records(const struct results *r);
/* Appends one record as one line, at once. Takes no reference. 0, or -1
 * reported (a full disk). */
int results_append(struct results *r, json_t *record);
/* Writes results.jsonl anew in the plan's order, and verdicts.json. `order` has
 * the cell ids. 0, or -1 reported. */
int results_write(struct results *r, const char *const *order, size_t count,
                  const json_t *verdicts);
/* The folder to write reports to, before results_swap. */
const char *results_partial(const struct results *r);
/* Puts the folder in its final place; the run that was there goes. */
int results_swap(struct results *r);

/* Reads plan.json, verdicts.json, or all records (an object, cell id to record)
 * of a finished run. NULL on failure, reported: what is missing or where it is
 * no such document. New references. The only readers of these files. */
json_t *results_load_plan(const char *dir);
json_t *results_load_verdicts(const char *dir);
json_t *results_load_records(const char *dir);

#endif
