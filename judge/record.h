/* The record of one cell: what both sides said, and the outcome that follows.
 * Pure functions over documents, so that stored records can be judged again. */
#ifndef JUDGE_RECORD_H
#define JUDGE_RECORD_H

#include <jansson.h>

#include "lab/plan.h"

/* A line of results.jsonl with the cell's names and facts, not judged yet.
 * client and server may be NULL (see engine_result_fn); they are shared, not
 * copied. New reference; NULL if memory is out. */
json_t *record_document(const struct lab_plan *p, const struct plan_cell *cell,
                        json_t *client, json_t *server, const char *reason,
                        const char *note);
/* The record of a cell whose stack is not built. */
json_t *record_unbuilt(const struct lab_plan *p, const struct plan_cell *cell);

/* Sets outcome, reason, refused_by, stage, alerts, ... from `client` and
 * `server`. limits: those of the stack's description, or NULL; device: the
 * plan's, or NULL. A record without a client's answer stays as it is. */
void record_judge(json_t *record, const json_t *limits, const json_t *device);

#endif
