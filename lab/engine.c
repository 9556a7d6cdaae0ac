/* Schedules cells over workers, and joins what shims and endpoint say. */
#include "lab/engine.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/diag.h"
#include "base/file.h"
#include "lab/join.h"
#include "lab/process.h"
#include "lab/queue.h"
#include "lab/worker.h"

/* The shim keeps the cell's deadline itself; it is killed only when it does
 * not. The endpoint's own limit for a silent peer is 10 s. */
enum { GRACE_MS = 5000, EVENT_MS = 15000 };

struct slot {
    struct engine *engine;
    struct worker *worker; /* NULL: never used */
    struct queue *queue;
};

struct engine {
    const struct lab_plan *plan;
    struct engine_options options;
    struct event_base *base;
    struct event *signals[2], *tick;
    struct process *endpoint;
    json_t *ports; /* state id to port */
    int ready;
    int status; /* 0 going on, 1 interrupted, -1 failed */
    struct slot *slots;
    struct join join;
    /* of the run that is going on */
    const struct plan_cell *cells;
    struct queues queues;
    size_t left;
    engine_result_fn *result;
    void *result_arg;
};

static double now_seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void stop(struct engine *e, int status)
{
    if (e->status == 0)
        e->status = status;
    event_base_loopbreak(e->base);
}

static void finish(struct engine *e, size_t cell, json_t *client,
                   json_t *server, const char *reason, const char *note)
{
    e->left--;
    if (e->result(e->result_arg, cell, client, server, reason, note))
        stop(e, -1);
    else if (e->left == 0)
        event_base_loopbreak(e->base);
}

static int port_of_cell(const struct engine *e, const struct plan_cell *c)
{
    const char *slash = strrchr(c->id, '/');
    char *state = format("%.*s", (int)(slash - c->id), c->id);
    int port =
        state ? (int)json_integer_value(json_object_get(e->ports, state)) : 0;

    free(state);
    return port;
}

static json_t *job_new(const struct engine *e, const struct plan_cell *c)
{
    return json_pack("{s:s,s:s,s:i,s:i,s:O}", "id", c->id, "host", "127.0.0.1",
                     "port", port_of_cell(e, c), "timeout_ms",
                     e->options.timeout_ms, "want", c->want);
}

static int slot_give(struct engine *e, struct slot *slot)
{
    size_t cell = queue_take(slot->queue);
    json_t *job = job_new(e, &e->cells[cell]);
    char *line = job ? json_dumps(job, JSON_COMPACT) : NULL;
    int status =
        line ? worker_give(slot->worker, (void *)&e->cells[cell], line) : -1;

    free(line);
    json_decref(job);
    if (status) {
        diag("the job %s cannot be given", e->cells[cell].id);
        stop(e, -1);
    }
    return status;
}

static void on_answered(void *arg, void *job, const json_t *answer,
                        double seconds);
static void on_failed(void *arg, void *job, enum reason reason,
                      const char *note);
static void on_returned(void *arg, void *job);
static const struct worker_calls worker_calls = {on_answered, on_failed,
                                                 on_returned};
enum { ROOM_WHEN_IDLE = 2 };

/* An idle slot whose stack has no work left helps another stack. */
static int slot_settle(struct engine *e, struct slot *slot)
{
    struct queue *q = slot->queue;

    if (q && (queue_left(q) > 0 || worker_room(slot->worker) < ROOM_WHEN_IDLE))
        return 0;
    q = queues_neediest(&e->queues);
    if (!q)
        return 0;
    if (slot->queue)
        slot->queue->workers--;
    if (slot->worker)
        worker_change(slot->worker, q->stack->program, q->stack->client);
    else
        slot->worker =
            worker_new(e->base, q->stack->program, q->stack->client,
                       e->options.timeout_ms + GRACE_MS, &worker_calls, slot);
    slot->queue = q;
    q->workers++;
    return slot->worker ? 0 : -1;
}

