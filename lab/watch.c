/* The endpoint's lines, and time: nothing waits without a limit. */
#include "lab/inside.h"

#include <string.h>
#include <time.h>

#include "base/diag.h"
#include "lab/stacks.h"
#include "model/wire_codec.h"

enum {
    ANSWER_MS = 10000, /* for the endpoint to answer a control line */
    SILENCES_MAX = 8   /* things in a row that it left unanswered */
};
/* The lab itself was stopped or starved if so much time passed without a turn
 * of its loop and without work of its own: what its caller computes in a call
 * (a certificate, a verdict) is no absence. */
static const double away_seconds = 5.0;

static double cpu_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void watch_begin(struct lab *lab)
{
    lab->last_turn = lab_now();
    lab->last_cpu = cpu_now();
}

/* Whoever was stopped for a while (SIGSTOP, a full machine) finds deadlines run
 * out that nobody missed: what was in flight is run again. */
void watch_turn(struct lab *lab)
{
    double turn = lab->last_turn, cpu = lab->last_cpu;
    double now;

    watch_begin(lab);
    now = lab->last_turn;
    if (now - turn - (lab->last_cpu - cpu) <= away_seconds)
        return;
    for (struct flight *f = lab->flights; f; f = f->next)
        if (f->phase != FLIGHT_WAITS_STATE)
            f->again = 1;
    for (size_t i = 0; i < lab->served.there_count; i++)
        lab->served.there[i]->asked = now;
}

/* What the endpoint left unanswered once is one cell's error; the endpoint is
 * given up when it stays silent. */
static void count_silence(struct lab *lab)
{
    if (++lab->silences < SILENCES_MAX)
        return;
    diag("the endpoint does not answer any more: the run cannot go on");
    lab_stop(lab, -1);
}

static struct flight *overdue_event(struct lab *lab, double now)
{
    struct flight *f = lab->flights;

    while (f && !(f->phase == FLIGHT_WAITS_EVENT && f->deadline < now))
        f = f->next;
    return f;
}

/* A flight whose state the endpoint has not answered for. */
static struct flight *overdue_state(struct lab *lab, double now)
{
    struct flight *f = lab->flights;

    while (f &&
           !(f->phase == FLIGHT_WAITS_STATE && f->state->phase == STATE_ASKED &&
             f->state->asked + ANSWER_MS / 1e3 < now))
        f = f->next;
    return f;
}

static void give_up_state(struct lab *lab, struct endpoint_state *st)
{
    struct flight *f, *next;

    served_forget(&lab->served, st);
    for (f = lab->flights; f && lab->status == 0; f = next) {
        next = f->next;
        if (f->phase != FLIGHT_WAITS_STATE || f->state != st)
            continue;
        dispatch_failed(lab, f, OUTCOME_ERROR, REASON_TIMEOUT,
                        "the endpoint did not answer when it was given this "
                        "state");
    }
    count_silence(lab);
}

void watch_tick(evutil_socket_t fd, short what, void *arg)
{
    struct lab *lab = arg;
    struct flight *f;

    (void)fd;
    (void)what;
    watch_turn(lab);
    while (lab->status == 0 &&
           (f = overdue_event(lab, lab->last_turn)) != NULL) {
        dispatch_joined(lab, f);
        count_silence(lab);
    }
    while (lab->status == 0 && (f = overdue_state(lab, lab->last_turn)) != NULL)
        give_up_state(lab, f->state);
    if (lab->result && lab->status == 0)
        dispatch_fill(lab);
}

void watch_signal(evutil_socket_t number, short what, void *arg)
{
    struct lab *lab = arg;

    (void)number;
    (void)what;
    lab->interrupted = 1;
    lab_stop(lab, 1);
}

static void on_connection(struct lab *lab, struct endpoint_event *event)
{
    struct flight *f = flight_find(lab->flights, event);

    if (!f) {
        lab->stale++;
        return;
    }
    flight_keep(f, event);
    if (f->phase == FLIGHT_WAITS_EVENT && flight_join(f)) {
        dispatch_joined(lab, f);
        dispatch_fill(lab);
    }
}

/* The trials that waited for a state go on, or are told that it is refused. */
static void on_state(struct lab *lab, struct endpoint_state *st)
{
    struct flight *f, *next;

    for (f = lab->flights; f && lab->status == 0; f = next) {
        next = f->next;
        if (f->state == st && f->phase == FLIGHT_WAITS_STATE)
            dispatch_advance(lab, f);
    }
    if (lab->result && lab->status == 0)
        dispatch_fill(lab);
}

static void on_control_answer(struct lab *lab,
                              const struct endpoint_event *event)
{
    struct endpoint_state *st = served_find(&lab->served, event->state);

    if (!st)
        return;
    if (event->kind == EVENT_LISTENING)
        served_listening(&lab->served, st, event->port);
    else if (event->kind == EVENT_REFUSED && st->phase == STATE_ASKED)
        served_refused(&lab->served, st, event->text, event->harness_short);
    else
        return;
    on_state(lab, st);
}

static void on_endpoint_line(void *arg, char *line, size_t size)
{
    struct lab *lab = arg;
    struct endpoint_event *event =
        endpoint_event_decode(line, size, &lab->hellos);

    watch_turn(lab);
    lab->silences = 0;
    if (!event) {
        diag("the endpoint wrote a line that is no event");
        lab_stop(lab, -1);
    } else if (event->kind == EVENT_READY) {
        lab->ready = 1;
        event_base_loopbreak(lab->base);
    } else if (event->kind == EVENT_CONNECTION) {
        on_connection(lab, event);
    } else {
        on_control_answer(lab, event);
    }
    endpoint_event_release(event);
}

static void on_endpoint_ended(void *arg, int status)
{
    struct lab *lab = arg;

    lab->endpoint = NULL;
    diag("the endpoint ended (wait status %d): the run cannot go on", status);
    lab_stop(lab, -1);
}

const struct process_calls watch_endpoint = {on_endpoint_line,
                                             on_endpoint_ended};
