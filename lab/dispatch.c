/* Trials and workers: whose turn it is, and what became of each. */
#include "lab/inside.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/file.h"
#include "lab/endpoint_codec.h"
#include "lab/job_codec.h"
#include "lab/kept.h"
#include "lab/stacks.h"
#include "lab/worker.h"

enum {
    SLOT_DEPTH = 2,  /* trials per worker */
    GRACE_MS = 5000, /* the shim keeps the cell's deadline itself; it is killed
                        only when it does not */
    LATE_MS = 2000   /* a shim that refuses so much later was starved */
};

static void slot_leave(struct flight *f)
{
    if (f->slot)
        f->slot->flights--;
    f->slot = NULL;
}

/* Hands a record over. The flight, if there is one, is over and gone. */
static void deliver(struct lab *lab, struct flight *f, struct record *r)
{
    size_t index = f->index;

    flight_free(f);
    lab->left--;
    if (!r || lab->result(lab->arg, index, r))
        lab_stop(lab, -1);
    else if (lab->left == 0)
        event_base_loopbreak(lab->base);
}

/* What is known, and why it is no more. */
void dispatch_failed(struct lab *lab, struct flight *f, enum outcome outcome,
                     enum reason reason, const char *note)
{
    struct record *r;

    slot_leave(f);
    shim_answer_release(f->answer);
    f->answer = NULL;
    flight_join(f);
    r = flight_record(f, &lab->anchors);
    if (r) {
        r->outcome = outcome;
        r->reason = reason;
        free(r->note);
        r->note = strdup(note);
    }
    deliver(lab, f, r);
}

/* The lab was away while it ran: once more from the start. */
static void run_again(struct lab *lab, struct flight *f)
{
    struct backlog_queue *q =
        backlog_of_program(&lab->backlog, lab->order[f->index].stack->program);

    if (lab->tries[f->index]++ > 0) {
        dispatch_failed(lab, f, OUTCOME_ERROR, REASON_TIMEOUT,
                        "the lab was stopped or starved while this cell ran");
        return;
    }
    backlog_return(q, f->index);
    flight_free(f);
}

void dispatch_joined(struct lab *lab, struct flight *f)
{
    if (f->again) {
        run_again(lab, f);
        return;
    }
    kept_put(&lab->kept, f);
    deliver(lab, f, flight_record(f, &lab->anchors));
}

static void on_answered(void *arg, void *job, struct shim_answer *answer);
static void on_failed(void *arg, void *job, enum reason reason,
                      const char *note);
static void on_returned(void *arg, void *job);
static const struct worker_calls worker_calls = {on_answered, on_failed,
                                                 on_returned};

static int give(struct lab *lab, struct flight *f)
{
    struct job_call call = {f->state->port, f->source, lab->options.timeout_ms};
    char *line = job_line(f->trial, f->want, &call);
    int status = line ? worker_give(f->slot->worker, f, line) : -1;

    free(line);
    f->phase = FLIGHT_AT_WORKER;
    if (status)
        lab_stop(lab, -1);
    return status;
}

static void tell_refusal(struct lab *lab, struct flight *f)
{
    char *note =
        format("the endpoint cannot serve this state: %s", f->state->refusal);

    dispatch_failed(
        lab, f, f->state->harness_short ? OUTCOME_ERROR : OUTCOME_UNTESTED,
        REASON_NONE, note ? note : "the endpoint cannot serve this state");
    free(note);
}

/* The state of a trial decides what is next. */
void dispatch_advance(struct lab *lab, struct flight *f)
{
    switch (f->state->phase) {
    case STATE_LISTENING:
        give(lab, f);
        break;
    case STATE_REFUSED:
        tell_refusal(lab, f);
        break;
    case STATE_ABSENT:
        f->phase = FLIGHT_WAITS_STATE;
        if (served_ask(&lab->served, f->state, f->trial, lab->files,
                       lab->endpoint, lab_now()))
            lab_stop(lab, -1);
        break;
    case STATE_ASKED:
        f->phase = FLIGHT_WAITS_STATE;
        break;
    }
}

