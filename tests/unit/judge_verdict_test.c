/* Each verdict rule where it fires, and its near misses; then the gate. */
#include "judge/verdict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/diag.h"
#include "judge/gate.h"
#include "judge/judging.h"
#include "model/record_codec.h"

enum { STATES_MAX = 4 };

/* A state is an outcome's name, or a reason for which the device refuses;
 * "by-server": the endpoint refuses; "lost" has no record at all. */
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
    {"an attack that the endpoint refused",
     "attack",
     {"connected", "by-server"},
     "untested",
     "version-unsupported",
     "s0",
     "s1",
     "s1"},
    {"an attack that met a limit",
     "attack",
     {"connected", "out-of-memory"},
     "untested",
     "out-of-memory",
     "s0",
     "s1",
     "s1"},
    {"an attack that ended without a word",
     "attack",
     {"connected", "peer-closed", "expired"},
     "untested",
     "peer-closed",
     "s0",
     "s1",
     "s1"},
    {"one attack untested, one connected",
     "attack",
     {"connected", "untested", "connected"},
     "insecure",
     "none",
     "s0",
     "s2",
     "s2"},
    {"an attack that was not served",
     "attack",
     {"connected", "untested"},
     "untested",
     "none",
     "s0",
     "s1",
     "s1"},
    {"a change that was not served",
     "change",
     {"connected", "untested"},
     "untested",
     "none",
     "s0",
     "s1",
     "s1"},
};

struct world {
    struct plan plan;
    struct plan_pair pair;
    struct record *records[STATES_MAX];
    size_t count;
};

static void set_outcome(struct record *r, const char *what)
{
    r->refused_by = PARTY_NOBODY;
    if (outcome_parse(what, &r->outcome) == 0) {
        r->reason = r->outcome == OUTCOME_ERROR ? REASON_CRASH : REASON_NONE;
        return;
    }
    r->outcome = OUTCOME_REFUSED;
    r->refused_by = !strcmp(what, "by-server") ? PARTY_SERVER : PARTY_CLIENT;
    if (reason_parse(what, &r->reason))
        r->reason = REASON_VERSION_UNSUPPORTED;
}

static struct scenario *scenario_make(const struct row *row)
{
    struct scenario *s = calloc(1, sizeof *s);

    s->id = strdup("sc");
    s->kind = !strcmp(row->kind, "attack") ? SCENARIO_ATTACK : SCENARIO_CHANGE;
    s->states = calloc(STATES_MAX, sizeof *s->states);
    while (s->states_count < STATES_MAX && row->states[s->states_count]) {
        char name[8];

        snprintf(name, sizeof name, "s%zu", s->states_count);
        s->states[s->states_count++].name = strdup(name);
    }
    return s;
}

static struct device *device_make(void)
{
    struct device *d = device_new("dev-x");

    d->stacks = calloc(1, sizeof *d->stacks);
    d->stacks[0] = strdup("x");
    d->stacks_count = 1;
    d->units = 7;
    return d;
}

static void world_init(struct world *w, const struct row *row, int built_in)
{
    struct plan *p = &w->plan;

    memset(w, 0, sizeof *w);
    p->scenarios = calloc(1, sizeof *p->scenarios);
    p->devices = calloc(1, sizeof *p->devices);
    p->stacks = calloc(1, sizeof *p->stacks);
    p->pairs = calloc(1, sizeof *p->pairs);
    p->scenarios_count = p->devices_count = p->stacks_count = p->pairs_count =
        1;
    p->scenarios[0].scenario = scenario_make(row);
    p->scenarios[0].owned = p->devices[0].owned = 1;
    p->scenarios[0].states = calloc(STATES_MAX, sizeof *p->scenarios[0].states);
    p->devices[0].device = device_make();
    p->devices[0].built_in = built_in;
    p->stacks[0].name = strdup("x");
    p->stacks[0].notes = calloc(1, sizeof *p->stacks[0].notes);
    p->stacks[0].notes[0] = strdup("built with empty files");
    p->stacks[0].notes_count = 1;
    assert_int_equal(plan_index(p), 0);
    for (size_t i = 0; i < p->scenarios[0].scenario->states_count; i++) {
        char cell[32];

        snprintf(cell, sizeof cell, "sc/s%zu/dev-x", i);
        if (!strcmp(row->states[i], "lost"))
            continue;
        w->records[w->count] = record_new(cell, "x");
        set_outcome(w->records[w->count++], row->states[i]);
    }
}

