/* plan.json: what is run, in words and bytes, for the judge, the reports and
 * `explain` (docs/record.md). */
#ifndef LAB_PLAN_DOCUMENT_H
#define LAB_PLAN_DOCUMENT_H

#include <jansson.h>

#include "lab/plan.h"

/* From a plan whose certificates are minted and whose cells are made. New
 * reference; NULL reported. Equal plans give equal documents. */
json_t *plan_document_new(const struct lab_plan *p);

#endif