static int begin(struct lab *lab, struct slot *slot)
{
    size_t index = backlog_take(slot->queue);
    struct trial *t = lab->trial(lab->arg, index);
    struct flight *f;

    f = t ? flight_new(&lab->flights, t, index, lab->tokens++) : NULL;
    if (!f) {
        lab_stop(lab, -1);
        return -1;
    }
    if (t->left_out) {
        dispatch_failed(lab, f, OUTCOME_UNSUPPORTED, REASON_NONE, t->left_out);
        return 0;
    }
    f->state = served_hold(&lab->served, t);
    if (!f->state) {
        lab_stop(lab, -1);
        return -1;
    }
    f->want = job_want_text(t, lab->files);
    if (!f->want) {
        lab_stop(lab, -1);
        return -1;
    }
    if (kept_take(&lab->kept, f)) {
        dispatch_joined(lab, f);
        return 0;
    }
    f->slot = slot;
    slot->flights++;
    dispatch_advance(lab, f);
    return 0;
}

/* An idle slot whose stack has no work left helps another stack. */
static int slot_settle(struct lab *lab, struct slot *slot)
{
    struct backlog_queue *q = slot->queue;

    if (q && (backlog_left(q) > 0 || slot->flights > 0 ||
              worker_room(slot->worker) < SLOT_DEPTH))
        return 0;
    q = backlog_neediest(&lab->backlog);
    if (!q)
        return 0;
    if (slot->queue)
        slot->queue->workers--;
    slot->queue = q;
    q->workers++;
    if (slot->worker)
        worker_change(slot->worker, q->stack->program, q->stack->client);
    else
        slot->worker =
            worker_new(lab->base, q->stack->program, q->stack->client,
                       lab->options.timeout_ms + GRACE_MS, &worker_calls, slot);
    return slot->worker ? 0 : -1;
}

static int slot_has_room(const struct slot *slot, size_t room)
{
    return slot->queue && backlog_left(slot->queue) > 0 &&
           SLOT_DEPTH - slot->flights >= room &&
           worker_room(slot->worker) >= room;
}

/* One trial for each slot first, then the second ones: the tail of a stack is
 * shared out. What ends at once (a refused state) makes room again. */
void dispatch_fill(struct lab *lab)
{
    for (size_t room = SLOT_DEPTH; room > 0; room--) {
        for (int i = 0; i < lab->options.jobs && lab->status == 0; i++) {
            struct slot *slot = &lab->slots[i];

            do {
                if (slot_settle(lab, slot)) {
                    diag("out of memory");
                    lab_stop(lab, -1);
                    return;
                }
                if (slot_has_room(slot, room) && begin(lab, slot))
                    return;
            } while (lab->status == 0 && slot_has_room(slot, room));
        }
    }
}

static int is_answer_to(const struct flight *f,
                        const struct shim_answer *answer)
{
    return answer->id && !strcmp(answer->id, f->trial->id);
}

/* By the shim's own clock: its answer may have waited for the lab. */
static int is_late(const struct lab *lab, const struct shim_answer *answer)
{
    const struct shim_side *s = answer->side;

    return s && s->outcome == OUTCOME_REFUSED &&
           s->wall_us / 1000 > lab->options.timeout_ms + LATE_MS;
}

static void on_answered(void *arg, void *job, struct shim_answer *answer)
{
    struct slot *slot = arg;
    struct lab *lab = slot->lab;
    struct flight *f = job;

    watch_turn(lab);
    slot_leave(f);
    f->answer = answer;
    f->phase = FLIGHT_WAITS_EVENT;
    f->deadline =
        lab_now() + endpoint_patience_ms(lab->options.timeout_ms) / 1e3;
    if (!is_answer_to(f, answer)) {
        dispatch_failed(lab, f, OUTCOME_ERROR, REASON_CRASH,
                        "the shim answered with another job's id");
    } else if (is_late(lab, answer) && !f->again) {
        dispatch_failed(lab, f, OUTCOME_ERROR, REASON_TIMEOUT,
                        "the shim refused long after the cell's time limit: it "
                        "was stopped or starved");
    } else if (flight_join(f)) {
        dispatch_joined(lab, f);
    }
    dispatch_fill(lab);
}

static void on_failed(void *arg, void *job, enum reason reason,
                      const char *note)
{
    struct slot *slot = arg;
    struct flight *f = job;

    watch_turn(slot->lab);
    slot_leave(f);
    if (f->again)
        run_again(slot->lab, f);
    else
        dispatch_failed(slot->lab, f, OUTCOME_ERROR, reason, note);
    dispatch_fill(slot->lab);
}

static void on_returned(void *arg, void *job)
{
    struct slot *slot = arg;

    give(slot->lab, job);
}
