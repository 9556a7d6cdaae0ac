/* The verdict rules of design section 2, over stored documents only. */
#include "judge/judge.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "model/reason.h"
#include "model/scenario.h"

struct course { /* a device's way through the states */
    const json_t *scenario, *device, *records;
    size_t count;
};

struct finding {
    enum verdict verdict;
    size_t decides, before, after; /* indexes of states */
    const char *reason;
};

static const char *text(const json_t *object, const char *key)
{
    const char *value = json_string_value(json_object_get(object, key));

    return value ? value : "";
}

static const char *state_name(const struct course *c, size_t i)
{
    return text(json_array_get(json_object_get(c->scenario, "states"), i),
                "name");
}

static char *cell_id(const struct course *c, size_t i)
{
    return format("%s/%s/%s", text(c->scenario, "id"), state_name(c, i),
                  text(c->device, "id"));
}

static const json_t *record_at(const struct course *c, size_t i)
{
    char *id = cell_id(c, i);
    const json_t *record = id ? json_object_get(c->records, id) : NULL;

    free(id);
    return record;
}

static int outcome_is(const struct course *c, size_t i, const char *outcome)
{
    const json_t *record = record_at(c, i);

    return strcmp(record ? text(record, "outcome") : "error", outcome) == 0;
}

static const char *reason_at(const struct course *c, size_t i)
{
    const char *reason = text(record_at(c, i), "reason");

    return *reason ? reason : reason_name(REASON_NONE);
}

/* First state from `from` on with this outcome; c->count if there is none. */
static size_t first_with(const struct course *c, size_t from,
                         const char *outcome)
{
    while (from < c->count && !outcome_is(c, from, outcome))
        from++;
    return from;
}

/* Anything that is no statement about the device stops the judgement. */
static int find_no_statement(const struct course *c, struct finding *f)
{
    static const struct {
        const char *outcome;
        enum verdict verdict;
    } none[] = {{"error", VERDICT_ERROR},
                {"unsupported", VERDICT_UNSUPPORTED},
                {"not-built", VERDICT_NOT_BUILT}};

    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        f->decides = first_with(c, 0, none[i].outcome);
        f->verdict = none[i].verdict;
        if (f->decides == c->count)
            continue;
        f->before = 0;
        f->after = c->count - 1;
        f->reason = reason_at(c, f->decides);
        return 1;
    }
    return 0;
}

static void find_change(const struct course *c, struct finding *f)
{
    size_t connected = first_with(c, 0, "connected");
    size_t refused = first_with(c, connected, "refused");

    f->before = 0;
    f->after = c->count - 1;
    if (connected == 0 && refused == c->count) {
        f->verdict = VERDICT_SURVIVES;
        f->decides = f->after;
        f->reason = reason_name(REASON_NONE);
        return;
    }
    if (connected < c->count) {
        int breaks = refused < c->count;

        f->verdict = breaks ? VERDICT_BREAKS : VERDICT_RECOVERS;
        f->after = breaks ? refused : connected;
        f->before = f->after - 1;
        f->decides = f->after;
        f->reason = breaks ? reason_at(c, refused) : reason_name(REASON_NONE);
        return;
    }
    f->verdict = VERDICT_ALREADY_BROKEN;
    f->decides = 0;
    f->reason = reason_at(c, 0);
}

static void find_attack(const struct course *c, struct finding *f)
{
    size_t fooled = first_with(c, 1, "connected");

    f->before = 0;
    f->after = c->count - 1;
    f->decides = f->after;
    if (!outcome_is(c, 0, "connected")) {
        f->verdict = VERDICT_ALREADY_BROKEN;
        f->decides = 0;
        f->reason = reason_at(c, 0);
        return;
    }
    if (fooled < c->count) {
        f->verdict = VERDICT_INSECURE;
        f->decides = f->after = fooled;
        f->reason = reason_name(REASON_NONE);
        return;
    }
    f->verdict = VERDICT_REFUSES;
    f->reason = reason_at(c, f->after);
}