/* One job for each slot first, then the second ones: the tail of a stack is
 * shared out. */
static void fill(struct engine *e)
{
    for (size_t room = ROOM_WHEN_IDLE; room > 0; room--) {
        for (int i = 0; i < e->options.jobs && e->status == 0; i++) {
            struct slot *slot = &e->slots[i];

            if (slot_settle(e, slot)) {
                diag("out of memory");
                stop(e, -1);
                return;
            }
            if (slot->queue && queue_left(slot->queue) > 0 &&
                worker_room(slot->worker) >= room && slot_give(e, slot))
                return;
        }
    }
}

static size_t cell_of(const struct engine *e, const void *job)
{
    return (size_t)((const struct plan_cell *)job - e->cells);
}

static void on_answered(void *arg, void *job, const json_t *answer,
                        double seconds)
{
    struct slot *slot = arg;
    struct engine *e = slot->engine;
    size_t cell = cell_of(e, job);
    struct join_client client = {
        .cell = cell,
        .port = port_of_cell(e, &e->cells[cell]),
        .local_port =
            (int)json_integer_value(json_object_get(answer, "local_port")),
        .answer = (json_t *)answer,
        .deadline = now_seconds() + EVENT_MS / 1e3,
    };
    const char *id = json_string_value(json_object_get(answer, "id"));
    json_t *event;

    (void)seconds;
    if (!id || strcmp(id, e->cells[cell].id) != 0) {
        finish(e, cell, NULL, NULL, "crash",
               "the shim answered with another job's id");
    } else if (client.local_port == 0) {
        finish(e, cell, client.answer, NULL, NULL, NULL);
    } else if ((event = join_claim(&e->join, client.port, client.local_port)) !=
               NULL) {
        finish(e, cell, client.answer, event, NULL, NULL);
        json_decref(event);
    } else if (join_wait(&e->join, &client)) {
        diag("out of memory");
        stop(e, -1);
    }
    fill(e);
}

static void on_failed(void *arg, void *job, enum reason reason,
                      const char *note)
{
    struct slot *slot = arg;

    finish(slot->engine, cell_of(slot->engine, job), NULL, NULL,
           reason_name(reason), note);
    fill(slot->engine);
}

static void on_returned(void *arg, void *job)
{
    struct slot *slot = arg;

    queue_return(slot->queue, cell_of(slot->engine, job));
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
    struct engine *e = arg;
    struct join_client client;

    (void)fd;
    (void)what;
    while (e->result && join_overdue(&e->join, now_seconds(), &client)) {
        finish(e, client.cell, client.answer, NULL, NULL, NULL);
        json_decref(client.answer);
    }
}

static void on_signal(evutil_socket_t number, short what, void *arg)
{
    (void)number;
    (void)what;
    stop(arg, 1);
}

static void on_connection(struct engine *e, json_t *event)
{
    struct join_client client;
    int found = join_offer(&e->join, event, &client);

    if (found < 0) {
        diag("out of memory");
        stop(e, -1);
    }
    if (found <= 0)
        return;
    finish(e, client.cell, client.answer, event, NULL, NULL);
    json_decref(client.answer);
}

static void on_endpoint_line(void *arg, char *line, size_t size)
{
    struct engine *e = arg;
    json_t *event = json_loadb(line, size, 0, NULL);
    const char *kind = json_string_value(json_object_get(event, "event"));
    const char *state = json_string_value(json_object_get(event, "state"));

    if (!kind) {
        diag("the endpoint wrote a line that is no event");
        stop(e, -1);
    } else if (!strcmp(kind, "listening") && state) {
        json_object_set(e->ports, state, json_object_get(event, "port"));
    } else if (!strcmp(kind, "ready")) {
        e->ready = 1;
        event_base_loopbreak(e->base);
    } else if (!strcmp(kind, "connection")) {
        on_connection(e, event);
    }
    json_decref(event);
}

