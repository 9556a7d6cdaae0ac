/* The answer to a job as JSON. Every field of docs/record.md is always there.
 */
#include "clients/shim_record.h"

#include <stdio.h>

#include "clients/shim_feature.h"
#include "clients/shim_map.h"
#include "base/tls_names.h"

static const char *const outcomes[] = {"connected", "refused", "unsupported",
                                       "error", "made"};
static const char *const stages[] = {"setup",  "trust-store", "connect",
                                     "hello",  "certificate", "finished",
                                     "policy", "application"};

/* A name of a registry; the number where it has none; null for 0. */
static json_t *code_json(uint16_t code, const char *name)
{
    if (!code)
        return json_null();
    return name ? json_string(name) : json_sprintf("0x%04x", code);
}

static json_t *version_json(uint16_t code)
{
    return code_json(code, tls_version_name(code));
}

static json_t *suite_json(uint16_t code)
{
    const struct tls_suite *s = code ? tls_suite_by_code(code) : NULL;

    return code_json(code, s ? s->iana : NULL);
}

static json_t *group_json(uint16_t code)
{
    const struct tls_name *n = code ? tls_group_by_code(code) : NULL;

    return code_json(code, n ? n->iana : NULL);
}

static json_t *sigalg_json(uint16_t code)
{
    const struct tls_name *n = code ? tls_sigalg_by_code(code) : NULL;

    return code_json(code, n ? n->iana : NULL);
}

/* Null for a number below least. */
static json_t *number_json(json_int_t n, json_int_t least)
{
    return n < least ? json_null() : json_integer(n);
}

static json_t *text_json(const char *text)
{
    json_t *t = *text ? json_string(text) : json_null();

    /* A library's text need not be UTF-8. */
    return t ? t : json_string("(not UTF-8)");
}

static json_t *why_json(const struct shim_answer *a)
{
    const struct shim_why *w = &a->why;

    return json_pack(
        "{s:s,s:s,s:o,s:o,s:{s:I,s:I,s:o},s:o}", "stage", stages[w->stage],
        "reason", reason_name(w->reason), "alert_sent",
        number_json(w->alert_sent, 0), "alert_received",
        number_json(w->alert_received, 0), "native", "code",
        (json_int_t)w->native_code, "flags", (json_int_t)w->native_flags,
        "text", text_json(w->native_text), "feature", text_json(a->feature));
}

static json_t *got_json(const struct shim_answer *a)
{
    const struct shim_got *g = &a->got;

    return json_pack(
        "{s:o,s:o,s:o,s:o,s:o,s:o,s:I,s:I,s:o,s:o}", "version",
        version_json(g->version), "suite", suite_json(g->suite), "group",
        group_json(g->group), "signature_algorithm",
        sigalg_json(g->signature_algorithm), "alpn", text_json(g->alpn),
        "certificates", number_json((json_int_t)a->certificates, 1),
        "anchors_loaded", (json_int_t)g->anchors_loaded, "anchors_refused",
        (json_int_t)g->anchors_refused, "security_level",
        number_json(g->security_level, 0), "resumed",
        a->is_second ? json_boolean(g->resumed) : json_null());
}

static json_t *measured_json(const struct shim_answer *a)
{
    return json_pack(
        "{s:I,s:I,s:I,s:I,s:I,s:I,s:b}", "peak_heap", (json_int_t)a->peak_heap,
        "allocations_refused", (json_int_t)a->allocations_refused, "wall_us",
        (json_int_t)a->wall_us, "cpu_us", (json_int_t)a->cpu_us, "bytes_in",
        (json_int_t)a->received.bytes, "bytes_out", (json_int_t)a->sent.bytes,
        "harness_short", a->harness_short);
}

static json_t *wire_json(const struct shim_wire *w)
{
    char marks[SHIM_WIRE_TEXT];

    shim_wire_text(w, marks);
    return json_pack("{s:I,s:s}", "bytes", (json_int_t)w->bytes, "marks",
                     marks);
}

static json_t *emulated_json(unsigned emulated)
{
    json_t *list = json_array();

    if (emulated & SHIM_EMULATED_DISTRUST)
        json_array_append_new(list, json_string("distrust"));
    if (emulated & SHIM_EMULATED_PATH)
        json_array_append_new(list, json_string("path"));
    return list;
}

static json_t *refused_by_json(const struct shim_answer *a)
{
    if (a->outcome != SHIM_REFUSED)
        return json_null();
    return json_string(a->why.by_server ? "server" : "client");
}

void shim_record_clear(struct shim_answer *a)
{
    *a = (struct shim_answer){.got.security_level = -1};
    shim_map_clear(&a->why, STAGE_SETUP);
    shim_wire_init(&a->received);
    shim_wire_init(&a->sent);
}

json_t *shim_record_answer(const char *id, const struct shim_answer *a)
{
    json_t *out = json_pack(
        "{s:s?,s:s,s:o,s:o,s:o,s:o,s:{s:o,s:o},s:o,s:o}", "id", id, "outcome",
        outcomes[a->outcome], "refused_by", refused_by_json(a), "why",
        why_json(a), "got", got_json(a), "measured", measured_json(a), "wire",
        "received", wire_json(&a->received), "sent", wire_json(&a->sent),
        "local_port", number_json(a->local_port, 1), "emulated",
        emulated_json(a->emulated));

    if (out && a->output)
        json_object_set_new(out, "output", text_json(a->output));
    if (out && a->made)
        json_object_set_new(out, "made",
                            json_pack("{s:s,s:s}", "key", a->made->key,
                                      "request", a->made->request));
    if (out && a->topic)
        json_object_set_new(out, "message",
                            json_pack("{s:o,s:o}", "topic", text_json(a->topic),
                                      "payload", text_json(a->message)));
    return out;
}

static json_t *features_json(unsigned features)
{
    json_t *list = json_array();

    for (unsigned i = 0; i < SHIM_FEATURE_COUNT; i++)
        if (features & 1u << i)
            json_array_append_new(list, json_string(shim_feature_name(i)));
    return list;
}

json_t *shim_record_describe(const char *stack, const struct shim_ops *ops)
{
    json_t *out =
        json_pack("{s:s,s:s,s:s,s:{},s:o,s:{},s:o,s:i}", "stack", stack,
                  "family", ops->family, "version", "unknown", "configuration",
                  "features", features_json(shim_feature_has(ops)), "limits",
                  "emulates", emulated_json(ops->emulates), "protocol", 1);

    if (out)
        ops->describe(out);
    return out;
}

json_t *shim_record_codes(const struct shim_ops *ops)
{
    json_t *out = json_object();

    for (const struct shim_map_table *t = ops->tables; t->name; t++) {
        json_t *codes = json_object();
        char number[24];

        for (size_t i = 0; i < t->count; i++) {
            snprintf(number, sizeof number, "%ld", t->rows[i].code);
            json_object_set_new(codes, number,
                                json_string(reason_name(t->rows[i].reason)));
        }
        json_object_set_new(out, t->name, codes);
    }
    return out;
}
