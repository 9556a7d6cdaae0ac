/* Verdicts: what the records of a device over a scenario's states mean. Pure
 * functions over the documents of docs/record.md. */
#ifndef JUDGE_JUDGE_H
#define JUDGE_JUDGE_H

#include <jansson.h>

/* Judges all pairs of the plan. plan: plan.json. records: object, cell id to
 * record. Returns the array `verdicts` of verdicts.json, in plan order, without
 * cause and mend; NULL if memory is out. */
json_t *judge_verdicts(const json_t *plan, const json_t *records);

/* One pair. New reference. */
json_t *judge_pair(const json_t *scenario, const json_t *device,
                   const json_t *records);

#endif
