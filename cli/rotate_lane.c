/* A lane has one shim and takes one device after the other. Here stands what
 * goes wrong with a device, and what the cloud is told of it. */
#include "cli/rotate_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "account/account.h"
#include "base/diag.h"
#include "base/file.h"
#include "base/sha256.h"
#include "cli/rotate_codec.h"
#include "cli/rotate_site.h"
#include "lab/broker.h"
#include "lab/stacks.h"
#include "lab/worker.h"
#include "model/wire_line.h"
#include "rotation/calls.h"
#include "rotation/cloud.h"
#include "rotation/message.h"

enum {
    DEADLINE_MS = 40000, /* of a job; a request is not interrupted */
    LOOK_MS = 700,       /* for a message that may lie there */
    ANSWER_MS = 2000,    /* for the cloud's answer */
    CSR_LARGE = 4097,
    CSR_HUGE = 131073,
    CLOCK_AHEAD = 30 * 365 /* days */
};

static void run_fail(struct run *r)
{
    r->has_failed = 1;
    event_base_loopbreak(r->base);
}

static void cell_fail(struct rotation_cell *c, const char *why)
{
    if (c->error == NULL)
        c->error = strdup(why);
    c->device.phase = ROTATION_RESTS;
}

static int fails(const struct run *r, const struct rotation_cell *c,
                 enum rotation_fault fault, enum rotation_step step)
{
    return r->phase == GOES && rotation_cell_fails(c, fault, step, r->day);
}

/* A step is begun: csr_req is the first of an attempt. */
static void begin(struct rotation_cell *c, enum rotation_step step)
{
    if (step == ROTATION_CSR_REQ || step > c->at)
        c->at = step;
}

/* Before this step. */
static void broker_may_restart(struct run *r, const struct rotation_cell *c,
                               enum rotation_step step)
{
    if (fails(r, c, ROTATION_FAULT_BROKER, step) &&
        (broker_restart(rotate_site_broker(r->site)) != 0 ||
         cloud_reconnect(r->cloud) != 0))
        run_fail(r);
}

/* --- What the cloud asks --- */

static struct rotation_cell *cell_of(const struct run *r, const char *id)
{
    for (size_t i = 0; i < r->count; i++)
        if (r->cells[i].device.id != NULL &&
            strcmp(r->cells[i].device.id, id) == 0)
            return &r->cells[i];
    return NULL;
}

/* A device of another part of the run is left alone. */
static enum rotation_fault on_step(void *arg, const char *id,
                                   enum rotation_step step)
{
    static const enum rotation_fault of_cloud[] = {
        ROTATION_FAULT_CLOUD,     ROTATION_FAULT_LOST,
        ROTATION_FAULT_TWICE,     ROTATION_FAULT_MALFORMED,
        ROTATION_FAULT_OTHER_KEY, ROTATION_FAULT_INACTIVE,
        ROTATION_FAULT_NO_POLICY};
    struct run *r = arg;
    struct rotation_cell *c = cell_of(r, id);

    if (c == NULL)
        return ROTATION_FAULT_CLOUD;
    if (step == ROTATION_ISSUE || step == ROTATION_CRT ||
        step == ROTATION_RETIRE)
        begin(c, step);
    if (step != ROTATION_CSR_RES && step != ROTATION_CRT_ACK)
        broker_may_restart(r, c, step); /* those two are the device's */
    for (size_t i = 0; i < sizeof(of_cloud) / sizeof(*of_cloud); i++)
        if (fails(r, c, of_cloud[i], step))
            return of_cloud[i];
    return ROTATION_FAULT_NONE;
}

static void on_failed(void *arg, const char *id, const char *error)
{
    struct rotation_cell *c = cell_of(arg, id);

    if (c != NULL)
        snprintf(c->reported, sizeof(c->reported), "%s", error);
}

static char *on_sign(void *arg, const char *csr)
{
    struct run *r = arg;

    return rotate_site_own(r->site, csr);
}

struct cloud_hooks lane_hooks(struct run *r)
{
    return (struct cloud_hooks){.at = on_step,
                                .failed = on_failed,
                                .sign = r->options->is_own_ca ? on_sign : NULL,
                                .arg = r};
}

