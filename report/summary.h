/* What a run found, in a few lines on stdout. */
#ifndef REPORT_SUMMARY_H
#define REPORT_SUMMARY_H

#include <jansson.h>

/* plan: plan.json, verdicts: verdicts.json, out: where the report is. */
void summary_print(const json_t *plan, const json_t *verdicts, const char *out);

#endif
