/* Reads a scenario file: its head and its expectations; the states are
 * scenario_state.c's. */
#include "core/scenario.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/convert.h"
#include "core/file.h"
#include "core/scenario_state.h"

static const char *const verdicts[VERDICT_COUNT] = {
    "survives", "breaks",   "already-broken", "recovers",
    "refuses",  "insecure", "unsupported",    "error",
};

const char *verdict_name(enum verdict v)
{
    return verdicts[v];
}

int verdict_parse(const char *name, enum verdict *out)
{
    int v = convert_index(verdicts, VERDICT_COUNT, name);

    if (v < 0)
        return -1;
    *out = (enum verdict)v;
    return 0;
}

struct expect_text {
    char **devices, *device, *verdict, *reason, *because, *reference;
    unsigned devices_count;
};

struct scenario_text {
    char *scenario, *title, *story, *source, *kind;
    char **concerns;
    unsigned concerns_count, states_count, expect_count;
    struct state_text *states;
    struct expect_text *expect;
};

/* `device:` of a rule is one glob or a list of them; one way per file. */
#define EXPECT_FIELDS                                                          \
    YAML_TEXT(expect_text, verdict), YAML_TEXT(expect_text, reason),           \
        YAML_TEXT(expect_text, because), YAML_TEXT(expect_text, reference),    \
        CYAML_FIELD_END
static const cyaml_schema_field_t expect_list_fields[] = {
    CYAML_FIELD_SEQUENCE_COUNT("device", CYAML_FLAG_POINTER, struct expect_text,
                               devices, devices_count, &convert_text_schema, 1,
                               256),
    EXPECT_FIELDS};
static const cyaml_schema_field_t expect_one_fields[] = {
    CYAML_FIELD_STRING_PTR("device", CYAML_FLAG_POINTER, struct expect_text,
                           device, 1, CYAML_UNLIMITED),
    EXPECT_FIELDS};
static const cyaml_schema_value_t expect_list = {CYAML_VALUE_MAPPING(
    CYAML_FLAG_DEFAULT, struct expect_text, expect_list_fields)};
static const cyaml_schema_value_t expect_one = {CYAML_VALUE_MAPPING(
    CYAML_FLAG_DEFAULT, struct expect_text, expect_one_fields)};

#define SCENARIO_FIELDS(expectation)                                           \
    CYAML_FIELD_STRING_PTR("scenario", CYAML_FLAG_POINTER,                     \
                           struct scenario_text, scenario, 1, 100),            \
        YAML_TEXT(scenario_text, title), YAML_TEXT(scenario_text, story),      \
        YAML_TEXT(scenario_text, source), YAML_TEXT(scenario_text, kind),      \
        YAML_TEXTS(scenario_text, concerns),                                   \
        CYAML_FIELD_SEQUENCE("states", CYAML_FLAG_POINTER,                     \
                             struct scenario_text, states, &state_schema, 1,   \
                             64),                                              \
        CYAML_FIELD_SEQUENCE("expect", YAML_OPTIONAL, struct scenario_text,    \
                             expect, &(expectation), 0, 1024),                 \
        CYAML_FIELD_END
static const cyaml_schema_field_t list_fields[] = {
    SCENARIO_FIELDS(expect_list)};
static const cyaml_schema_field_t one_fields[] = {SCENARIO_FIELDS(expect_one)};
static const cyaml_schema_value_t list_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct scenario_text, list_fields)};
static const cyaml_schema_value_t one_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct scenario_text, one_fields)};

/* Does any rule name its devices in a list? */
static const cyaml_schema_value_t *choose_schema(const uint8_t *data,
                                                 size_t size)
{
    static const char key[] = "device:";
    const uint8_t *at = data, *end = data + size;

    while ((at = memmem(at, (size_t)(end - at), key, sizeof key - 1))) {
        at += sizeof key - 1;
        while (at < end && *at == ' ')
            at++;
        if (at < end && (*at == '[' || *at == '\n'))
            return &list_schema;
    }
    return &one_schema;
}

/* What verdicts say about reasons: these never come without one. */
static int needs_reason(enum verdict v)
{
    return v == VERDICT_BREAKS || v == VERDICT_ALREADY_BROKEN ||
           v == VERDICT_REFUSES;
}

static int check_rule(const struct source *s, size_t n,
                      const struct expectation *e)
{
    if (needs_reason(e->verdict) == (e->reason == REASON_NONE))
        return convert_fault_at(s, "expect", n,
                                "breaks, already-broken and refuses have a "
                                "reason, other verdicts have none");
    if (e->devices_count == 1 && !strcmp(e->devices[0], "*"))
        return convert_fault_at(s, "expect", n,
                                "\"*\" says nothing: an expectation is written "
                                "per trait of the devices");
    if (!e->because)
        return convert_fault_at(s, "expect", n,
                                "because: missing; say why it comes out so");
    return 0;
}

