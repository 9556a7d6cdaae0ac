/* A whole run: plan, controls, cells, verdicts, reports, gate. */
#ifndef CLI_MATRIX_H
#define CLI_MATRIX_H

#include <jansson.h>

#include "judge/gate_document.h"
#include "lab/plan.h"

struct matrix_options {
    struct plan_options plan; /* work_dir NULL: <cache>/work */
    const char *out;
    const char *keep_work; /* folder for lab/work.h, or NULL */
    int jobs;              /* workers at a time; 0: two per core */
    int timeout_ms;
    int resume, quiet;
    enum gate gate;
    /* Writes the reports of a run (report/report.h). 0, or -1 reported. */
    int (*report)(const char *dir, json_t *plan, json_t *verdicts,
                  json_t *records);
};

/* Returns the exit status of the program. */
int matrix_run(const struct matrix_options *o);

/* verdicts.json from a plan and records: verdicts, causes, and the run object.
 * started_at and seconds as they are to be told. New reference. */
json_t *matrix_verdicts(const json_t *plan, json_t *records,
                        const char *started_at, double seconds);

#endif
