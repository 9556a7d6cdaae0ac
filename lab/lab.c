/* The lab's start, its end, and its runs. One event loop; nothing in it waits
 * without a limit. */
#include "lab/lab.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"
#include "lab/endpoint_codec.h"
#include "lab/inside.h"
#include "lab/kept.h"
#include "lab/stacks.h"
#include "lab/worker.h"

enum {
    JOBS_MAX = 64,
    WORKERS_PER_CORE = 2,
    STATES_MOST = 256, /* that listen at a time */
    START_MS = 20000   /* for the endpoint to be ready */
};

double lab_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void lab_stop(struct lab *lab, int status)
{
    if (lab->status == 0)
        lab->status = status;
    event_base_loopbreak(lab->base);
}

/* The path of the endpoint's program. malloc'd; NULL reported. */
static char *endpoint_program(const struct lab_options *o)
{
    char self[4096];
    ssize_t n;

    if (o->endpoint)
        return strdup(o->endpoint);
    n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (n <= 0) {
        diag("/proc/self/exe: cannot be read: the endpoint cannot be started");
        return NULL;
    }
    self[n] = '\0';
    return strdup(self);
}

static int endpoint_wait(struct lab *lab)
{
    double end = lab_now() + START_MS / 1e3;

    while (!lab->ready && lab->status == 0 && lab_now() < end)
        event_base_loop(lab->base, EVLOOP_ONCE);
    if (lab->ready)
        return 0;
    if (lab->status == 1)
        diag("interrupted while the endpoint was starting");
    else if (lab->status == 0)
        diag("the endpoint was not ready within %d s", START_MS / 1000);
    return -1;
}

static int endpoint_start(struct lab *lab)
{
    static char word[] = "endpoint";
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    struct endpoint_configuration *configuration = endpoint_configuration_new(
        cores > 0 ? (int)cores : 1, lab->options.timeout_ms);
    char *text =
        configuration ? endpoint_configuration_text(configuration) : NULL;
    char *program = endpoint_program(&lab->options);
    char *argv[] = {program, word, NULL};
    int status = -1;

    if (program && text) {
        lab->endpoint = process_new(lab->base, argv, &watch_endpoint, lab);
        if (lab->endpoint)
            status = process_send(lab->endpoint, text, strlen(text));
    }
    endpoint_configuration_free(configuration);
    free(text);
    free(program);
    return status ? -1 : endpoint_wait(lab);
}

static int events_init(struct lab *lab)
{
    static const int numbers[] = {SIGINT, SIGTERM};
    struct timeval second = {1, 0};

    lab->base = event_base_new();
    if (!lab->base)
        return -1;
    for (size_t i = 0; i < 2; i++) {
        lab->signals[i] =
            evsignal_new(lab->base, numbers[i], watch_signal, lab);
        if (!lab->signals[i] || event_add(lab->signals[i], NULL))
            return -1;
    }
    lab->tick = event_new(lab->base, -1, EV_PERSIST, watch_tick, lab);
    return lab->tick && event_add(lab->tick, &second) == 0 ? 0 : -1;
}

static int files_open(struct lab *lab)
{
    char *folder = lab->options.work_dir ? strdup(lab->options.work_dir)
                                         : format("%s/work", cache_dir());

    lab->files = folder ? files_new(folder) : NULL;
    free(folder);
    return lab->files ? 0 : -1;
}

static int jobs_of(const struct lab_options *o)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    long jobs = o->jobs > 0 ? o->jobs : cores * WORKERS_PER_CORE;

    return jobs > JOBS_MAX ? JOBS_MAX : jobs < 1 ? 1 : (int)jobs;
}

struct lab *lab_new(const struct lab_options *o)
{
    struct lab *lab = calloc(1, sizeof *lab);

