/* What the processes of a run are given, as files: for benchmarks, and for
 * whoever wants to repeat a job by hand. */
#ifndef LAB_WORK_H
#define LAB_WORK_H

#include "lab/plan.h"

/* Writes <dir>/endpoint.json (the endpoint configuration) and <dir>/jobs.jsonl
 * (each cell's job with its "state"; the port is not known yet and
 * stands as 1). work_dir: where certificates are written. 0, or -1 reported. */
int work_write(struct lab_plan *p, const char *work_dir, const char *dir);

#endif
