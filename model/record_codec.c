/* Records, member by member. */
#include "model/record_codec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "model/mqtt_codec.h"
#include "model/codec.h"
#include "model/hello_codec.h"

static const char *const parties[] = {NULL, "client", "server"};

static enum reason reason_decode(struct codec *c, const json_t *object)
{
    char *name = codec_text(c, object, "reason");
    enum reason reason = REASON_NONE;

    if (name && reason_parse(name, &reason))
        codec_fault(c, "reason", "there is no such reason");
    free(name);
    return reason;
}

static enum outcome outcome_decode(struct codec *c, const json_t *object)
{
    char *name = codec_need_text(c, object, "outcome");
    enum outcome outcome = OUTCOME_ERROR;

    if (name && outcome_parse(name, &outcome))
        codec_fault(c, "outcome", "there is no such outcome");
    free(name);
    return outcome;
}

static enum stage stage_decode(struct codec *c, const json_t *object)
{
    char *name = codec_text(c, object, "stage");
    enum stage stage = STAGE_SETUP;

    if (name && stage_parse(name, &stage))
        codec_fault(c, "stage", "there is no such stage");
    free(name);
    return stage;
}

static void negotiated_decode(struct codec *c, const json_t *from,
                              struct negotiated *to)
{
    to->version = codec_text(c, from, "version");
    to->suite = codec_text(c, from, "suite");
    to->group = codec_text(c, from, "group");
    to->signature_algorithm = codec_text(c, from, "signature_algorithm");
    to->alpn = codec_text(c, from, "alpn");
}

static void negotiated_encode(struct codec *c, const struct negotiated *n,
                              json_t *to)
{
    codec_brief_text(c, to, "version", n->version);
    codec_brief_text(c, to, "suite", n->suite);
    codec_brief_text(c, to, "group", n->group);
    codec_brief_text(c, to, "signature_algorithm", n->signature_algorithm);
    codec_brief_text(c, to, "alpn", n->alpn);
}

static void native_decode(struct codec *c, const json_t *native,
                          struct shim_side *s)
{
    s->native_code = codec_number(c, native, "code", 0);
    s->native_flags = (unsigned long long)codec_number(c, native, "flags", 0);
    s->native_text = codec_text(c, native, "text");
}

/* The one of both that has the member. */
static const json_t *having(const json_t *first, const json_t *second,
                            const char *key)
{
    return json_object_get(first, key) ? first : second;
}

static void why_decode(struct codec *c, const json_t *why, const json_t *line,
                       struct shim_side *s)
{
    s->stage = stage_decode(c, having(why, line, "stage"));
    s->reason = reason_decode(c, having(why, line, "reason"));
    s->alert_sent = (int)codec_number(c, why, "alert_sent", ALERT_NONE);
    s->alert_received = (int)codec_number(c, why, "alert_received", ALERT_NONE);
    s->feature = codec_text(c, why, "feature");
    native_decode(c, codec_object(c, why, "native"), s);
}

static void got_decode(struct codec *c, const json_t *got, struct shim_side *s)
{
    negotiated_decode(c, got, &s->got);
    s->security_level = (int)codec_number(c, got, "security_level", -1);
    s->resumed = codec_flag(c, got, "resumed", -1);
    s->certificates = (unsigned)codec_number(c, got, "certificates", 0);
    s->anchors_loaded = (unsigned)codec_number(c, got, "anchors_loaded", 0);
    s->anchors_refused = (unsigned)codec_number(c, got, "anchors_refused", 0);
}

static void measured_decode(struct codec *c, const json_t *m,
                            struct shim_side *s)
{
    s->peak_heap = codec_number(c, m, "peak_heap", -1);
    s->allocations_refused =
        (unsigned long long)codec_number(c, m, "allocations_refused", 0);
    s->harness_short = codec_flag(c, m, "harness_short", 0);
    s->wall_us = codec_number(c, m, "wall_us", 0);
    s->cpu_us = codec_number(c, m, "cpu_us", 0);
    s->bytes_in = codec_number(c, m, "bytes_in", 0);
    s->bytes_out = codec_number(c, m, "bytes_out", 0);
}

/* line: of results.jsonl, which has at its top what is not in `answer`; NULL:
 * the answer itself is whole. */