static void on_endpoint_ended(void *arg, int status)
{
    struct engine *e = arg;

    e->endpoint = NULL;
    diag("the endpoint ended (wait status %d): the run cannot go on", status);
    stop(e, -1);
}

static const struct process_calls endpoint_calls = {on_endpoint_line,
                                                    on_endpoint_ended};

static int endpoint_start(struct engine *e)
{
    char program[4096];
    char *argv[] = {program, "endpoint", NULL};
    ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);
    char *text = json_dumps(e->plan->endpoint, JSON_COMPACT);
    int status = -1;

    if (n > 0 && text) {
        program[n] = '\0';
        e->endpoint = process_new(e->base, argv, &endpoint_calls, e);
        if (e->endpoint)
            status = process_send(e->endpoint, text, strlen(text));
    }
    free(text);
    while (status == 0 && !e->ready && e->status == 0)
        event_base_dispatch(e->base);
    return e->ready ? 0 : -1;
}

static int events_init(struct engine *e)
{
    static const int numbers[] = {SIGINT, SIGTERM};
    struct timeval second = {1, 0};

    for (size_t i = 0; i < 2; i++) {
        e->signals[i] = evsignal_new(e->base, numbers[i], on_signal, e);
        if (!e->signals[i] || event_add(e->signals[i], NULL))
            return -1;
    }
    e->tick = event_new(e->base, -1, EV_PERSIST, on_tick, e);
    return e->tick && event_add(e->tick, &second) == 0 ? 0 : -1;
}

struct engine *engine_new(const struct lab_plan *p,
                          const struct engine_options *o)
{
    struct engine *e = calloc(1, sizeof *e);

    if (!e)
        goto fail;
    e->plan = p;
    e->options = *o;
    e->base = event_base_new();
    e->ports = json_object();
    e->slots = calloc((size_t)o->jobs, sizeof *e->slots);
    if (!e->base || !e->ports || !e->slots || events_init(e)) {
        diag("the event loop cannot be made");
        goto fail;
    }
    signal(SIGPIPE, SIG_IGN);
    for (int i = 0; i < o->jobs; i++)
        e->slots[i].engine = e;
    if (endpoint_start(e))
        goto fail;
    return e;
fail:
    engine_free(e);
    return NULL;
}

void engine_free(struct engine *e)
{
    if (!e)
        return;
    for (int i = 0; e->slots && i < e->options.jobs; i++)
        worker_free(e->slots[i].worker);
    process_free(e->endpoint, e->status == 0);
    for (size_t i = 0; i < 2; i++)
        if (e->signals[i])
            event_free(e->signals[i]);
    if (e->tick)
        event_free(e->tick);
    if (e->base)
        event_base_free(e->base);
    join_clear(&e->join);
    json_decref(e->ports);
    free(e->slots);
    free(e);
}

/* Slots keep their processes between runs, with the new run's queues. */
static void slots_rejoin(struct engine *e)
{
    for (int i = 0; i < e->options.jobs; i++) {
        struct slot *slot = &e->slots[i];

        if (!slot->worker)
            continue;
        slot->queue =
            queues_of_program(&e->queues, worker_program(slot->worker));
        if (slot->queue)
            slot->queue->workers++;
    }
}

int engine_run(struct engine *e, const struct plan_cell *cells, size_t count,
               const unsigned char *skip, engine_result_fn *result, void *arg)
{
    if (queues_init(&e->queues, e->plan->stacks, cells, count, skip)) {
        diag("out of memory");
        e->status = -1;
        goto out;
    }
    e->cells = cells;
    e->result = result;
    e->result_arg = arg;
    e->left = 0;
    for (size_t i = 0; i < e->queues.count; i++)
        e->left += queue_left(&e->queues.items[i]);
    slots_rejoin(e);
    if (e->left > 0)
        fill(e);
    while (e->left > 0 && e->status == 0)
        event_base_dispatch(e->base);
out:
    e->result = NULL;
    queues_clear(&e->queues);
    return e->status;
}
