/* What a run adds up to by stack build, and which breaks are told together. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "report/breaks.h"
#include "report/builds.h"
#include "report_world.h"

static const struct {
    const char *cell, *device, *stack, *chain, *version;
    enum outcome outcome;
    long long heap;
} records[] = {
    /* The ECDSA chain is one build's only, TLS 1.3 is one build's too, and the
     * device `v` that checks no chain has the most; a refused handshake's heap
     * must not be taken for a whole one's. */
    {"s/t/v-x", "v-x", "x", "rsa", "1.2", OUTCOME_CONNECTED, 1},
    {"s/t/v-y", "v-y", "y", "rsa", "1.2", OUTCOME_CONNECTED, 1},
    {"s/t/v-z", "v-z", "z", "rsa", "1.2", OUTCOME_CONNECTED, 1},
    {"s/u/d-x", "d-x", "x", "rsa", "1.3", OUTCOME_CONNECTED, 5},
    {"s/t/e-x", "e-x", "x", "ecdsa", "1.2", OUTCOME_CONNECTED, 700},
    {"s/t/d-x", "d-x", "x", "rsa", "1.2", OUTCOME_CONNECTED, 100},
    {"s/t/d-y", "d-y", "y", "rsa", "1.2", OUTCOME_CONNECTED, 40},
    {"s/u/d-y", "d-y", "y", "rsa", "1.2", OUTCOME_REFUSED, 9},
    {"s/v/d-y", "d-y", "y", "rsa", "1.2", OUTCOME_ERROR, 0},
    {"s/t/d-z", "d-z", "z", NULL, NULL, OUTCOME_NOT_BUILT, -1},
};

static void add_stacks(struct world *w)
{
    static char *x[] = {(char *)"tls-1.3", (char *)"heap", (char *)"tls-1.0"};
    static char *y[] = {(char *)"tls-1.2", (char *)"sni"};
    struct plan_stack *s = world_stack(w, "x", "1");

    s->features = x;
    s->features_count = 3;
    s->certificates = 9;
    s->max_certificate = 10;
    s->in_content = 20;
    s = world_stack(w, "y", "2");
    s->features = y;
    s->features_count = 2;
    s->depth = 4;
    s->in_content = 20;
    s = world_stack(w, "z", NULL);
    s->reason = (char *)"no compiler";
}

static struct world *make(void)
{
    static const char *const ids[][3] = {{"d-x", "d", "x"}, {"d-y", "d", "y"},
                                         {"d-z", "d", "z"}, {"e-x", "e", "x"},
                                         {"v-x", "v", "x"}, {"v-y", "v", "y"},
                                         {"v-z", "v", "z"}};
    struct world *w = world_new();

    add_stacks(w);
    world_scenario(w, "s", "t", "u");
    world_scenario(w, "s2", "t", NULL);
    for (size_t i = 0; i < 7; i++) {
        struct plan_device *d =
            world_device(w, ids[i][0], ids[i][1], ids[i][2], 9);

        ((struct device *)d->device)->verify.chain = *ids[i][1] != 'v';
    }
    for (size_t i = 0; i < sizeof records / sizeof records[0]; i++) {
        const char *names[3] = {"s", i == 3 ? "u" : "t", records[i].device};
        struct record *r = world_record(w, records[i].cell, names,
                                        records[i].stack, records[i].outcome);

        r->shim->peak_heap = records[i].heap;
        r->shim->got.version = (char *)records[i].version;
        r->endpoint->chain = (char *)records[i].chain;
    }
    return w;
}

static void adds_up_by_build(void **state)
{
    static const struct {
        const char *tls;
        int built, heap;
        size_t cells, errors;
        long long message, peak;
    } wanted[] = {
        {"1.0 to 1.3", 1, 1, 4, 0, 10, 100},
        {"1.2", 1, 0, 4, 1, 20, 40},
        {"", 0, 0, 0, 0, 0, 0},
    };
    struct world *w = make();
    struct builds_of got;

    (void)state;
    world_index(w);
    assert_int_equal(builds_of_init(&got, &w->view), 0);
    assert_int_equal(got.count, 3);
    for (size_t i = 0; i < 3; i++) {
        const struct build *b = &got.items[i];

        assert_string_equal(b->tls, wanted[i].tls);
        assert_int_equal(b->stack->built, wanted[i].built);
        assert_int_equal(b->measures_heap, wanted[i].heap);
        assert_int_equal(b->cells, wanted[i].cells);
        assert_int_equal(b->errors, wanted[i].errors);
        assert_int_equal(b->message, wanted[i].message);
        assert_int_equal(b->peak_heap, wanted[i].peak);
    }
    assert_int_equal(got.not_built, 1);
    assert_int_equal(got.cells_not_run, 2);
    assert_string_equal(got.heap.type, "d");
    assert_string_equal(got.heap.chain, "rsa");
    assert_string_equal(got.heap.version, "1.2");
    assert_int_equal(got.heap.builds, 2);
    builds_of_clear(&got);
    world_free(w);
}

