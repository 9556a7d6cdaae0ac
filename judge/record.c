/* Joins the two sides into one outcome. Where they disagree, or one of them is
 * missing, the outcome is an error: never a refusal, never a success. */
#include "judge/record.h"

#include <string.h>

#include "model/reason.h"

struct sides { /* borrowed parts of a record */
    const json_t *client, *why, *got, *server;
};

static const char *text(const json_t *object, const char *key)
{
    const char *value = json_string_value(json_object_get(object, key));

    return value ? value : "";
}

static json_int_t number(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

static void set_text(json_t *record, const char *key, const char *value)
{
    json_object_set_new(record, key, value ? json_string(value) : json_null());
}

static void set_error(json_t *record, const char *reason, const char *note)
{
    set_text(record, "outcome", "error");
    set_text(record, "reason", reason);
    json_object_set_new(record, "refused_by", json_null());
    set_text(record, "note", note);
}

json_t *record_document(const struct lab_plan *p, const struct plan_cell *cell,
                        json_t *client, json_t *server, const char *reason,
                        const char *note)
{
    const struct scenario *s =
        p->scenarios ? p->scenarios[cell->scenario] : NULL;
    const char *chain = text(json_object_get(server, "chose"), "chain");
    const char *anchor =
        !strcmp(chain, "ecdsa") || (!*chain && !cell->anchored_rsa)
            ? cell->anchored_ecdsa
            : cell->anchored_rsa;
    const char *device = strrchr(cell->id, '/') + 1;
    json_t *record = json_pack(
        "{s:s,s:s,s:s,s:s,s:s,s:s,s:s?,s:n,s:n,s:n,s:n,s:n,s:n,s:n,s:n,s:n,"
        "s:s?,s:[],s:s?,s:O?,s:O?}",
        "cell", cell->id, "scenario", s ? s->id : "", "state",
        s ? s->states[cell->state].name : "", "device", device, "stack",
        cell->stack, "outcome", "error", "reason", reason, "refused_by",
        "stage", "alert_sent", "alert_received", "native", "version", "suite",
        "certificate_bytes", "peak_heap", "anchored_by", anchor, "emulated",
        "note", note, "client", client, "server", server);

    return record;
}

json_t *record_unbuilt(const struct lab_plan *p, const struct plan_cell *cell)
{
    json_t *record = record_document(p, cell, NULL, NULL,
                                     reason_name(REASON_NONE), "not built");

    if (record)
        set_text(record, "outcome", "not-built");
    return record;
}

/* The last fatal alert of a list, or null. The close_notify at the end of
 * every connection (RFC 8446 section 6.1) tells nothing. */
static json_t *alert_of(const json_t *server, const char *list)
{
    const json_t *alerts = json_object_get(server, list);

    for (size_t i = json_array_size(alerts); i > 0; i--) {
        const json_t *alert = json_array_get(alerts, i - 1);

        if (number(alert, "code") != 0)
            return json_integer(number(alert, "code"));
    }
    return json_null();
}

static void set_facts(json_t *record, const struct sides *s)
{
    const json_t *measured = json_object_get(s->client, "measured");
    const json_t *chose = json_object_get(s->server, "chose");
    const json_t *version = json_object_get(s->got, "version");
    const json_t *suite = json_object_get(s->got, "suite");

    if (!json_is_string(version))
        version = json_object_get(chose, "version");
    if (!json_is_string(suite))
        suite = json_object_get(chose, "suite");
    json_object_set(record, "native", json_object_get(s->why, "native"));
    json_object_set(record, "stage", json_object_get(s->why, "stage"));
    json_object_set_new(record, "version", json_deep_copy(version));
    json_object_set_new(record, "suite", json_deep_copy(suite));
    json_object_set(record, "peak_heap",
                    json_object_get(measured, "peak_heap"));
    json_object_set(record, "emulated", json_object_get(s->client, "emulated"));
    if (!s->server) {
        json_object_set(record, "alert_sent",
                        json_object_get(s->why, "alert_sent"));
        json_object_set(record, "alert_received",
                        json_object_get(s->why, "alert_received"));
        return;
    }
    json_object_set(record, "certificate_bytes",
                    json_object_get(s->server, "certificate_bytes"));
    json_object_set_new(record, "alert_sent",
                        alert_of(s->server, "alerts_received"));
    json_object_set_new(record, "alert_received",
                        alert_of(s->server, "alerts_sent"));
}

static int handshake_done(const json_t *server)
{
    return !strcmp(text(server, "handshake"), "done");
}

static json_int_t bytes_read(const json_t *server)
{
    return number(json_object_get(server, "application"), "read");
}

static int closed_by_peer(const json_t *server)
{
    return !strcmp(text(json_object_get(server, "close"), "by"), "peer");
}

/* What is wrong with "connected", or NULL. */
static const char *doubt_connected(const struct sides *s)
{
    const json_t *application = json_object_get(s->server, "application");

    if (!s->server)
        return "the shim connected and the endpoint saw no such connection";
    if (!handshake_done(s->server))
        return "the shim connected and the endpoint saw no Finished";
    if (number(application, "read") < 1 || number(application, "written") < 1)
        return "the shim connected and the endpoint moved no application byte";
    return NULL;
}

/* A device refuses before it begins to connect only over its own setup. */
static int refused_before_connecting(const struct sides *s)
{
    const char *stage = text(s->why, "stage");

    return !strcmp(stage, "setup") || !strcmp(stage, "trust-store");
}

static const char *doubt_client_refused(const struct sides *s)
{
    if (!s->server && refused_before_connecting(s))
        return NULL;
    if (!s->server)
        return "the shim refused and the endpoint saw no such connection";
    if (bytes_read(s->server) > 0)
        return "the shim refused and the endpoint got an application byte";
    if (!closed_by_peer(s->server) &&
        json_array_size(json_object_get(s->server, "alerts_received")) == 0)
        return "the shim refused and the endpoint saw neither an alert nor a "
               "close";
    return NULL;
}

/* Without the extension supported_groups a server may choose the group (RFC
 * 8422 section 4), and those of clouds do; OpenSSL does no ECDHE then. What it
 * refuses for that says nothing about the device. */
static int refused_for_no_groups(const json_t *server)
{
    enum { SUPPORTED_GROUPS = 10, HANDSHAKE_FAILURE = 40 };
    const json_t *hello = json_object_get(server, "hello");
    const json_t *extensions = json_object_get(hello, "extensions");
    const json_t *suites = json_object_get(hello, "suites");
    const json_t *alert =
        json_array_get(json_object_get(server, "alerts_sent"), 0);

    if (!json_is_array(extensions) ||
        number(alert, "code") != HANDSHAKE_FAILURE)
        return 0;
    for (size_t i = 0; i < json_array_size(extensions); i++)
        if (json_integer_value(json_array_get(extensions, i)) ==
            SUPPORTED_GROUPS)
            return 0;
    for (size_t i = 0; i < json_array_size(suites); i++) {
        const char *suite = json_string_value(json_array_get(suites, i));

        if (suite && strstr(suite, "_ECDHE_"))
            return 1;
    }
    return 0;
}

static const char *doubt_server_refused(const struct sides *s)
{
    if (!s->server)
        return "the shim was refused by an endpoint that saw no connection";
    if (bytes_read(s->server) > 0 && handshake_done(s->server))
        return "the shim was refused and the endpoint served it";
    if (closed_by_peer(s->server) &&
        json_array_size(json_object_get(s->server, "alerts_sent")) == 0)
        return "the shim was refused by an endpoint that refused nothing";
    if (refused_for_no_groups(s->server))
        return "the client names no groups (supported_groups), and this "
               "endpoint does no ECDHE then; other servers do. Build the "
               "library "
               "with that extension";
    return NULL;
}

struct refinement {
    json_t *record;
    const struct sides *sides;
    const json_t *limits, *device;
};

/* Each rule: the better reason, or REASON_NONE. */
static enum reason refine_version(const struct refinement *r)
{
    int by_server = !strcmp(text(r->record, "refused_by"), "server");

    if (by_server && number(r->record, "alert_received") == 70)
        return REASON_VERSION_UNSUPPORTED;
    return REASON_NONE;
}

/* handshake_failure: "unable to negotiate an acceptable set of security
 * parameters" (RFC 8446 section 6.2). */
static enum reason refine_suite(const struct refinement *r)
{
    int by_server = !strcmp(text(r->record, "refused_by"), "server");

    if (by_server && number(r->record, "alert_received") == 40)
        return REASON_SUITE_MISMATCH;
    return REASON_NONE;
}

/* Bytes of the largest Certificate message: the device's own limit, else that
 * of its stack build; 0: unknown. */
static json_int_t limit_of(const struct refinement *r)
{
    json_int_t own =
        number(json_object_get(r->device, "limits"), "max_certificate");
    json_int_t stack = number(r->limits, "max_certificate");

    if (own)
        return own;
    return stack ? stack : number(r->limits, "in_content");
}

static int is_size_reason(const json_t *record)
{
    static const enum reason lumped[] = {REASON_CERTIFICATE_TOO_LARGE,
                                         REASON_FRAGMENTATION_UNSUPPORTED,
                                         REASON_CHAIN_TOO_LONG};

    for (size_t i = 0; i < sizeof lumped / sizeof lumped[0]; i++)
        if (!strcmp(text(record, "reason"), reason_name(lumped[i])))
            return 1;
    return 0;
}

static enum reason refine_too_large(const struct refinement *r)
{
    json_int_t limit = limit_of(r);

    if (is_size_reason(r->record) && limit > 0 &&
        number(r->record, "certificate_bytes") > limit)
        return REASON_CERTIFICATE_TOO_LARGE;
    return REASON_NONE;
}

/* A message within the device's limit that it still calls too large, from a
 * library that does not join records, was split over records. */
static enum reason refine_fragmentation(const struct refinement *r)
{
    json_int_t bytes = number(r->record, "certificate_bytes");

    if (is_size_reason(r->record) && bytes > 0 && bytes <= limit_of(r) &&
        json_is_false(json_object_get(r->limits, "reassembly")) &&
        strcmp(text(r->record, "reason"), reason_name(REASON_CHAIN_TOO_LONG)) !=
            0)
        return REASON_FRAGMENTATION_UNSUPPORTED;
    return REASON_NONE;
}

/* A library that keeps only so many of the certificates that come misses the
 * issuer of the rest, and says no more than that. */
static enum reason refine_too_long(const struct refinement *r)
{
    json_int_t most = number(r->limits, "certificates");

    if (!strcmp(text(r->record, "reason"), reason_name(REASON_UNKNOWN_CA)) &&
        most > 0 && number(r->sides->server, "certificates") > most)
        return REASON_CHAIN_TOO_LONG;
    return REASON_NONE;
}

static enum reason (*const refinements[])(const struct refinement *) = {
    refine_version, refine_suite, refine_too_large, refine_fragmentation,
    refine_too_long};

static void refine(const struct refinement *r)
{
    for (size_t i = 0; i < sizeof refinements / sizeof refinements[0]; i++) {
        enum reason better = refinements[i](r);

        if (better == REASON_NONE)
            continue;
        set_text(r->record, "reason", reason_name(better));
        return;
    }
}

static void judge_connected(json_t *record, const struct sides *s)
{
    const char *doubt = doubt_connected(s);

    if (doubt) {
        set_error(record, reason_name(REASON_NONE), doubt);
        return;
    }
    set_text(record, "outcome", "connected");
    set_text(record, "reason", reason_name(REASON_NONE));
}

static int is_no_refusal(const char *reason)
{
    static const enum reason harness[] = {REASON_NONE, REASON_TIMEOUT,
                                          REASON_CRASH, REASON_UNMAPPED};
    enum reason known;

    if (reason_parse(reason, &known) != 0)
        return 1;
    for (size_t i = 0; i < sizeof harness / sizeof harness[0]; i++)
        if (known == harness[i])
            return 1;
    return 0;
}

static void judge_refused(json_t *record, const struct sides *s,
                          const json_t *limits, const json_t *device)
{
    const char *by = text(s->client, "refused_by");
    const char *reason = text(s->why, "reason");
    int by_server = !strcmp(by, "server");
    const char *doubt =
        by_server ? doubt_server_refused(s) : doubt_client_refused(s);
    struct refinement r = {record, s, limits, device};

    if (is_no_refusal(reason)) {
        set_error(record, *reason ? reason : reason_name(REASON_UNMAPPED),
                  "a refusal without a reason is no verdict");
        return;
    }
    if (doubt) {
        set_error(record, reason_name(REASON_NONE), doubt);
        return;
    }
    set_text(record, "outcome", "refused");
    set_text(record, "reason", reason);
    set_text(record, "refused_by", by_server ? "server" : "client");
    refine(&r);
}

static void judge_unsupported(json_t *record, const struct sides *s)
{
    const char *feature = text(s->why, "feature");

    set_text(record, "outcome", "unsupported");
    set_text(record, "reason", reason_name(REASON_NONE));
    json_object_set_new(record, "note",
                        json_sprintf("the stack build lacks %s",
                                     *feature ? feature : "a feature"));
}

static void judge_error(json_t *record, const struct sides *s)
{
    const char *reason = text(s->why, "reason");
    const char *said = text(json_object_get(s->why, "native"), "text");

    set_error(record, *reason ? reason : reason_name(REASON_NONE),
              *said ? said : "the shim reported an error");
}

void record_judge(json_t *record, const json_t *limits, const json_t *device)
{
    const json_t *client = json_object_get(record, "client");
    const json_t *server = json_object_get(record, "server");
    struct sides s = {client, json_object_get(client, "why"),
                      json_object_get(client, "got"),
                      json_is_object(server) ? server : NULL};
    const char *outcome = text(client, "outcome");

    if (!json_is_object(client))
        return;
    json_object_set_new(record, "note", json_null());
    json_object_set_new(record, "refused_by", json_null());
    set_facts(record, &s);
    if (!strcmp(outcome, "connected"))
        judge_connected(record, &s);
    else if (!strcmp(outcome, "refused"))
        judge_refused(record, &s, limits, device);
    else if (!strcmp(outcome, "unsupported"))
        judge_unsupported(record, &s);
    else
        judge_error(record, &s);
}