/* --- A device's jobs --- */

static void lane_go(struct lane *l);

/* A file with this text, named by it: a shim remembers a file by its name.
 * malloc'd path; NULL reported. */
static char *file_of(const struct run *r, const char *text)
{
    char name[SHA256_HEX], *path;

    sha256_hex(text, strlen(text), name);
    path = format("%s/%s.pem", rotate_site_dir(r->site), name);
    if (path != NULL &&
        (file_exists(path) || file_write(path, 0600, text, strlen(text)) == 0))
        return path;
    free(path);
    return NULL;
}

static void lane_give(struct lane *l, char *line, int is_request)
{
    const struct stack *stack = l->run->options->stacks[l->cell->stack_index];

    l->is_request = is_request;
    if (line == NULL) {
        run_fail(l->run);
        return;
    }
    worker_change(l->worker, stack->program, stack->client);
    if (worker_give(l->worker, l->cell, line) != 0)
        run_fail(l->run);
    free(line);
}

static void request_give(struct lane *l)
{
    const struct rotation_cell *c = l->cell;
    const char *key =
        l->run->phase == BEGINS ? NULL : device_kept_key(&c->device);
    char *kept = key == NULL ? NULL : file_of(l->run, key);

    if (key != NULL && kept == NULL) {
        run_fail(l->run);
        return;
    }
    lane_give(l, rotate_job_request(c->device.id, c->key, kept), 1);
    free(kept);
}

/* A request as large as that, with words before it that a reader passes over
 * (RFC 7468 section 2). malloc'd. */
static char *large_payload(const char *request, size_t size)
{
    size_t own = strlen(request), pad = size > own ? size - own : 1;
    char *text = malloc(pad + own + 1), *payload = NULL;

    if (text != NULL) {
        memset(text, 'x', pad);
        text[pad - 1] = '\n';
        memcpy(text + pad, request, own + 1);
        payload = message_write("CSR", text);
    }
    free(text);
    return payload;
}

static int64_t clock_of(const struct run *r, const struct rotation_cell *c,
                        enum rotation_step step)
{
    if (fails(r, c, ROTATION_FAULT_CLOCK_1970, step))
        return 0;
    if (fails(r, c, ROTATION_FAULT_CLOCK_AHEAD, step))
        return rotate_site_now(r->site) + (int64_t)CLOCK_AHEAD * ROTATE_DAY;
    return rotate_site_now(r->site);
}

/* Does something end the device's day behind this step? */
static int loses_power(const struct run *r, const struct rotation_cell *c,
                       enum rotation_step step)
{
    return fails(r, c, ROTATION_FAULT_POWER, step) ||
           fails(r, c, ROTATION_FAULT_OLD_DELETED, step);
}

static int wait_of(const struct run *r, const struct rotation_cell *c,
                   const struct rotation_connection *on)
{
    if (r->phase != GOES || on->waits == 0 ||
        (on->step == ROTATION_CSR_RES && loses_power(r, c, ROTATION_CSR_RES)))
        return 0;
    return on->waits == 1 ? LOOK_MS : ANSWER_MS;
}

static void connection_give(struct lane *l)
{
    struct run *r = l->run;
    struct rotation_cell *c = l->cell;
    const struct rotation_connection *on = &l->connection;
    char *certificate = file_of(r, on->with->certificate);
    char *key = file_of(r, on->with->key);
    char *requests = message_topic(c->device.id, "csr_req");
    char *certificates = message_topic(c->device.id, "crt"), *large = NULL;
    struct rotate_connect job = {
        .want = rotate_site_want(r->site, c->stack_index),
        .port = rotate_site_port(r->site),
        .certificate = certificate,
        .key = key,
        .clock = clock_of(r, c, on->step),
        .id = c->device.id,
        .filters = {requests, certificates},
        .topic = on->topic,
        .payload = on->payload,
        .wait_ms = wait_of(r, c, on),
    };

    if (on->step != ROTATION_CSR_REQ)
        begin(c, on->step);
    if (on->step == ROTATION_SESSION && loses_power(r, c, on->step))
        job.topic = NULL;
    if (on->step == ROTATION_CSR_RES && (c->fault == ROTATION_FAULT_CSR_LARGE ||
                                         c->fault == ROTATION_FAULT_CSR_HUGE))
        job.payload = large = large_payload(
            c->device.request,
            c->fault == ROTATION_FAULT_CSR_LARGE ? CSR_LARGE : CSR_HUGE);
    lane_give(l,
              certificate == NULL || key == NULL || requests == NULL ||
                      certificates == NULL
                  ? NULL
                  : rotate_job_connect(&job),
              0);
    free(certificate);
    free(key);
    free(requests);
    free(certificates);
    free(large);
}

