/* Reads a scenario file: its head and its expectations; the states are
 * scenario_state.c's. */
#include "model/scenario.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/convert.h"
#include "base/file.h"
#include "model/scenario_state.h"
#include "base/yaml_text.h"

enum { STATES_MAX = 1000 }; /* each has a port of its own in a run */

struct expect_text {
    char **device, **stack, *verdict, *reason, *because, *reference;
    unsigned device_count, stack_count;
};

struct scenario_text {
    char *scenario, *title, *story, *source, *kind;
    char **concerns;
    unsigned concerns_count, states_count, expect_count;
    struct state_text *states;
    struct expect_text *expect;
};

static const cyaml_schema_field_t expect_fields[] = {
    CYAML_FIELD_SEQUENCE("device", CYAML_FLAG_POINTER, struct expect_text,
                         device, &convert_text_schema, 1, 256),
    YAML_TEXTS(expect_text, stack),
    YAML_TEXT(expect_text, verdict),
    YAML_TEXT(expect_text, reason),
    YAML_TEXT(expect_text, because),
    YAML_TEXT(expect_text, reference),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t expect_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct expect_text, expect_fields)};

static const cyaml_schema_field_t fields[] = {
    CYAML_FIELD_STRING_PTR("scenario", CYAML_FLAG_POINTER, struct scenario_text,
                           scenario, 1, 100),
    YAML_TEXT(scenario_text, title),
    YAML_TEXT(scenario_text, story),
    YAML_TEXT(scenario_text, source),
    YAML_TEXT(scenario_text, kind),
    YAML_TEXTS(scenario_text, concerns),
    CYAML_FIELD_SEQUENCE("states", CYAML_FLAG_POINTER, struct scenario_text,
                         states, &state_schema, 1, CYAML_UNLIMITED),
    CYAML_FIELD_SEQUENCE("expect", YAML_OPTIONAL, struct scenario_text, expect,
                         &expect_schema, 0, 1024),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct scenario_text, fields)};

enum { REASON_WITHOUT, REASON_MAY, REASON_MUST, NOT_EXPECTED };

/* What a verdict says about its reason. An error, or a build that is not there,
 * is never what must come out. */
static const char says[VERDICT_COUNT] = {
    [VERDICT_SURVIVES] = REASON_WITHOUT,    [VERDICT_BREAKS] = REASON_MUST,
    [VERDICT_ALREADY_BROKEN] = REASON_MUST, [VERDICT_RECOVERS] = REASON_MAY,
    [VERDICT_REFUSES] = REASON_MUST,        [VERDICT_INSECURE] = REASON_WITHOUT,
    [VERDICT_UNSUPPORTED] = REASON_WITHOUT, [VERDICT_UNTESTED] = REASON_MAY,
    [VERDICT_NOT_BUILT] = NOT_EXPECTED,     [VERDICT_ERROR] = NOT_EXPECTED,
};

static int check_reason(const struct source *s, const struct expectation *e)
{
    if (says[e->verdict] == REASON_MUST && e->reason == REASON_NONE)
        return convert_fault(
            s, "reason", "missing; this verdict says why (model/reason.def)");
    if (says[e->verdict] == REASON_WITHOUT && e->reason != REASON_NONE)
        return convert_fault(s, "reason",
                             "this verdict has none; remove it, or put it in "
                             "because");
    if (e->reason != REASON_NONE && !strcmp(reason_class(e->reason), "harness"))
        return convert_fault(s, "reason",
                             "a fault of the harness is never expected");
    return 0;
}

/* Does the rule name devices by a trait, or just take all? */
static int names_a_trait(const struct expectation *e)
{
    for (size_t i = 0; i < e->devices_count; i++)
        if (strspn(e->devices[i], "*") == strlen(e->devices[i]))
            return 0;
    return 1;
}

