/* One job. Each step either goes on (0) or ends the job with the answer filled
 * (-1); one function tears everything down at any moment. */
#include "clients/shim_run.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "clients/shim_clock.h"
#include "clients/shim_context.h"
#include "clients/shim_feature.h"
#include "clients/shim_heap.h"
#include "clients/shim_io.h"
#include "clients/shim_map.h"
#include "clients/shim_mqtt.h"
#include "clients/shim_policy.h"
#include "model/alert.h"

struct run {
    const struct shim_ops *ops;
    struct shim_job *job;
    struct shim_answer *answer;
    const struct shim_context *context;
    void *conn;
    struct shim_io io;
    enum stage stage;   /* what is under way, as seen from outside */
    int notify;         /* close_notify is due */
    int gone;           /* the deadline is over */
    int64_t until_ms;   /* the deadline of all connections; 0: not begun */
    int64_t message_ms; /* until then the session waits; 0: not yet */
};

static int64_t clock_us(clockid_t id)
{
    struct timespec t;

    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* Ends the job with an answer that is no verdict of a TLS stack. */
static int end_error(struct run *r, enum reason reason, const char *text)
{
    shim_map_fill(&r->answer->why, r->stage, reason, 0, text);
    r->answer->outcome = SHIM_ERROR;
    return -1;
}

static int end_unsupported(struct run *r, const char *feature)
{
    struct shim_answer *a = r->answer;

    snprintf(a->feature, sizeof a->feature, "%s", feature);
    a->why.reason = REASON_NONE;
    a->outcome = SHIM_UNSUPPORTED;
    return -1;
}

static int end_refused(struct run *r, enum stage stage, enum reason reason)
{
    r->answer->why.stage = stage;
    r->answer->why.reason = reason;
    r->answer->outcome = SHIM_REFUSED;
    return -1;
}

/* The library's word stays in the answer; it is no refusal. */
static int end_unmapped(struct run *r)
{
    r->answer->why.reason = REASON_UNMAPPED;
    r->answer->why.by_server = 0;
    r->answer->outcome = SHIM_ERROR;
    return -1;
}

/* Has this program, not the device, run out of memory? The account knows; of a
 * library without one a complaint about memory is taken for it, for nobody gave
 * it a limit. */
static int is_short(struct run *r)
{
    r->answer->harness_short = shim_heap_short() > 0 ||
                               (r->answer->why.reason == REASON_OUT_OF_MEMORY &&
                                !(r->ops->features() & FEATURE_HEAP));
    return r->answer->harness_short ||
           r->answer->why.reason == REASON_OUT_OF_MEMORY;
}

/* Ends the job with answer->why as the stack filled it. A refusal needs a
 * mapped reason; what the heap account saw goes before any code. */
static int end_failed(struct run *r)
{
    struct shim_why *why = &r->answer->why;

    if (shim_heap_refused() > 0) {
        why->by_server = 0;
        return end_refused(r, why->stage, REASON_OUT_OF_MEMORY);
    }
    if (is_short(r))
        return end_unmapped(r);
    if (why->reason == REASON_NONE)
        why->reason = REASON_UNMAPPED;
    r->answer->outcome = why->reason == REASON_UNMAPPED ||
                                 why->reason == REASON_IDENTITY_UNUSABLE
                             ? SHIM_ERROR
                             : SHIM_REFUSED;
    return -1;
}

static int end_deadline(struct run *r)
{
    r->gone = 1;
    /* A library whose allocation failed may stall instead of failing. */
    if (shim_heap_refused() > 0)
        return end_refused(r, r->stage, REASON_OUT_OF_MEMORY);
    return end_error(r, REASON_TIMEOUT, "deadline");
}

/* A step failed: adds what the wire showed to what the stack told. */
static int end_step(struct run *r)
{
    struct shim_why *why = &r->answer->why;
    const struct shim_want *want = &r->job->want;
    struct alert_facts facts = {.stage = why->stage,
                                .suite_chosen = r->io.in.handshake,
                                .client_auth = ALERT_UNKNOWN,
                                .identity = want->identity_certificate != NULL,
                                .alpn_offered = want->alpn != NULL,
                                .alpn_listed = ALERT_UNKNOWN,
                                .alpn_required = ALERT_UNKNOWN};

    if (why->alert_sent < 0)
        why->alert_sent = r->io.out.alert;
    if (why->alert_received < 0)
        why->alert_received = r->io.in.alert;
    /* "Closed" is what the socket says, not what a library makes of its own
     * trouble; but for close_notify, which is a close within TLS. */
    if (why->reason == REASON_PEER_CLOSED && why->alert_received < 0 &&
        !r->io.ended && r->stage != STAGE_APPLICATION)
        return end_unmapped(r);
    if (why->by_server && why->alert_received >= 0)
        why->reason = alert_reason(why->alert_received, &facts);
    return end_failed(r);
}

static int features_check(struct run *r)
{
    struct shim_want *want = &r->job->want;
    unsigned has = shim_feature_has(r->ops);
    const char *lacking =
        *r->job->lacks ? r->job->lacks
                       : shim_feature_lacking(
                             shim_feature_needed(want) | r->job->required, has);

    if (!lacking)
        lacking = shim_feature_versions(want, has);
    return lacking ? end_unsupported(r, lacking) : 0;
}

static int context_find(struct run *r)
{
    const struct shim_want *want = &r->job->want;
    struct shim_why *why = &r->answer->why;

    if (shim_context_anchors(r->job) == -1)
        return end_error(r, REASON_NONE, "the anchors file cannot be read");
    shim_clock_set(want->clock);
    shim_heap_watch(0, 0);
    r->context = shim_context_get(r->ops, r->job, why);
    if (!r->context && why->feature)
        return end_unsupported(r, why->feature);
    if (!r->context)
        return end_failed(r);
    r->answer->got = r->context->got;
    shim_heap_watch(r->context->held, 0);
    if (want->heap && r->context->held > want->heap)
        return end_refused(r, STAGE_TRUST_STORE, REASON_OUT_OF_MEMORY);
    return 0;
}

/* Before the socket: a setting that the library refuses is no connection. */
static int connection_make(struct run *r)
{
    const struct shim_want *want = &r->job->want;
    struct shim_why *why = &r->answer->why;

    shim_map_clear(why, r->stage);
    shim_heap_watch(r->context->held, want->heap);
    r->conn = r->ops->conn_new(r->context->made, want, &r->io, why);
    if (!r->conn && why->feature)
        return end_unsupported(r, why->feature);
    return r->conn ? 0 : end_failed(r);
}

static int connection_open(struct run *r)
{
    const struct shim_want *want = &r->job->want;

    if (r->until_ms == 0)
        r->until_ms = shim_io_now_ms() + want->timeout_ms;
    r->stage = STAGE_CONNECT;
    switch (shim_io_open(&r->io, want->host, want->port, want->source,
                         (int)(r->until_ms - shim_io_now_ms()))) {
    case SHIM_IO_DEADLINE:
        return end_deadline(r);
    case SHIM_IO_FAULT:
        r->answer->harness_short = shim_io_is_shortage(r->io.error);
        return end_error(r, REASON_NONE, strerror(r->io.error));
    case SHIM_IO_READY:
        break;
    }
    r->stage = STAGE_HELLO;
    return 0;
}

/* Calls the stack's step until it is done. */
static int drive(struct run *r, const void *out, size_t out_size, void *in,
                 size_t *in_size)
{
    size_t room = in_size ? *in_size : 0;

    for (;;) {
        enum shim_io_wait w;
        enum shim_step s;

        shim_map_clear(&r->answer->why, r->stage);
        if (in_size)
            *in_size = room;
        s = r->ops->step(r->conn, out, out_size, in, in_size, &r->answer->why);
        if (s == SHIM_DONE)
            return 0;
        if (s == SHIM_FAILED)
            return end_step(r);
        w = shim_io_poll(&r->io, s == SHIM_WANT_WRITE);
        if (w == SHIM_IO_DEADLINE)
            return end_deadline(r);
        if (w == SHIM_IO_FAULT)
            return end_error(r, REASON_NONE, strerror(r->io.error));
    }
}

static int policy_judge(struct run *r, enum reason reason)
{
    r->stage = STAGE_POLICY;
    switch (reason) {
    case REASON_NONE:
        return 0;
    case REASON_UNKNOWN_CA:
        return end_error(r, REASON_UNMAPPED, "distrust: no anchor found");
    case REASON_CERTIFICATE_PARSE_ERROR:
        return end_error(r, REASON_UNMAPPED, "pins: a certificate is no DER");
    default:
        /* A chain that could not be copied whole proves nothing. */
        r->answer->why.stage = STAGE_POLICY;
        r->answer->why.reason = reason;
        return end_failed(r);
    }
}

/* The handshake is done: is the server one, and does the policy hold? Who goes
 * on with a session knows the server from the connection that made it. */
static int peer_check(struct run *r)
{
    struct shim_bytes chain[SHIM_POLICY_CHAIN] = {{0}};
    size_t count = SHIM_POLICY_CHAIN;
    struct shim_got *got = &r->answer->got;
    const struct shim_want *want = &r->job->want;

    r->notify = 1;
    r->ops->result(r->conn, got, chain, &count);
    r->answer->certificates = count;
    if (got->resumed)
        return 0;
    if (want->verify_chain && !got->peer_certificate)
        return end_refused(r, STAGE_CERTIFICATE, REASON_UNAUTHENTICATED);
    return policy_judge(r, shim_policy_check(want, chain, count, r->ops));
}

/* Many connections of a device may be open at once, and a broker has one per
 * client id; a session is kept under the id as it is. */
static int mqtt_name(const struct run *r, char *id, size_t room)
{
    const struct shim_want *want = &r->job->want;
    int n = want->mqtt_session
                ? snprintf(id, room, "%s", want->mqtt_client_id)
                : snprintf(id, room, "%s-%s-%u", want->mqtt_client_id,
                           want->source ? want->source : "", r->io.local_port);

    return n > 0 && (size_t)n < room ? 0 : -1;
}

static int end_mqtt_refused(struct run *r, const struct shim_mqtt *m)
{
    char text[64];

    snprintf(text, sizeof text, "%s %d", m->refused, m->code);
    shim_map_fill(&r->answer->why, r->stage, REASON_APPLICATION_REFUSED,
                  m->code, text);
    r->answer->why.by_server = 1;
    r->answer->outcome = SHIM_REFUSED;
    return -1;
}

/* A cloud that says no to a CONNECT, or to what comes later, closes without a
 * word. */
static int end_mqtt_closed(struct run *r)
{
    shim_map_clear(&r->answer->why, r->stage);
    r->answer->why.by_server = 1;
    return end_refused(r, r->stage, REASON_APPLICATION_REFUSED);
}

/* Waits for the message of a session no longer than it says: that none came is
 * an answer, too. */
static int session_drive(struct run *r, struct shim_mqtt *m, size_t *size)
{
    int64_t deadline = r->io.deadline_ms;
    int status;

    if (!shim_mqtt_waits(m))
        return drive(r, NULL, 0, m->in + m->in_size, size);
    if (r->message_ms == 0)
        r->message_ms = shim_io_now_ms() + m->session->wait_ms;
    if (r->message_ms < deadline)
        r->io.deadline_ms = r->message_ms;
    status = drive(r, NULL, 0, m->in + m->in_size, size);
    r->io.deadline_ms = deadline;
    if (status == -1 && r->gone && r->message_ms < deadline &&
        r->answer->why.reason == REASON_TIMEOUT) {
        r->gone = 0;
        m->waits_no_longer = 1;
        *size = 0;
        return 0;
    }
    return status;
}

static int mqtt_read(struct run *r, struct shim_mqtt *m)
{
    size_t size = shim_mqtt_room(m);

    if (session_drive(r, m, &size) == -1) {
        int is_close = r->answer->outcome == SHIM_REFUSED &&
                       r->answer->why.reason == REASON_PEER_CLOSED;

        return is_close ? end_mqtt_closed(r) : -1;
    }
    m->in_size += size;
    return size > 0 || m->waits_no_longer ? 0 : end_mqtt_closed(r);
}

static int mqtt_run(struct run *r)
{
    static struct shim_mqtt m; /* no heap: that is the library's account */
    const struct shim_want *want = &r->job->want;
    char id[2048];

    if (mqtt_name(r, id, sizeof id) != 0)
        return end_error(r, REASON_NONE, "the client id is too long");
    memset(&m, 0, offsetof(struct shim_mqtt, in));
    m.version = want->mqtt_version;
    m.keep_alive = want->mqtt_keep_alive;
    m.client_id = id;
    m.topic = want->mqtt_topic;
    m.payload = want->mqtt_payload;
    m.session = want->mqtt_session;
    for (;;) {
        switch (shim_mqtt_go(&m)) {
        case SHIM_MQTT_SAID:
            if (drive(r, m.out, m.out_size, NULL, NULL) == -1)
                return -1;
            break;
        case SHIM_MQTT_READ:
            if (mqtt_read(r, &m) == -1)
                return -1;
            break;
        case SHIM_MQTT_REFUSED:
            return end_mqtt_refused(r, &m);
        case SHIM_MQTT_BAD:
            return end_error(r, REASON_NONE, "what came is no MQTT");
        case SHIM_MQTT_DONE:
            r->answer->topic = m.has_message ? m.topic_heard : NULL;
            r->answer->message = m.payload_heard;
            return 0;
        }
    }
}

/* One byte each way. In TLS 1.3 the endpoint's refusal of a finished
 * handshake shows here (RFC 8446 section 4.4.2.4). */
static int application_run(struct run *r)
{
    uint8_t in;
    size_t size = 1;

    r->stage = STAGE_APPLICATION;
    if (r->job->want.mqtt_version)
        return mqtt_run(r);
    if (drive(r, "c", 1, NULL, NULL) == -1 ||
        drive(r, NULL, 0, &in, &size) == -1)
        return -1;
    if (size == 1)
        return 0;
    r->answer->why.by_server = 1;
    return end_refused(r, r->stage, REASON_PEER_CLOSED);
}

static int connection_run(struct run *r)
{
    return connection_open(r) == -1 || drive(r, NULL, 0, NULL, NULL) == -1 ||
                   peer_check(r) == -1 || application_run(r) == -1
               ? -1
               : 0;
}

static void connection_free(struct run *r)
{
    if (r->conn)
        r->ops->conn_free(r->conn, r->notify && !r->gone);
    r->conn = NULL;
    r->notify = 0;
}

/* The device comes back. The account goes on: it keeps the session meanwhile.
 */
static int again_run(struct run *r)
{
    struct shim_why *why = &r->answer->why;
    void *session = r->ops->session_take(r->conn);

    connection_free(r);
    shim_io_close(&r->io, 1);
    r->io.local_port = 0;
    shim_io_watch_begin(&r->io.in);
    shim_io_watch_begin(&r->io.out);
    r->answer->is_second = 1;
    r->answer->got = r->context->got;
    r->answer->certificates = 0;
    r->stage = STAGE_SETUP;
    shim_map_clear(why, r->stage);
    r->conn = r->ops->conn_new(r->context->made, &r->job->want, &r->io, why);
    if (session && r->ops->session_offer(r->conn, session, why) == -1)
        return end_failed(r);
    return r->conn ? connection_run(r) : end_failed(r);
}

/* No connection, so nothing that can be refused. */
static void request_run(struct run *r)
{
    static struct shim_request made;
    struct shim_answer *a = r->answer;

    if (r->ops->request(&r->job->want, &made, &a->why) == -1) {
        a->outcome = SHIM_ERROR;
        return;
    }
    a->made = &made;
    a->outcome = SHIM_MADE;
}

static void teardown(struct run *r)
{
    struct shim_answer *a = r->answer;

    shim_heap_unwatch();
    connection_free(r);
    a->local_port = r->io.local_port;
    a->received = r->io.in.seen;
    a->sent = r->io.out.seen;
    shim_io_close(&r->io, !r->gone);
    a->peak_heap = shim_heap_peak();
    a->allocations_refused = shim_heap_refused();
}

void shim_run_job(const struct shim_ops *ops, struct shim_job *job,
                  struct shim_answer *answer)
{
    int64_t wall = clock_us(CLOCK_MONOTONIC);
    int64_t cpu = clock_us(CLOCK_PROCESS_CPUTIME_ID);
    struct run r = {.ops = ops, .job = job, .answer = answer, .io.fd = -1};

    shim_record_clear(answer);
    shim_io_watch_begin(&r.io.in);
    shim_io_watch_begin(&r.io.out);
    shim_heap_watch(0, 0);
    if (features_check(&r) == -1)
        goto out;
    if (job->want.request) {
        request_run(&r);
        goto out;
    }
    answer->emulated = ops->emulates |
                       (job->want.distrust_count ? SHIM_EMULATED_DISTRUST : 0u);
    if (context_find(&r) == -1 || connection_make(&r) == -1 ||
        connection_run(&r) == -1 || (job->want.resume && again_run(&r) == -1))
        goto out;
    shim_map_clear(&answer->why, STAGE_APPLICATION);
    answer->outcome = SHIM_CONNECTED;
out:
    teardown(&r);
    answer->wall_us = clock_us(CLOCK_MONOTONIC) - wall;
    answer->cpu_us = clock_us(CLOCK_PROCESS_CPUTIME_ID) - cpu;
}

void shim_run_fault(const struct shim_job *job, struct shim_answer *answer)
{
    shim_record_clear(answer);
    answer->outcome = SHIM_ERROR;
    shim_map_fill(&answer->why, STAGE_SETUP, REASON_NONE, 0, job->fault);
}

void shim_run_clear(void)
{
    shim_context_clear();
}