/* --- What comes of them --- */

/* The first certificate: it ends soon. */
static int enrol(struct run *r, struct rotation_cell *c, const char *key,
                 const char *request)
{
    struct account *a = rotate_site_account(r->site);
    char *id = strdup(c->device.id);
    int status = -1;

    c->old_pem = rotate_site_first(r->site, request);
    if (id != NULL && c->old_pem != NULL && calls_thing_make(a, id) == 0 &&
        calls_certificate_register(a, c->old_pem, 1, &c->old_id) == 0 &&
        calls_policy_attach(a, ROTATE_POLICY, c->old_id) == 0 &&
        calls_thing_attach(a, id, c->old_id) == 0) {
        device_clear(&c->device);
        status = device_init(&c->device, id, c->store, c->old_pem, key);
        c->device.keeps_key = c->keeps_key;
        device_wake(&c->device);
    }
    free(id);
    return status;
}

/* 0, or -1 reported. */
static int request_made(struct lane *l, const struct shim_answer *a)
{
    struct run *r = l->run;
    struct rotation_cell *c = l->cell;

    if (a->key == NULL || a->request == NULL) {
        cell_fail(c, "the build made no request");
        return 0;
    }
    if (r->phase == BEGINS)
        return enrol(r, c, a->key, a->request);
    begin(c, ROTATION_KEY);
    if (device_made(&c->device, a->key, a->request) != 0)
        return -1;
    if (loses_power(r, c, ROTATION_KEY))
        device_loses_power(&c->device, 0);
    return 0;
}

/* The device's day ends behind a step. */
static int power_lose(struct run *r, struct rotation_cell *c,
                      enum rotation_step step)
{
    device_loses_power(&c->device, step == ROTATION_STORE &&
                                       c->fault == ROTATION_FAULT_POWER);
    return c->fault == ROTATION_FAULT_OLD_DELETED
               ? cloud_delete_old(r->cloud, c->device.id)
               : 0;
}

/* The last step that a connection which worked has come to. */
static enum rotation_step reached(const struct lane *l, const char *topic)
{
    const char *what = topic == NULL ? NULL : strrchr(topic, '/');

    if (what != NULL && strcmp(what, "/crt") == 0)
        return ROTATION_CRT;
    if (what != NULL)
        return ROTATION_CSR_REQ;
    return l->connection.step;
}

static int connected(struct lane *l, const struct shim_answer *a)
{
    struct run *r = l->run;
    struct rotation_cell *c = l->cell;
    enum rotation_step step = reached(l, a->topic);
    int is_try = l->connection.step == ROTATION_SESSION;

    c->connects_at_end = r->phase == ENDS;
    c->has_connected_new |=
        strcmp(l->connection.with->certificate, c->old_pem) != 0;
    if (a->topic != NULL || l->connection.step != ROTATION_CSR_REQ)
        begin(c, step);
    if ((a->topic != NULL || l->connection.step != ROTATION_CSR_REQ) &&
        loses_power(r, c, step))
        return power_lose(r, c, step);
    if (is_try) {
        begin(c, ROTATION_CRT_ACK);
        if (loses_power(r, c, ROTATION_CRT_ACK))
            return power_lose(r, c, ROTATION_CRT_ACK);
    }
    if (step == ROTATION_CRT)
        broker_may_restart(r, c, ROTATION_STORE);
    if (device_connected(&c->device, a->topic, a->message) != 0)
        return -1;
    if (step != ROTATION_CRT || c->device.phase != ROTATION_TRIES)
        return 0;
    begin(c, ROTATION_STORE);
    return loses_power(r, c, ROTATION_STORE) ? power_lose(r, c, ROTATION_STORE)
                                             : 0;
}