/* The records go into it, the last one first. */
static void world_judge(struct world *w, struct run_facts *run,
                        struct judgements *v)
{
    struct judging *j = judging_new(&w->plan);
    struct run_facts own = {0};

    assert_non_null(j);
    while (w->count > 0)
        assert_int_equal(judging_take(j, w->records[--w->count]), 0);
    assert_int_equal(judging_end(j, run ? run : &own, v), 0);
    judging_free(j);
    run_facts_clear(&own);
}

static void world_clear(struct world *w)
{
    plan_clear(&w->plan);
}

static void expect_text(const char *row, const char *what, const char *got,
                        const char *want)
{
    if (!got || strcmp(got, want) != 0)
        fail_msg("%s: %s is %s, must be %s", row, what, got ? got : "(none)",
                 want);
}

static void rules(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *row = &rows[i];
        struct judgements v;
        struct world w;
        char cell[32];

        world_init(&w, row, 0);
        world_judge(&w, NULL, &v);
        assert_int_equal(v.count, 1);
        snprintf(cell, sizeof cell, "sc/%s/dev-x", row->decides);
        expect_text(row->name, "verdict", verdict_name(v.items[0].verdict),
                    row->verdict);
        expect_text(row->name, "reason", reason_name(v.items[0].reason),
                    row->reason);
        expect_text(row->name, "before", v.items[0].before, row->before);
        expect_text(row->name, "after", v.items[0].after, row->after);
        expect_text(row->name, "cell", v.items[0].cell, cell);
        if (v.items[0].as_expected != -1)
            fail_msg("%s: a user's device has no expectation", row->name);
        assert_int_equal(v.items[0].notes_count, 1);
        judgements_clear(&v);
        world_clear(&w);
    }
}

struct expectation_row {
    const char *name, *glob, *verdict, *reason;
    const char *stack; /* a glob over stack builds, or NULL */
    int built_in, unbuilt;
    int want; /* as_expected */
};

static const struct expectation_row expectations[] = {
    {"met", "dev-*", "breaks", "unknown-ca", NULL, 1, 0, 1},
    {"verdict met, reason not", "dev-*", "breaks", "expired", NULL, 1, 0, 0},
    {"reason met, verdict not", "dev-*", "already-broken", "unknown-ca", NULL,
     1, 0, 0},
    {"rule for another", "other-*", "breaks", "unknown-ca", NULL, 1, 0, -1},
    {"a user's device", "dev-*", "breaks", "unknown-ca", NULL, 0, 0, -1},
    {"stack not built", "dev-*", "breaks", "unknown-ca", NULL, 1, 1, -1},
    {"stack met", "dev", "breaks", "unknown-ca", "x", 1, 0, 1},
    {"stack met, id named", "dev-x", "breaks", "unknown-ca", "?", 1, 0, 1},
    {"another stack", "dev", "breaks", "unknown-ca", "y*", 1, 0, -1},
    {"no stack, device alone", "dev", "breaks", "unknown-ca", NULL, 1, 0, -1},
};

static void add_rule(struct scenario *s, const struct expectation_row *row)
{
    struct expectation *e = s->expect = calloc(1, sizeof *e);

    s->expect_count = 1;
    e->devices = calloc(1, sizeof *e->devices);
    e->devices[0] = strdup(row->glob);
    e->devices_count = 1;
    if (row->stack) {
        e->stacks = calloc(1, sizeof *e->stacks);
        e->stacks[0] = strdup(row->stack);
        e->stacks_count = 1;
    }
    assert_int_equal(verdict_parse(row->verdict, &e->verdict), 0);
    assert_int_equal(reason_parse(row->reason, &e->reason), 0);
    e->because = strdup("so");
}

