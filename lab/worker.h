/* One shim process: at most one job in flight and one queued behind it, a
 * deadline for the one in flight. Must not know verdicts. */
#ifndef LAB_WORKER_H
#define LAB_WORKER_H

#include <stddef.h>

#include "model/reason.h"

struct event_base;
struct shim_answer; /* model/wire_line.h */
struct worker;

/* A job is known by a pointer of the caller's. */
struct worker_calls {
    /* The answer to the job in flight; it is taken. */
    void (*answered)(void *arg, void *job, struct shim_answer *answer);
    /* The process died, hung, or said something that is no answer; `job` is
     * the one in flight. reason: crash or timeout. The worker is still usable:
     * its process is started again for the next job. */
    void (*failed)(void *arg, void *job, enum reason reason, const char *note);
    /* A job that was queued behind a failed one: never begun. */
    void (*returned)(void *arg, void *job);
};

/* Starts no process yet. `program` and its one argument (may be NULL) are
 * borrowed. NULL: memory is out. */
struct worker *worker_new(struct event_base *base, const char *program,
                          const char *argument, int deadline_ms,
                          const struct worker_calls *calls, void *arg);
void worker_free(struct worker *w);
/* Points an idle worker at another program. */
void worker_change(struct worker *w, const char *program, const char *argument);
const char *worker_program(const struct worker *w);
/* How many more jobs it takes now: 0 to 2. */
size_t worker_room(const struct worker *w);
/* Gives a job's line. 0, or -1 reported: the process cannot be started. */
int worker_give(struct worker *w, void *job, const char *line);
/* Kills the process with whatever it does, without any call. */
void worker_abandon(struct worker *w);

#endif