static struct shim_side *shim_decode(struct codec *c, const json_t *answer,
                                     const json_t *line)
{
    struct shim_side *s = codec_alloc(c, 1, sizeof *s);

    if (!s)
        return NULL;
    s->outcome = outcome_decode(c, having(answer, line, "outcome"));
    s->refused_by = (enum party)codec_choice(
        c, having(answer, line, "refused_by"), "refused_by", parties, 3, 0);
    why_decode(c, codec_object(c, answer, "why"), line, s);
    got_decode(c, codec_object(c, answer, "got"), s);
    measured_decode(c, codec_object(c, answer, "measured"), s);
    s->local_port = (int)codec_number(c, answer, "local_port", 0);
    s->emulated = codec_texts(c, answer, "emulated", &s->emulated_count);
    s->output = codec_text(c, answer, "output");
    return s;
}

struct shim_side *shim_side_decode(const json_t *answer)
{
    struct codec c = {"answer of a shim", 0};
    struct shim_side *s = shim_decode(&c, answer, NULL);

    if (!c.failed)
        return s;
    shim_side_release(s);
    return NULL;
}

/* Fatal is left out in the line of a record. */
static uint8_t level_decode(struct codec *c, const json_t *alert)
{
    char *text = codec_text(c, alert, "level"), room[ALERT_LEVEL_TEXT];
    int level = text ? 0 : ALERT_FATAL;

    while (level <= UINT8_MAX && text &&
           strcmp(alert_level_text((uint8_t)level, room), text) != 0)
        level++;
    if (level > UINT8_MAX)
        codec_fault(c, "level", "is no level of an alert");
    free(text);
    return (uint8_t)level;
}

static void alerts_decode(struct codec *c, const json_t *event, const char *key,
                          struct alert *to, size_t *count)
{
    const json_t *list = codec_array(c, event, key);

    for (size_t i = 0; i < json_array_size(list) && i < RECORD_ALERTS_MAX;
         i++) {
        const json_t *a = json_array_get(list, i);

        to[i].level = level_decode(c, a);
        to[i].code = (uint8_t)codec_number(c, a, "code", 0);
        *count = i + 1;
    }
}

static void client_certificate_decode(struct codec *c, const json_t *from,
                                      struct endpoint_side *e)
{
    const json_t *verify = codec_object(c, from, "verify");

    if (!from)
        return;
    e->client_certificate.there = 1;
    e->client_certificate.subject = codec_text(c, from, "subject");
    e->client_certificate.issuer = codec_text(c, from, "issuer");
    e->client_certificate.sha256 = codec_text(c, from, "sha256");
    e->client_certificate.verify_code = (int)codec_number(c, verify, "code", 0);
    e->client_certificate.verify_text = codec_text(c, verify, "text");
}

static void end_decode(struct codec *c, const json_t *event,
                       struct endpoint_side *e)
{
    const json_t *application = codec_object(c, event, "application");
    const json_t *close = codec_object(c, event, "close");
    const json_t *error = codec_object(c, event, "error");

    e->application_read = codec_number(c, application, "read", 0);
    e->application_written = codec_number(c, application, "written", 0);
    e->mqtt = mqtt_side_decode(c, codec_object(c, application, "mqtt"));
    e->closed_by =
        (enum party)codec_choice(c, close, "by", record_closers, 3, 0);
    e->closed_how = (enum closed_how)codec_choice(c, close, "how", record_hows,
                                                  4, CLOSED_SILENCE);
    e->error_code = (int)codec_number(c, error, "code", 0);
    e->error_text = codec_text(c, error, "text");
    e->limit = codec_text(c, event, "limit");
    e->closed_on = codec_text(c, event, "closed_on");
    e->unserved = codec_text(c, event, "unserved");
    e->harness_short = codec_flag(c, event, "harness_short", 0);
    e->ms = codec_real(c, event, "ms");
}

static struct endpoint_side *endpoint_decode(struct codec *c,
                                             const json_t *event)
{
    struct endpoint_side *e = codec_alloc(c, 1, sizeof *e);
    const json_t *chose = codec_object(c, event, "chose");

    if (!e)
        return NULL;
    e->engine = codec_text(c, event, "engine");
    negotiated_decode(c, chose, &e->chose);
    e->chain = codec_text(c, chose, "chain");
    e->resumed = codec_flag(c, chose, "resumed", 0);
    e->certificates = (unsigned)codec_number(c, event, "certificates", 0);
    e->certificate_bytes =
        (size_t)codec_number(c, event, "certificate_bytes", 0);
    e->staple_bytes = (size_t)codec_number(c, event, "staple_bytes", 0);
    alerts_decode(c, event, "alerts_sent", e->sent, &e->sent_count);
    alerts_decode(c, event, "alerts_received", e->received, &e->received_count);
    e->handshake = (enum handshake)codec_choice(c, event, "handshake",
                                                record_handshakes, 3, 0);
    client_certificate_decode(c, codec_object(c, event, "client_certificate"),
                              e);
    end_decode(c, event, e);
    return e;
}