    if (!lab) {
        diag("out of memory");
        return NULL;
    }
    lab->options = *o;
    lab->options.jobs = jobs_of(o);
    lab->served.most = STATES_MOST;
    hellos_init(&lab->hellos);
    lab->slots = calloc((size_t)lab->options.jobs, sizeof *lab->slots);
    if (!lab->slots || files_open(lab) || events_init(lab)) {
        diag("the lab cannot be opened: out of memory or files");
        goto fail;
    }
    signal(SIGPIPE, SIG_IGN);
    for (int i = 0; i < lab->options.jobs; i++)
        lab->slots[i].lab = lab;
    watch_begin(lab);
    if (endpoint_start(lab) == 0)
        return lab;
fail:
    lab_free(lab);
    return NULL;
}

void lab_free(struct lab *lab)
{
    if (!lab)
        return;
    if (lab->stale > 0 && getenv("CHAINBREAK_DEBUG"))
        diag("%zu connections to the endpoint were nobody's", lab->stale);
    for (int i = 0; lab->slots && i < lab->options.jobs; i++)
        worker_free(lab->slots[i].worker);
    process_free(lab->endpoint, lab->status == 0);
    for (size_t i = 0; i < 2; i++)
        if (lab->signals[i])
            event_free(lab->signals[i]);
    if (lab->tick)
        event_free(lab->tick);
    if (lab->base)
        event_base_free(lab->base);
    served_clear(&lab->served);
    hellos_clear(&lab->hellos);
    map_drop(&lab->anchors, NULL);
    files_free(lab->files);
    free(lab->slots);
    free(lab);
}

/* Slots keep their processes between runs, with the new run's queues. */
static void slots_rejoin(struct lab *lab)
{
    for (int i = 0; i < lab->options.jobs; i++) {
        struct slot *slot = &lab->slots[i];

        slot->queue = slot->worker
                          ? backlog_of_program(&lab->backlog,
                                               worker_program(slot->worker))
                          : NULL;
        if (slot->queue)
            slot->queue->workers++;
    }
}

/* A stack that is not built has no program to ask: told, never dropped. */
static int deliver_unbuilt(struct lab *lab, size_t count)
{
    for (size_t i = 0; i < count && lab->status == 0; i++) {
        struct trial *t;
        struct flight *f;

        if (lab->order[i].stack->program)
            continue;
        t = lab->trial(lab->arg, i);
        f = t ? flight_new(&lab->flights, t, i, lab->tokens++) : NULL;
        if (!f)
            return -1;
        dispatch_failed(lab, f, OUTCOME_NOT_BUILT, REASON_NONE,
                        lab->order[i].stack->reason
                            ? lab->order[i].stack->reason
                            : "the stack build is not there");
    }
    return 0;
}

/* Nothing of a run that ended early stays behind. */
static void run_clear(struct lab *lab)
{
    for (int i = 0; i < lab->options.jobs; i++) {
        if (lab->slots[i].flights > 0)
            worker_abandon(lab->slots[i].worker);
        lab->slots[i].flights = 0;
        lab->slots[i].queue = NULL;
    }
    while (lab->flights)
        flight_free(lab->flights);
    backlog_clear(&lab->backlog);
    kept_clear(&lab->kept);
    free(lab->tries);
    lab->tries = NULL;
    lab->result = NULL;
}

static int run_start(struct lab *lab, size_t count)
{
    lab->left = count;
    lab->status = 0;
    lab->silences = 0;
    watch_begin(lab);
    served_restart(&lab->served);
    lab->tries = calloc(count + 1, 1);
    if (!lab->tries || backlog_init(&lab->backlog, lab->order, count)) {
        diag("out of memory");
        return -1;
    }
    slots_rejoin(lab);
    return deliver_unbuilt(lab, count);
}

int lab_run(struct lab *lab, const struct lab_order *order, size_t count,
            lab_trial_fn *trial, lab_result_fn *result, void *arg)
{
    if (lab->interrupted)
        return 1;
    if (!lab->endpoint) {
        diag("the endpoint is gone: nothing can be run");
        return -1;
    }
    lab->order = order;
    lab->trial = trial;
    lab->result = result;
    lab->arg = arg;
    if (run_start(lab, count))
        lab_stop(lab, -1);
    if (lab->left > 0 && lab->status == 0)
        dispatch_fill(lab);
    while (lab->left > 0 && lab->status == 0)
        event_base_dispatch(lab->base);
    run_clear(lab);
    return lab->status;
}
