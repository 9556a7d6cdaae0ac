/* One shim process: at most one job in flight and one queued behind it, a
 * deadline for the one in flight. Must not know verdicts. */
#ifndef LAB_WORKER_H
#define LAB_WORKER_H

#include <jansson.h>
#include <stddef.h>

struct event_base;
struct worker;

struct worker_calls {
    /* The answer to the job in flight; borrowed. */
    void (*answered)(void *arg, size_t cell, const json_t *answer);
    /* The process died, hung, or said something that is no answer; `cell` is
     * the job in flight. reason: "crash" or "timeout". The worker is still
     * usable: its process is started again for the next job. */
    void (*failed)(void *arg, size_t cell, const char *reason,
                   const char *note);
    /* A job that was queued behind a failed one: never begun. */
    void (*returned)(void *arg, size_t cell);
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
/* Gives a job as one line. 0, or -1 reported: the process cannot be started. */
int worker_give(struct worker *w, size_t cell, const json_t *job);

#endif