static int convert_rule(const struct source *s, size_t n,
                        const struct expect_text *t, struct expectation *e)
{
    char *const one[] = {t->device};

    e->reason = REASON_NONE;
    if (!t->verdict || verdict_parse(t->verdict, &e->verdict))
        return convert_fault_at(s, "expect", n,
                                "verdict is survives, breaks, already-broken, "
                                "recovers, refuses, insecure or unsupported");
    if (t->reason && reason_parse(t->reason, &e->reason))
        return convert_fault_at(s, "expect", n,
                                "reason: there is no such reason; see "
                                "core/reason.def");
    if (convert_text(&e->because, t->because) ||
        convert_text(&e->reference, t->reference) ||
        convert_list(s, "expect", &e->devices, &e->devices_count,
                     t->device ? one : t->devices,
                     t->device ? 1 : t->devices_count, NULL))
        return -1;
    return check_rule(s, n, e);
}

static int convert_head(const struct source *s, const struct scenario_text *t,
                        struct scenario *out)
{
    static const char *const kinds[] = {"change", "attack"};
    int kind = convert_index(kinds, 2, t->kind ? t->kind : "change");

    if (!convert_is_id(t->scenario))
        return convert_fault(s, "scenario",
                             "an id has a-z, 0-9, '.' and '-' only");
    if (kind < 0)
        return convert_fault(s, "kind", "change or attack");
    if (t->states_count < 2)
        return convert_fault(s, "states",
                             kind == SCENARIO_ATTACK
                                 ? "give the genuine state and the attack"
                                 : "give today's state and what comes after");
    out->kind = (enum scenario_kind)kind;
    if (convert_text(&out->id, t->scenario) ||
        convert_text(&out->title, t->title ? t->title : t->scenario) ||
        convert_text(&out->story, t->story) ||
        convert_text(&out->source, t->source) ||
        convert_text(&out->file, s->name))
        return -1;
    return convert_list(s, "concerns", &out->concerns, &out->concerns_count,
                        t->concerns, t->concerns_count, NULL);
}

static int convert(const struct source *s, const struct scenario_text *t,
                   struct scenario *out)
{
    if (convert_head(s, t, out))
        return -1;
    out->states = calloc(t->states_count, sizeof *out->states);
    out->expect = calloc(t->expect_count + 1, sizeof *out->expect);
    if (!out->states || !out->expect)
        return -1;
    out->states_count = t->states_count;
    if (states_convert(s, t->states, t->states_count, out->states))
        return -1;
    out->expect_count = t->expect_count;
    for (size_t i = 0; i < t->expect_count; i++)
        if (convert_rule(s, i, &t->expect[i], &out->expect[i]))
            return -1;
    return 0;
}

struct scenario *scenario_parse(const char *name, const uint8_t *data,
                                size_t size)
{
    const struct source s = {name, data, size};
    const cyaml_schema_value_t *schema = choose_schema(data, size);
    struct scenario_text *text = NULL;
    struct scenario *out = NULL;

    if (yaml_read(name, data, size, schema, (void **)&text))
        return NULL;
    out = calloc(1, sizeof *out);
    if (out && convert(&s, text, out)) {
        scenario_free(out);
        out = NULL;
    }
    yaml_release(schema, text);
    return out;
}

struct scenario *scenario_load(const char *path)
{
    uint8_t *data = NULL;
    size_t size;
    struct scenario *s;

    if (file_read(path, 0, &data, &size))
        return NULL;
    s = scenario_parse(path, data, size);
    free(data);
    return s;
}

void scenario_free(struct scenario *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->states_count; i++)
        state_clear(&s->states[i]);
    for (size_t i = 0; i < s->expect_count; i++) {
        free(s->expect[i].because);
        free(s->expect[i].reference);
        convert_list_free(s->expect[i].devices, s->expect[i].devices_count);
    }
    convert_list_free(s->concerns, s->concerns_count);
    free(s->states);
    free(s->expect);
    free(s->id);
    free(s->title);
    free(s->story);
    free(s->source);
    free(s->file);
    free(s);
}

const struct expectation *scenario_expectation(const struct scenario *s,
                                               const char *device_id)
{
    for (size_t i = 0; i < s->expect_count; i++)
        for (size_t j = 0; j < s->expect[i].devices_count; j++)
            if (!fnmatch(s->expect[i].devices[j], device_id, 0))
                return &s->expect[i];
    return NULL;
}
