/* A shim process with its short queue. The process is blamed only for the job
 * that it had begun. */
#include "lab/worker.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include <event2/event.h>

#include "base/diag.h"
#include "lab/process.h"
#include "model/wire_codec.h"

enum { DEPTH = 2 };

struct worker {
    struct event_base *base;
    const char *program, *argument;
    const struct worker_calls *calls;
    void *arg;
    struct process *process; /* NULL: not running */
    struct event *deadline;
    struct timeval limit;
    void *jobs[DEPTH]; /* [0] is in flight */
    size_t count;
    enum reason killed_for; /* why we killed it; REASON_NONE: we did not */
};

static void on_line(void *arg, char *line, size_t size);
static void on_ended(void *arg, int status);
static const struct process_calls process_calls = {on_line, on_ended};

static void on_deadline(evutil_socket_t fd, short what, void *arg)
{
    struct worker *w = arg;

    (void)fd;
    (void)what;
    w->killed_for = REASON_TIMEOUT;
    process_kill(w->process);
}

struct worker *worker_new(struct event_base *base, const char *program,
                          const char *argument, int deadline_ms,
                          const struct worker_calls *calls, void *arg)
{
    struct worker *w = calloc(1, sizeof *w);

    if (!w)
        return NULL;
    w->base = base;
    w->program = program;
    w->argument = argument;
    w->calls = calls;
    w->arg = arg;
    w->limit.tv_sec = deadline_ms / 1000;
    w->limit.tv_usec = deadline_ms % 1000 * 1000;
    w->deadline = evtimer_new(base, on_deadline, w);
    if (!w->deadline) {
        free(w);
        return NULL;
    }
    return w;
}

void worker_free(struct worker *w)
{
    if (!w)
        return;
    process_free(w->process, w->count == 0);
    event_free(w->deadline);
    free(w);
}

void worker_change(struct worker *w, const char *program, const char *argument)
{
    if (w->program == program)
        return;
    process_free(w->process, 1);
    w->process = NULL;
    w->program = program;
    w->argument = argument;
}

const char *worker_program(const struct worker *w)
{
    return w->program;
}

size_t worker_room(const struct worker *w)
{
    return w->killed_for != REASON_NONE ? 0 : DEPTH - w->count;
}

/* The job at the front begins now. */
static void begin(struct worker *w)
{
    evtimer_add(w->deadline, &w->limit);
}

/* Takes the job in flight; the next one begins. */
static void *take_first(struct worker *w)
{
    void *job = w->jobs[0];

    w->jobs[0] = w->jobs[1];
    w->count--;
    if (w->count > 0)
        begin(w);
    else
        evtimer_del(w->deadline);
    return job;
}

static void on_line(void *arg, char *line, size_t size)
{
    struct worker *w = arg;
    struct shim_answer *answer;

    if (w->killed_for != REASON_NONE)
        return;
    answer = w->count > 0 ? shim_answer_decode(line, size) : NULL;
    if (answer) {
        w->calls->answered(w->arg, take_first(w), answer);
        return;
    }
    w->killed_for = REASON_CRASH;
    process_kill(w->process);
}

static void describe_end(const struct worker *w, int status, char *note,
                         size_t room)
{
    if (w->killed_for == REASON_TIMEOUT)
        snprintf(note, room, "the shim gave no answer within %ld s",
                 (long)w->limit.tv_sec);
    else if (w->killed_for != REASON_NONE)
        snprintf(note, room, "the shim wrote a line that is no answer");
    else if (WIFSIGNALED(status))
        snprintf(note, room, "the shim died of signal %d (%s)",
                 WTERMSIG(status), strsignal(WTERMSIG(status)));
    else
        snprintf(note, room, "the shim ended with status %d",
                 WEXITSTATUS(status));
}

static void on_ended(void *arg, int status)
{
    struct worker *w = arg;
    char note[128];
    void *failed = w->jobs[0], *queued = w->jobs[1];
    size_t count = w->count;
    enum reason reason =
        w->killed_for != REASON_NONE ? w->killed_for : REASON_CRASH;

    describe_end(w, status, note, sizeof note);
    w->process = NULL;
    w->killed_for = REASON_NONE;
    evtimer_del(w->deadline);
    w->count = 0;
    if (count > 1)
        w->calls->returned(w->arg, queued);
    if (count > 0)
        w->calls->failed(w->arg, failed, reason, note);
}

void worker_abandon(struct worker *w)
{
    process_free(w->process, 0);
    w->process = NULL;
    w->killed_for = REASON_NONE;
    evtimer_del(w->deadline);
    w->count = 0;
}

static int start(struct worker *w)
{
    char *argv[] = {(char *)w->program, (char *)w->argument, NULL};

    w->process = process_new(w->base, argv, &process_calls, w);
    return w->process ? 0 : -1;
}

int worker_give(struct worker *w, void *job, const char *line)
{
    if ((!w->process && start(w)) ||
        process_send(w->process, line, strlen(line)))
        return -1;
    w->jobs[w->count++] = job;
    if (w->count == 1)
        begin(w);
    return 0;
}