struct endpoint_side *endpoint_side_decode(const json_t *event,
                                           struct hellos *h)
{
    struct codec c = {"event of the endpoint", 0};
    struct endpoint_side *e = endpoint_decode(&c, event);
    const json_t *hello = codec_object(&c, event, "hello");

    if (!c.failed && hello)
        e->hello = hellos_intern(h, &c, hello);
    if (!c.failed)
        return e;
    endpoint_side_release(e);
    return NULL;
}

static json_t *why_encode(struct codec *c, const struct record *r)
{
    const struct shim_side *s = r->shim;
    json_t *why = json_object();

    if (s->reason != r->reason)
        codec_put_text(c, why, "reason", reason_name(s->reason));
    codec_brief_number(c, why, "alert_sent", s->alert_sent, ALERT_NONE);
    codec_brief_number(c, why, "alert_received", s->alert_received, ALERT_NONE);
    codec_brief_text(c, why, "feature", s->feature);
    return why;
}

static json_t *got_encode(struct codec *c, const struct shim_side *s)
{
    json_t *got = json_object();

    negotiated_encode(c, &s->got, got);
    codec_brief_number(c, got, "security_level", s->security_level, -1);
    if (s->resumed >= 0)
        codec_put_flag(c, got, "resumed", s->resumed);
    codec_brief_number(c, got, "certificates", s->certificates, 0);
    codec_brief_number(c, got, "anchors_loaded", s->anchors_loaded, 0);
    codec_brief_number(c, got, "anchors_refused", s->anchors_refused, 0);
    return got;
}

static json_t *measured_encode(struct codec *c, const struct shim_side *s)
{
    json_t *m = json_object();

    codec_brief_number(c, m, "peak_heap", s->peak_heap, -1);
    codec_brief_number(c, m, "allocations_refused",
                       (long long)s->allocations_refused, 0);
    if (s->harness_short)
        codec_put_flag(c, m, "harness_short", 1);
    codec_brief_number(c, m, "wall_us", s->wall_us, 0);
    codec_brief_number(c, m, "cpu_us", s->cpu_us, 0);
    codec_brief_number(c, m, "bytes_in", s->bytes_in, 0);
    codec_brief_number(c, m, "bytes_out", s->bytes_out, 0);
    return m;
}

/* Stage, native code and emulation stand at the top of the line only; outcome,
 * reason and who refused are here where what was judged is another. */
static json_t *shim_encode(struct codec *c, const struct record *r)
{
    const struct shim_side *s = r->shim;
    json_t *shim;

    if (!s)
        return json_null();
    shim = json_object();
    if (s->outcome != r->outcome)
        codec_put_text(c, shim, "outcome", outcome_name(s->outcome));
    if (s->refused_by != r->refused_by)
        codec_put_text(c, shim, "refused_by", parties[s->refused_by]);
    codec_put(c, shim, "why", why_encode(c, r));
    codec_put(c, shim, "got", got_encode(c, s));
    codec_put(c, shim, "measured", measured_encode(c, s));
    codec_brief_number(c, shim, "local_port", s->local_port, 0);
    codec_brief_text(c, shim, "output", s->output);
    return shim;
}

static void alerts_encode(struct codec *c, json_t *to, const char *key,
                          const struct alert *list, size_t count)
{
    json_t *alerts;

    if (count == 0)
        return;
    alerts = json_array();
    for (size_t i = 0; i < count; i++) {
        json_t *a = json_object();
        char room[ALERT_LEVEL_TEXT];

        if (list[i].level != ALERT_FATAL)
            codec_put_text(c, a, "level",
                           alert_level_text(list[i].level, room));
        codec_put_number(c, a, "code", list[i].code);
        codec_add(c, alerts, a);
    }
    codec_put(c, to, key, alerts);
}

