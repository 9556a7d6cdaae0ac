/* Each verdict rule where it fires, and its near misses. */
#include "judge/judge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

enum { STATES_MAX = 4 };

/* A state is "connected", "unsupported", "error", or a reason to refuse;
 * "lost" has no record at all. */
struct row {
    const char *name;
    const char *kind;
    const char *states[STATES_MAX];
    const char *verdict, *reason, *before, *after, *decides;
};

static const struct row rows[] = {
    {"all connect",
     "change",
     {"connected", "connected"},
     "survives",
     "none",
     "s0",
     "s1",
     "s1"},
    {"second refused",
     "change",
     {"connected", "unknown-ca"},
     "breaks",
     "unknown-ca",
     "s0",
     "s1",
     "s1"},
    {"third of four refused",
     "change",
     {"connected", "connected", "expired", "connected"},
     "breaks",
     "expired",
     "s1",
     "s2",
     "s2"},
    {"first refusal counts",
     "change",
     {"connected", "expired", "unknown-ca"},
     "breaks",
     "expired",
     "s0",
     "s1",
     "s1"},
    {"recovers",
     "change",
     {"unknown-ca", "connected"},
     "recovers",
     "none",
     "s0",
     "s1",
     "s1"},
    {"recovers later",
     "change",
     {"unknown-ca", "expired", "connected"},
     "recovers",
     "none",
     "s1",
     "s2",
     "s2"},
    {"connected for a while",
     "change",
     {"unknown-ca", "connected", "expired"},
     "breaks",
     "expired",
     "s1",
     "s2",
     "s2"},
    {"recovers and stays",
     "change",
     {"unknown-ca", "connected", "connected"},
     "recovers",
     "none",
     "s0",
     "s1",
     "s1"},
    {"never connected",
     "change",
     {"unknown-ca", "expired"},
     "already-broken",
     "unknown-ca",
     "s0",
     "s1",
     "s0"},
    {"error beats all",
     "change",
     {"connected", "error", "unsupported"},
     "error",
     "crash",
     "s0",
     "s2",
     "s1"},
    {"error after a break",
     "change",
     {"connected", "unknown-ca", "error"},
     "error",
     "crash",
     "s0",
     "s2",
     "s2"},
    {"a lost record is an error",
     "change",
     {"connected", "lost"},
     "error",
     "none",
     "s0",
     "s1",
     "s1"},
    {"unsupported",
     "change",
     {"connected", "unsupported"},
     "unsupported",
     "none",
     "s0",
     "s1",
     "s1"},
    {"a build that is not there",
     "change",
     {"not-built", "not-built"},
     "not-built",
     "none",
     "s0",
     "s1",
     "s0"},
    {"attack refused",
     "attack",
     {"connected", "name-mismatch"},
     "refuses",
     "name-mismatch",
     "s0",
     "s1",
     "s1"},
    {"last attack's reason",
     "attack",
     {"connected", "expired", "unknown-ca"},
     "refuses",
     "unknown-ca",
     "s0",
     "s2",
     "s2"},
    {"attack connected",
     "attack",
     {"connected", "connected"},
     "insecure",
     "none",
     "s0",
     "s1",
     "s1"},
    {"one attack of two connected",
     "attack",
     {"connected", "connected", "expired"},
     "insecure",
     "none",
     "s0",
     "s1",
     "s1"},
    {"genuine refused",
     "attack",
     {"unknown-ca", "unknown-ca"},
     "already-broken",
     "unknown-ca",
     "s0",
     "s1",
     "s0"},
    {"genuine refused, attack connected",
     "attack",
     {"unknown-ca", "connected"},
     "already-broken",
     "unknown-ca",
     "s0",
     "s1",
     "s0"},
    {"attack in error",
     "attack",
     {"connected", "error"},
     "error",
     "crash",
     "s0",
     "s1",
     "s1"},
};

static json_t *record_make(const char *what)
{
    int plain = !strcmp(what, "connected") || !strcmp(what, "unsupported") ||
                !strcmp(what, "not-built");

    if (!strcmp(what, "error"))
        return json_pack("{s:s,s:s}", "outcome", "error", "reason", "crash");
    return json_pack("{s:s,s:s,s:{}}", "outcome", plain ? what : "refused",
                     "reason", plain ? "none" : what, "client");
}

