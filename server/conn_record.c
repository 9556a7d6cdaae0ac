/* A connection's record: what its TLS machine and its application say, and what
 * only the endpoint knows of it. */
#include "server/conn_inside.h"

#include <event2/buffer.h>

#include "server/app/application.h"
#include "server/facts.h"
#include "server/limits.h"
#include "server/loop.h"
#include "server/setting.h"
#include "server/shared.h"
#include "server/tls.h"

const struct limits *conn_limits(const struct conn *c)
{
    return &loop_shared(c->loop)->limits;
}

double conn_elapsed_ms(const struct conn *c)
{
    struct timespec now;
    long long us, tenths;

    clock_gettime(CLOCK_MONOTONIC, &now);
    us = (now.tv_sec - c->started.tv_sec) * 1000000LL +
         (now.tv_nsec - c->started.tv_nsec) / 1000;
    tenths = (us + 50) / 100;
    return (double)tenths / 10;
}

static json_t *direction_json(const struct wire_marks *w)
{
    char marks[WIRE_MARKS_TEXT];

    wire_marks_print(w, marks);
    return json_pack("{s:I, s:s}", "bytes", (json_int_t)w->bytes, "marks",
                     marks);
}

/* Where the endpoint itself was held up beyond its own limit, its timer may
 * come after the peer's end. */
static const char *limit_of(const struct conn *c)
{
    if (c->limit != NULL)
        return c->limit;
    if (tls_conn_facts(c->tls)->is_too_large)
        return "message_bytes";
    return !tls_conn_is_established(c->tls) &&
                   c->close_ms > conn_limits(c)->handshake_ms
               ? "handshake_ms"
               : NULL;
}

static json_t *application_json(const struct conn *c)
{
    const struct application *a = c->application->application;
    json_t *out =
        json_pack("{s:I, s:I}", "read", (json_int_t)c->application_read,
                  "written", (json_int_t)c->application_written);

    if (c->application_state == NULL || a->describe == NULL || out == NULL ||
        a->describe(c->application_state, out) == 0)
        return out;
    json_decref(out);
    return NULL;
}

static int own_part_describe(const struct conn *c, json_t *record)
{
    const struct facts *f = tls_conn_facts(c->tls);
    int is_short = c->is_short || f->is_short || c->received.is_short ||
                   c->sent.is_short ||
                   (c->after_starving && !f->is_established);
    json_t *more = json_pack(
        "{s:o, s:{s:s, s:s}, s:{s:o, s:o}, s:s?, s:s?, s:b, s:f}",
        "application", application_json(c), "close", "by", c->close_by, "how",
        c->close_how, "wire", "received", direction_json(&c->received), "sent",
        direction_json(&c->sent), "limit", limit_of(c), "closed_on",
        c->closed_on, "harness_short", is_short, "ms", conn_elapsed_ms(c));
    int status = more == NULL ? -1 : json_object_update(record, more);

    json_decref(more);
    return status;
}

json_t *conn_record(const struct conn *c)
{
    json_t *record = json_pack(
        "{s:s, s:s, s:i, s:s, s:i, s:i}", "event", "connection", "state",
        c->setting->id, "port", (int)c->port, "peer_address", c->peer_address,
        "peer_port", (int)c->peer_port, "number", (int)c->number);

    if (record == NULL || tls_conn_describe(c->tls, record) != 0 ||
        own_part_describe(c, record) != 0) {
        json_decref(record);
        return NULL;
    }
    return record;
}