static struct judgement *add_break(struct world *w, const char *scenario,
                                   const char *device, const char *cell,
                                   const char *cause)
{
    struct judgement *j = world_verdict(w, scenario, device, VERDICT_BREAKS);

    j->cell = (char *)cell;
    j->cause = (char *)cause;
    j->reason = REASON_UNKNOWN_CA;
    return j;
}

static const struct {
    const char *name, *cause;
    long long code;
    const char *mend;
    int undiagnosed;
    size_t rows;
} alike[] = {
    {"equal in everything", "c", 20, "m", 0, 1},
    {"another cause", "other", 20, "m", 0, 2},
    {"another native code", "c", 8, "m", 0, 2},
    {"another mend", "c", 20, "n", 0, 2},
    {"one undiagnosed", "c", 20, "m", 1, 2},
};

/* One build's cause and code are never told for another. */
static void groups_what_is_equal(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof alike / sizeof alike[0]; i++) {
        struct mend mends[2] = {
            {SIDE_DEVICE, NULL, (char *)"m", (char *)"p", OUTCOME_CONNECTED},
            {SIDE_DEVICE, NULL, (char *)alike[i].mend, (char *)"p",
             OUTCOME_CONNECTED}};
        struct world *w = make();
        struct judgement *j = add_break(w, "s", "d-x", "s/t/d-x", "c");
        struct breaks b;
        struct tally t;

        j->mends = &mends[0];
        j->mends_count = 1;
        w->records[5].shim->native_code = 20;
        j = add_break(w, "s", "d-y", "s/t/d-y", alike[i].cause);
        j->mends = &mends[1];
        j->mends_count = 1;
        j->undiagnosed = alike[i].undiagnosed;
        w->records[6].shim->native_code = alike[i].code;
        world_index(w);
        assert_int_equal(tally_init(&t, &w->view), 0);
        assert_int_equal(breaks_init(&b, &w->view, &t, VERDICT_BREAKS), 0);
        assert_int_equal(b.count, 1);
        if (b.groups[0].count != alike[i].rows)
            fail_msg("%s: %zu rows, not %zu", alike[i].name, b.groups[0].count,
                     alike[i].rows);
        assert_int_equal(b.groups[0].of, 3);
        breaks_clear(&b);
        tally_clear(&t);
        world_free(w);
    }
}

static void tells_alike_breaks_once(void **state)
{
    static const struct {
        const char *scenario, *cause;
        size_t builds;
    } wanted[] = {{"s", "c", 2}, {"s", "other", 1}, {"s2", "c", 1}};
    struct world *w = make();
    struct breaks b;
    struct tally t;

    (void)state;
    add_break(w, "s", "d-x", "s/t/d-x", "c");
    add_break(w, "s", "d-y", "s/t/d-y", "c");
    add_break(w, "s", "d-z", "s/t/d-z", "other");
    add_break(w, "s2", "d-z", "s2/t/d-z", "c");
    world_verdict(w, "s2", "v-x", VERDICT_INSECURE);
    world_index(w);
    assert_int_equal(tally_init(&t, &w->view), 0);
    assert_int_equal(breaks_init(&b, &w->view, &t, VERDICT_BREAKS), 0);
    assert_int_equal(b.count, 1);
    assert_int_equal(b.groups[0].count, 3);
    for (size_t i = 0; i < 3; i++) {
        const struct break_row *row = &b.groups[0].rows[i];

        assert_string_equal(row->first->scenario, wanted[i].scenario);
        assert_string_equal(row->first->cause, wanted[i].cause);
        assert_int_equal(row->count, wanted[i].builds);
    }
    assert_string_equal(b.groups[0].rows[0].builds[1]->stack, "y");
    breaks_clear(&b);
    assert_int_equal(breaks_init_all(&b, &w->view, &t), 0);
    assert_int_equal(b.count, 2);
    breaks_clear(&b);
    tally_clear(&t);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adds_up_by_build),
        cmocka_unit_test(tells_alike_breaks_once),
        cmocka_unit_test(groups_what_is_equal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