static json_t *client_certificate_encode(struct codec *c,
                                         const struct endpoint_side *e)
{
    json_t *to = json_object(), *verify = json_object();

    codec_brief_text(c, to, "subject", e->client_certificate.subject);
    codec_brief_text(c, to, "issuer", e->client_certificate.issuer);
    codec_brief_text(c, to, "sha256", e->client_certificate.sha256);
    codec_put_number(c, verify, "code", e->client_certificate.verify_code);
    codec_brief_text(c, verify, "text", e->client_certificate.verify_text);
    codec_put(c, to, "verify", verify);
    return to;
}

static void end_encode(struct codec *c, const struct endpoint_side *e,
                       json_t *to)
{
    json_t *application = json_object(), *close = json_object();
    json_t *error = json_object();

    codec_brief_number(c, application, "read", e->application_read, 0);
    codec_brief_number(c, application, "written", e->application_written, 0);
    if (e->mqtt)
        codec_put(c, application, "mqtt", mqtt_side_encode(c, e->mqtt));
    codec_put(c, to, "application", application);
    codec_brief_text(c, close, "by", record_closers[e->closed_by]);
    codec_put_text(c, close, "how", record_hows[e->closed_how]);
    codec_put(c, to, "close", close);
    codec_brief_number(c, error, "code", e->error_code, 0);
    codec_brief_text(c, error, "text", e->error_text);
    if (json_object_size(error) > 0)
        codec_put(c, to, "error", json_incref(error));
    json_decref(error);
    codec_brief_text(c, to, "limit", e->limit);
    codec_brief_text(c, to, "closed_on", e->closed_on);
    codec_brief_text(c, to, "unserved", e->unserved);
    if (e->harness_short)
        codec_put_flag(c, to, "harness_short", 1);
    codec_put(c, to, "ms", json_real(e->ms));
}

static json_t *endpoint_encode(struct codec *c, const struct endpoint_side *e)
{
    json_t *to, *chose;

    if (!e)
        return json_null();
    to = json_object();
    chose = json_object();
    codec_brief_text(c, to, "engine", e->engine);
    codec_brief_text(c, to, "hello", e->hello ? e->hello->id : NULL);
    negotiated_encode(c, &e->chose, chose);
    codec_brief_text(c, chose, "chain", e->chain);
    if (e->resumed)
        codec_put_flag(c, chose, "resumed", 1);
    codec_put(c, to, "chose", chose);
    codec_brief_number(c, to, "certificates", e->certificates, 0);
    codec_brief_number(c, to, "staple_bytes", (long long)e->staple_bytes, 0);
    alerts_encode(c, to, "alerts_sent", e->sent, e->sent_count);
    alerts_encode(c, to, "alerts_received", e->received, e->received_count);
    codec_put_text(c, to, "handshake", record_handshakes[e->handshake]);
    if (e->client_certificate.there)
        codec_put(c, to, "client_certificate", client_certificate_encode(c, e));
    end_encode(c, e, to);
    return to;
}

static json_t *native_encode(struct codec *c, const struct shim_side *s)
{
    json_t *native = json_object();

    codec_put_number(c, native, "code", s->native_code);
    codec_put_number(c, native, "flags", (long long)s->native_flags);
    codec_put_text(c, native, "text", s->native_text);
    return native;
}

static void put_alert(struct codec *c, json_t *line, const char *key, int code)
{
    codec_put(c, line, key,
              code == ALERT_NONE ? json_null() : json_integer(code));
}

static void head_encode(struct codec *c, const struct record *r, json_t *line)
{
    codec_put_text(c, line, "cell", r->cell);
    codec_put_text(c, line, "scenario", r->scenario);
    codec_put_text(c, line, "state", r->state);
    codec_put_text(c, line, "device", r->device);
    codec_put_text(c, line, "stack", r->stack);
    codec_put_text(c, line, "outcome", outcome_name(r->outcome));
    codec_put_text(c, line, "reason", reason_name(r->reason));
    codec_put_text(c, line, "refused_by", parties[r->refused_by]);
    codec_put_text(c, line, "stage",
                   r->shim ? stage_name(r->shim->stage) : NULL);
    put_alert(c, line, "alert_sent", record_alert_sent(r));
    put_alert(c, line, "alert_received", record_alert_received(r));
    codec_put(c, line, "native",
              r->shim ? native_encode(c, r->shim) : json_null());
    codec_put_text(c, line, "version", record_version(r));
    codec_put_text(c, line, "suite", record_suite(r));
}