/* A device that cannot use its own credentials is refused by its library. */
static int is_refusal(const struct shim_side *side)
{
    return side->outcome == OUTCOME_REFUSED ||
           (side->outcome == OUTCOME_ERROR &&
            side->reason == REASON_IDENTITY_UNUSABLE);
}

static void not_connected(struct lane *l, const struct shim_side *side)
{
    struct rotation_cell *c = l->cell;
    char why[120];

    if (is_refusal(side) && l->run->phase != BEGINS) {
        snprintf(c->reason, sizeof(c->reason), "%s", reason_name(side->reason));
        device_refused(&c->device);
        return;
    }
    snprintf(why, sizeof(why), "%s: %s %s",
             l->run->phase == BEGINS ? "it does not connect to begin with"
                                     : "a connection failed",
             outcome_name(side->outcome), reason_name(side->reason));
    cell_fail(c, why);
}

static void on_answered(void *arg, void *job, struct shim_answer *a)
{
    struct lane *l = arg;
    int status = 0;

    (void)job;
    if (l->is_request)
        status = request_made(l, a);
    else if (a->side == NULL)
        cell_fail(l->cell, "the shim's answer cannot be read");
    else if (a->side->outcome == OUTCOME_CONNECTED)
        status = connected(l, a);
    else
        not_connected(l, a->side);
    shim_answer_release(a);
    if (status != 0 || cloud_has_failed(l->run->cloud))
        run_fail(l->run);
    else
        lane_go(l);
}

static void on_job_failed(void *arg, void *job, enum reason reason,
                          const char *note)
{
    struct lane *l = arg;

    (void)job;
    (void)reason;
    cell_fail(l->cell, note);
    lane_go(l);
}

static void on_returned(void *arg, void *job)
{
    (void)arg;
    (void)job;
}

static const struct worker_calls worker_calls = {on_answered, on_job_failed,
                                                 on_returned};

/* --- Lanes --- */

int lane_open(struct lane *l, struct run *r)
{
    const struct stack *any = r->options->stacks[0];

    l->run = r;
    l->worker = worker_new(r->base, any->program, any->client, DEADLINE_MS,
                           &worker_calls, l);
    if (l->worker == NULL)
        diag("out of memory");
    return l->worker == NULL ? -1 : 0;
}

void lane_next(struct lane *l)
{
    struct run *r = l->run;

    l->cell = NULL;
    while (l->cell == NULL && r->next < r->count) {
        struct rotation_cell *c = &r->cells[r->next++];

        if (!run_is_done(r, c))
            l->cell = c;
    }
    if (l->cell == NULL)
        return;
    if (r->phase == BEGINS) {
        request_give(l);
        return;
    }
    device_wake(&l->cell->device);
    lane_go(l);
}

int lanes_are_idle(const struct run *r)
{
    for (size_t i = 0; i < r->lanes_count; i++)
        if (r->lanes[i].cell != NULL)
            return 0;
    return 1;
}

/* A device without credentials has nothing to connect with. */
static int action_of(struct lane *l)
{
    struct rotation_device *d = &l->cell->device;
    int action;

    while ((action = device_next(d, &l->connection)) != ROTATION_RESTS &&
           action != ROTATION_MAKES && action >= 0 &&
           (l->connection.with->certificate == NULL ||
            l->connection.with->key == NULL))
        device_refused(d);
    return action;
}

static void lane_go(struct lane *l)
{
    struct run *r = l->run;
    int action = action_of(l);

    if (action < 0) {
        run_fail(r);
    } else if (action == ROTATION_RESTS) {
        lane_next(l);
        if (lanes_are_idle(r))
            event_base_loopbreak(r->base);
    } else if (action == ROTATION_MAKES) {
        broker_may_restart(r, l->cell, ROTATION_KEY);
        request_give(l);
    } else {
        if (l->connection.step != ROTATION_CSR_REQ)
            broker_may_restart(r, l->cell, l->connection.step);
        connection_give(l);
    }
}