static json_t *scenario_make(const struct row *row, json_t *records)
{
    json_t *states = json_array();

    for (int i = 0; i < STATES_MAX && row->states[i]; i++) {
        char cell[32];

        json_array_append_new(
            states, json_pack("{s:o}", "name", json_sprintf("s%d", i)));
        snprintf(cell, sizeof cell, "sc/s%d/dev-x", i);
        if (strcmp(row->states[i], "lost") != 0)
            json_object_set_new(records, cell, record_make(row->states[i]));
    }
    return json_pack("{s:s,s:s,s:o,s:[]}", "id", "sc", "kind", row->kind,
                     "states", states, "expect");
}

static json_t *device_make(int built_in)
{
    return json_pack("{s:s,s:s,s:i,s:b}", "id", "dev-x", "stack", "x", "units",
                     7, "built_in", built_in);
}

static void expect_text(const char *row, const json_t *verdict, const char *key,
                        const char *want)
{
    const char *got = json_string_value(json_object_get(verdict, key));

    if (!got || strcmp(got, want) != 0)
        fail_msg("%s: %s is %s, must be %s", row, key, got ? got : "(none)",
                 want);
}

static void rules(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *row = &rows[i];
        json_t *records = json_object();
        json_t *scenario = scenario_make(row, records);
        json_t *device = device_make(0);
        json_t *v = judge_pair(scenario, device, records);
        char cell[32];

        snprintf(cell, sizeof cell, "sc/%s/dev-x", row->decides);
        expect_text(row->name, v, "verdict", row->verdict);
        expect_text(row->name, v, "reason", row->reason);
        expect_text(row->name, v, "before", row->before);
        expect_text(row->name, v, "after", row->after);
        expect_text(row->name, v, "cell", cell);
        if (!json_is_null(json_object_get(v, "as_expected")))
            fail_msg("%s: a user's device has no expectation", row->name);
        json_decref(v);
        json_decref(device);
        json_decref(scenario);
        json_decref(records);
    }
}

struct expectation_row {
    const char *name, *glob, *verdict, *reason;
    const char *stack; /* a glob over stack builds, or NULL */
    int built_in, unbuilt;
    char want; /* 't', 'f', 'n' */
};

static const struct expectation_row expectations[] = {
    {"met", "dev-*", "breaks", "unknown-ca", NULL, 1, 0, 't'},
    {"verdict met, reason not", "dev-*", "breaks", "expired", NULL, 1, 0, 'f'},
    {"reason met, verdict not", "dev-*", "already-broken", "unknown-ca", NULL,
     1, 0, 'f'},
    {"rule for another", "other-*", "breaks", "unknown-ca", NULL, 1, 0, 'n'},
    {"a user's device", "dev-*", "breaks", "unknown-ca", NULL, 0, 0, 'n'},
    {"stack not built", "dev-*", "breaks", "unknown-ca", NULL, 1, 1, 'n'},
    {"stack met", "dev", "breaks", "unknown-ca", "x", 1, 0, 't'},
    {"stack met, id named", "dev-x", "breaks", "unknown-ca", "?", 1, 0, 't'},
    {"another stack", "dev", "breaks", "unknown-ca", "y*", 1, 0, 'n'},
    {"no stack, device alone", "dev", "breaks", "unknown-ca", NULL, 1, 0, 'n'},
};

static void expected(void **state)
{
    static const struct row breaks = {
        "breaks", "change", {"connected", "unknown-ca"}, NULL, NULL, NULL,
        NULL,     NULL};

    (void)state;
    for (size_t i = 0; i < sizeof expectations / sizeof expectations[0]; i++) {
        const struct expectation_row *row = &expectations[i];
        json_t *records = json_object();
        json_t *scenario = scenario_make(&breaks, records);
        json_t *device = device_make(row->built_in), *v;
        const json_t *met;
        char got;

        json_array_append_new(json_object_get(scenario, "expect"),
                              json_pack("{s:[s],s:s,s:s,s:s,s:n}", "devices",
                                        row->glob, "verdict", row->verdict,
                                        "reason", row->reason, "because", "so",
                                        "reference"));
        if (row->stack)
            json_object_set_new(
                json_array_get(json_object_get(scenario, "expect"), 0),
                "stacks", json_pack("[s]", row->stack));
        if (row->unbuilt)
            json_object_set_new(records, "sc/s1/dev-x",
                                json_pack("{s:s,s:s,s:n}", "outcome",
                                          "not-built", "reason", "none",
                                          "client"));
        v = judge_pair(scenario, device, records);
        met = json_object_get(v, "as_expected");
        got = json_is_true(met) ? 't' : json_is_false(met) ? 'f' : 'n';
        if (got != row->want)
            fail_msg("%s: as_expected is %c, must be %c", row->name, got,
                     row->want);
        json_decref(v);
        json_decref(device);
        json_decref(scenario);
        json_decref(records);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules),
        cmocka_unit_test(expected),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
