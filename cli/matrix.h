/* A whole run: plan, controls, cells, verdicts, reports, gate. */
#ifndef CLI_MATRIX_H
#define CLI_MATRIX_H

#include "judge/gate.h"
#include "lab/plan.h"
#include "lab/results.h"

struct matrix_options {
    struct plan_options plan; /* work_dir NULL: <cache>/work */
    const char *out;
    const char *keep_work; /* folder for lab/work.h, or NULL */
    int jobs;              /* workers at a time; 0: two per core */
    int timeout_ms;
    size_t experiments; /* to diagnose with, at most */
    enum results_mode mode;
    int quiet;
    enum gate gate;
};

/* Returns the exit status of the program. */
int matrix_run(const struct matrix_options *o);

#endif
