/* Runs cells: the endpoint as a process of its own, a bounded number of
 * workers, the two records of a connection joined by its ports. Must not know
 * what a record means. */
#ifndef LAB_ENGINE_H
#define LAB_ENGINE_H

#include <jansson.h>
#include <stddef.h>

#include "lab/plan.h"

struct engine;

/* What came of one cell. Borrowed. client NULL: the shim gave no answer, for
 * `reason` ("crash", "timeout"), told in note. server NULL: the endpoint saw no
 * connection. Return -1 to stop the run. */
typedef int engine_result_fn(void *arg, size_t cell, json_t *client,
                             json_t *server, const char *reason,
                             const char *note);

struct engine_options {
    int jobs;       /* workers at a time; each has a job in flight */
    int timeout_ms; /* of one cell */
};

/* Starts the endpoint and waits until it listens. NULL on failure, reported. */
struct engine *engine_new(const struct lab_plan *p,
                          const struct engine_options *o);
void engine_free(struct engine *e);

/* Runs those cells of `cells` for which skip (if not NULL) is 0. Returns 0 when
 * each had its result; 1 interrupted by SIGINT or SIGTERM; -1 on a harness
 * error, reported. */
int engine_run(struct engine *e, const struct plan_cell *cells, size_t count,
               const unsigned char *skip, engine_result_fn *result, void *arg);

#endif