static int rule_matches(const json_t *rule, const char *device,
                        const char *stack)
{
    const json_t *devices = json_object_get(rule, "devices");
    const json_t *stacks = json_object_get(rule, "stacks");
    size_t count = json_array_size(stacks);
    int fits = count == 0;

    for (size_t i = 0; i < count && !fits; i++) {
        const char *glob = json_string_value(json_array_get(stacks, i));

        fits = glob && fnmatch(glob, stack, 0) == 0;
    }
    for (size_t i = 0; i < json_array_size(devices) && fits; i++) {
        const char *glob = json_string_value(json_array_get(devices, i));

        if (glob && scenario_glob_matches(glob, device, stack, count > 0))
            return 1;
    }
    return 0;
}

/* First rule that matches a built-in device; users' devices have none. */
static json_t *expected_new(const struct course *c)
{
    const json_t *rules = json_object_get(c->scenario, "expect");

    if (!json_is_true(json_object_get(c->device, "built_in")))
        return json_null();
    for (size_t i = 0; i < json_array_size(rules); i++) {
        const json_t *rule = json_array_get(rules, i);

        if (rule_matches(rule, text(c->device, "id"), text(c->device, "stack")))
            return json_pack("{s:s,s:s,s:O?,s:O?}", "verdict",
                             text(rule, "verdict"), "reason",
                             text(rule, "reason"), "because",
                             json_object_get(rule, "because"), "reference",
                             json_object_get(rule, "reference"));
    }
    return json_null();
}

/* A stack that is not built makes no statement, against no expectation. */
static json_t *as_expected_new(const struct finding *f, const json_t *expected)
{
    if (!json_is_object(expected) || f->verdict == VERDICT_NOT_BUILT)
        return json_null();
    return json_boolean(
        !strcmp(text(expected, "verdict"), verdict_name(f->verdict)) &&
        !strcmp(text(expected, "reason"), f->reason));
}

json_t *judge_pair(const json_t *scenario, const json_t *device,
                   const json_t *records)
{
    struct course c = {scenario, device, records,
                       json_array_size(json_object_get(scenario, "states"))};
    struct finding f = {0};
    json_t *expected = expected_new(&c), *verdict = NULL;
    char *cell;

    if (!find_no_statement(&c, &f)) {
        if (!strcmp(text(scenario, "kind"), "attack"))
            find_attack(&c, &f);
        else
            find_change(&c, &f);
    }
    cell = cell_id(&c, f.decides);
    if (cell)
        verdict = json_pack("{s:O,s:O,s:O,s:O,s:s,s:s,s:s,s:s,s:O,s:o,s:s}",
                            "scenario", json_object_get(scenario, "id"),
                            "device", json_object_get(device, "id"), "stack",
                            json_object_get(device, "stack"), "units",
                            json_object_get(device, "units"), "verdict",
                            verdict_name(f.verdict), "reason", f.reason,
                            "before", state_name(&c, f.before), "after",
                            state_name(&c, f.after), "expected", expected,
                            "as_expected", as_expected_new(&f, expected),
                            "cell", cell);
    free(cell);
    json_decref(expected);
    return verdict;
}

static const json_t *find_id(const json_t *list, const char *id, size_t size)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);

        if (strlen(text(item, "id")) == size &&
            !strncmp(text(item, "id"), id, size))
            return item;
    }
    return NULL;
}

json_t *judge_verdicts(const json_t *plan, const json_t *records)
{
    const json_t *pairs = json_object_get(plan, "pairs");
    json_t *verdicts = json_array();

    for (size_t i = 0; i < json_array_size(pairs); i++) {
        const char *pair = json_string_value(json_array_get(pairs, i));
        const char *slash = pair ? strchr(pair, '/') : NULL;
        const json_t *scenario, *device;

        if (!slash)
            continue;
        scenario = find_id(json_object_get(plan, "scenarios"), pair,
                           (size_t)(slash - pair));
        device = find_id(json_object_get(plan, "devices"), slash + 1,
                         strlen(slash + 1));
        if (scenario && device)
            json_array_append_new(verdicts,
                                  judge_pair(scenario, device, records));
    }
    return verdicts;
}
