/* Why a verdict is what it is, and the smallest change that mends it, in one
 * sentence each. Pure functions over the documents of docs/record.md. */
#ifndef DIAGNOSE_DIAGNOSE_H
#define DIAGNOSE_DIAGNOSE_H

#include <jansson.h>

/* Adds `cause` and `mend` (texts, or null where nothing needs them) to a
 * verdict. plan: plan.json; records: object, cell id to record. */
void diagnose_verdict(const json_t *plan, const json_t *records,
                      json_t *verdict);

#endif