static int convert_rule(const struct source *s, const struct expect_text *t,
                        struct expectation *e)
{
    e->reason = REASON_NONE;
    if (!t->verdict || verdict_parse(t->verdict, &e->verdict) ||
        says[e->verdict] == NOT_EXPECTED)
        return convert_fault(s, "verdict",
                             "survives, breaks, already-broken, recovers, "
                             "refuses, insecure, unsupported or untested");
    if (t->reason && reason_parse(t->reason, &e->reason))
        return convert_fault(s, "reason",
                             "there is no such reason; see model/reason.def");
    if (convert_text(&e->because, t->because) ||
        convert_text(&e->reference, t->reference) ||
        convert_list(s, "device", &e->devices, &e->devices_count, t->device,
                     t->device_count, NULL) ||
        convert_list(s, "stack", &e->stacks, &e->stacks_count, t->stack,
                     t->stack_count, NULL))
        return -1;
    if (!names_a_trait(e))
        return convert_fault(s, "device",
                             "\"*\" says nothing: an expectation is written "
                             "per trait of the devices");
    if (!e->because)
        return convert_fault(s, "because", "missing; say why it comes out so");
    return check_reason(s, e);
}

static int convert_rules(const struct source *s, const struct scenario_text *t,
                         struct scenario *out)
{
    struct source here = *s;

    for (size_t i = 0; i < t->expect_count; i++) {
        snprintf(here.inside, sizeof here.inside, "expect[%zu]", i);
        if (convert_rule(&here, &t->expect[i], &out->expect[i]))
            return -1;
    }
    return 0;
}

static int check_concerns(const struct source *s, const struct scenario_text *t)
{
    static const char *const words[] = {"trust-store", "pins", "tls",
                                        "size",        "time", "attack"};

    for (size_t i = 0; i < t->concerns_count; i++)
        if (convert_index(words, 6, t->concerns[i]) < 0)
            return convert_fault(s, "concerns",
                                 "a list of trust-store, pins, tls, size, time "
                                 "and attack");
    return 0;
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
    if (t->states_count > STATES_MAX)
        return convert_fault(s, "states",
                             "more than 1000; make several scenarios of them");
    out->kind = (enum scenario_kind)kind;
    if (convert_text(&out->id, t->scenario) ||
        convert_text(&out->title, t->title ? t->title : t->scenario) ||
        convert_text(&out->story, t->story) ||
        convert_text(&out->source, t->source) ||
        convert_text(&out->file, s->name))
        return -1;
    if (check_concerns(s, t))
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
    return convert_rules(s, t, out);
}

struct scenario *scenario_parse(const char *name, const uint8_t *data,
                                size_t size)
{
    struct source s = {.name = name};
    struct scenario_text *text = NULL;
    struct scenario *out = NULL;
    uint8_t *devices = yaml_text_listed(data, size, "expect[].device", &s.size);
    uint8_t *listed =
        devices ? yaml_text_listed(devices, s.size, "expect[].stack", &s.size)
                : NULL;

    free(devices);
    if (!listed)
        return NULL;
    s.data = listed;
    if (yaml_read(name, listed, s.size, &schema, (void **)&text))
        goto out;
    out = calloc(1, sizeof *out);
    if (out && convert(&s, text, out)) {
        scenario_free(out);
        out = NULL;
    }
out:
    yaml_release(&schema, text);
    free(listed);
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
        convert_list_free(s->expect[i].stacks, s->expect[i].stacks_count);
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

int scenario_glob_matches(const char *glob, const char *device_id,
                          const char *stack, int by_stack)
{
    size_t id = strlen(device_id), end = strlen(stack) + 1;
    char *alone;
    int matches;

    if (fnmatch(glob, device_id, 0) == 0)
        return 1;
    if (!by_stack || id <= end || strcmp(device_id + id - end + 1, stack) != 0)
        return 0;
    alone = strndup(device_id, id - end);
    matches = alone && fnmatch(glob, alone, 0) == 0;
    free(alone);
    return matches;
}

static int matches(const struct expectation *e, const char *device_id,
                   const char *stack)
{
    int fits = e->stacks_count == 0;

    for (size_t i = 0; i < e->stacks_count && !fits; i++)
        fits = fnmatch(e->stacks[i], stack, 0) == 0;
    for (size_t i = 0; i < e->devices_count && fits; i++)
        if (scenario_glob_matches(e->devices[i], device_id, stack,
                                  e->stacks_count > 0))
            return 1;
    return 0;
}

const struct expectation *scenario_expectation(const struct scenario *s,
                                               const char *device_id,
                                               const char *stack)
{
    for (size_t i = 0; i < s->expect_count; i++)
        if (matches(&s->expect[i], device_id, stack))
            return &s->expect[i];
    return NULL;
}