json_t *record_encode(const struct record *r)
{
    struct codec c = {r->cell, 0};
    json_t *line = json_object();
    const struct shim_side *s = r->shim;

    head_encode(&c, r, line);
    codec_put(&c, line, "certificate_bytes",
              r->endpoint
                  ? json_integer((json_int_t)r->endpoint->certificate_bytes)
                  : json_null());
    codec_put(&c, line, "peak_heap",
              s && s->peak_heap >= 0 ? json_integer(s->peak_heap)
                                     : json_null());
    codec_put_text(&c, line, "anchored_by", r->anchored_by);
    codec_put(&c, line, "emulated",
              s ? codec_strings(&c, s->emulated, s->emulated_count)
                : json_array());
    codec_put_text(&c, line, "note", r->note);
    if (r->wire_differs)
        codec_put_flag(&c, line, "wire_differs", 1);
    codec_put(&c, line, "shim", shim_encode(&c, r));
    codec_put(&c, line, "endpoint", endpoint_encode(&c, r->endpoint));
    return codec_finish(&c, line);
}

/* The result line has a shim's native code and emulation at its top. */
static void shim_complete(struct codec *c, const json_t *line,
                          struct shim_side *s)
{
    if (!s->native_text)
        native_decode(c, codec_object(c, line, "native"), s);
    if (!s->emulated)
        s->emulated = codec_texts(c, line, "emulated", &s->emulated_count);
}

static void sides_decode(struct codec *c, const json_t *line, struct hellos *h,
                         struct record *r)
{
    const json_t *shim = codec_object(c, line, "shim");
    const json_t *endpoint = codec_object(c, line, "endpoint");
    const char *id = json_string_value(json_object_get(endpoint, "hello"));
    struct hello *hello;

    if (shim && (r->shim = shim_decode(c, shim, line)) != NULL)
        shim_complete(c, line, r->shim);
    if (!endpoint || !(r->endpoint = endpoint_decode(c, endpoint)))
        return;
    if (r->endpoint->certificate_bytes == 0)
        r->endpoint->certificate_bytes =
            (size_t)codec_number(c, line, "certificate_bytes", 0);
    if (!id)
        return;
    hello = hellos_find(h, id);
    if (hello)
        r->endpoint->hello = hello_hold(hello);
    else
        codec_fault(c, "endpoint.hello", "is not in hellos.jsonl");
}

struct record *record_decode(const json_t *line, struct hellos *h)
{
    const char *cell = json_string_value(json_object_get(line, "cell"));
    struct codec c = {cell ? cell : "a record", 0};
    struct record *r = codec_alloc(&c, 1, sizeof *r);

    if (!r)
        return NULL;
    r->cell = codec_need_text(&c, line, "cell");
    r->scenario = codec_need_text(&c, line, "scenario");
    r->state = codec_need_text(&c, line, "state");
    r->device = codec_need_text(&c, line, "device");
    r->stack = codec_need_text(&c, line, "stack");
    r->outcome = outcome_decode(&c, line);
    r->reason = reason_decode(&c, line);
    r->refused_by =
        (enum party)codec_choice(&c, line, "refused_by", parties, 3, 0);
    r->note = codec_text(&c, line, "note");
    r->anchored_by = codec_text(&c, line, "anchored_by");
    r->wire_differs = codec_flag(&c, line, "wire_differs", 0);
    sides_decode(&c, line, h, r);
    if (!c.failed)
        return r;
    record_free(r);
    return NULL;
}

struct record *record_new(const char *cell, const char *stack)
{
    struct record *r = calloc(1, sizeof *r);
    const char *state = strchr(cell, '/');
    const char *device = state ? strchr(state + 1, '/') : NULL;

    if (!r || !device)
        goto fail;
    r->outcome = OUTCOME_ERROR;
    r->cell = strdup(cell);
    r->scenario = strndup(cell, (size_t)(state - cell));
    r->state = strndup(state + 1, (size_t)(device - state - 1));
    r->device = strndup(device + 1, strcspn(device + 1, "#"));
    r->stack = strdup(stack);
    if (r->cell && r->scenario && r->state && r->device && r->stack)
        return r;
fail:
    diag("%s: out of memory", cell);
    record_free(r);
    return NULL;
}