static void expected(void **state)
{
    static const struct row breaks = {
        "breaks", "change", {"connected", "unknown-ca"}, NULL, NULL, NULL,
        NULL,     NULL};

    (void)state;
    for (size_t i = 0; i < sizeof expectations / sizeof expectations[0]; i++) {
        const struct expectation_row *row = &expectations[i];
        struct judgements v;
        struct world w;

        world_init(&w, &breaks, row->built_in);
        add_rule(w.plan.scenarios[0].scenario, row);
        if (row->unbuilt)
            set_outcome(w.records[1], "not-built");
        world_judge(&w, NULL, &v);
        if (v.items[0].as_expected != row->want)
            fail_msg("%s: as_expected is %d, must be %d", row->name,
                     v.items[0].as_expected, row->want);
        judgements_clear(&v);
        world_clear(&w);
    }
}

/* What becomes of the exit status for a device and a scenario of the user's or
 * of ours. */
static const struct gate_row {
    const char *name, *kind;
    const char *states[STATES_MAX];
    int own_device, own_scenario;
    int breaks, none; /* exit status by the gate */
} gates[] = {
    {"survives",
     "change",
     {"connected", "connected"},
     1,
     1,
     EXIT_HELD,
     EXIT_HELD},
    {"breaks",
     "change",
     {"connected", "unknown-ca"},
     1,
     1,
     EXIT_BROKEN,
     EXIT_HELD},
    {"no state lets it connect",
     "change",
     {"unknown-ca", "unknown-ca"},
     1,
     1,
     EXIT_HARNESS,
     EXIT_HELD},
    {"one of ours that no state lets connect",
     "change",
     {"unknown-ca", "unknown-ca"},
     0,
     1,
     EXIT_HELD,
     EXIT_HELD},
    {"unsupported",
     "change",
     {"unsupported", "unsupported"},
     1,
     0,
     EXIT_HARNESS,
     EXIT_HELD},
    {"one of ours unsupported",
     "change",
     {"unsupported", "unsupported"},
     0,
     0,
     EXIT_HELD,
     EXIT_HELD},
    {"untested attack",
     "attack",
     {"connected", "by-server"},
     1,
     1,
     EXIT_HARNESS,
     EXIT_HELD},
    {"recovers",
     "change",
     {"unknown-ca", "connected"},
     1,
     1,
     EXIT_HELD,
     EXIT_HELD},
    {"insecure",
     "attack",
     {"connected", "connected"},
     1,
     1,
     EXIT_BROKEN,
     EXIT_HELD},
    {"error",
     "change",
     {"connected", "error"},
     1,
     1,
     EXIT_HARNESS,
     EXIT_HARNESS},
    {"not built",
     "change",
     {"not-built", "not-built"},
     1,
     1,
     EXIT_HARNESS,
     EXIT_HARNESS},
    {"one of ours not built",
     "change",
     {"not-built", "not-built"},
     0,
     1,
     EXIT_HELD,
     EXIT_HELD},
};

static void gate(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof gates / sizeof *gates; i++) {
        const struct gate_row *g = &gates[i];
        struct row row = {.name = g->name, .kind = g->kind};
        struct run_facts run = {0};
        struct judgements v;
        struct gate_counts c;
        struct world w;

        memcpy(row.states, g->states, sizeof row.states);
        world_init(&w, &row, !g->own_device);
        w.plan.scenarios[0].built_in = !g->own_scenario;
        world_judge(&w, &run, &v);
        gate_count(&w.plan, &run, &v, &c);
        if (gate_status(&c, GATE_BREAKS) != g->breaks ||
            gate_status(&c, GATE_NONE) != g->none)
            fail_msg("%s: %d and %d", g->name, gate_status(&c, GATE_BREAKS),
                     gate_status(&c, GATE_NONE));
        run_facts_clear(&run);
        judgements_clear(&v);
        world_clear(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules),
        cmocka_unit_test(expected),
        cmocka_unit_test(gate),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
