/* The rule that turns verdicts into the exit status. */
#ifndef JUDGE_GATE_DOCUMENT_H
#define JUDGE_GATE_DOCUMENT_H

#include <jansson.h>

#include "judge/gate.h"

/* Counts of a verdicts.json document. */
struct gate_document_counts {
    size_t cells_failed; /* records with outcome error, unmapped included */
    size_t unexpected;   /* verdicts with an expectation that was not met */
    size_t broken;       /* breaks, insecure, error, without an expectation */
    size_t unanswered;   /* not-built, of a device that is the user's own */
};
/* Of a plan and its verdicts. */
void gate_document_count(const json_t *plan, const json_t *verdicts,
                         struct gate_document_counts *c);

/* Exit status (base/diag.h): 3 if any cell failed, or the stack build of a
 * device that somebody asked about is not there; with GATE_BREAKS 1 if a
 * verdict is not as expected, or a device without expectations breaks. */
int gate_document_status(const struct gate_document_counts *c, enum gate gate);

#endif
