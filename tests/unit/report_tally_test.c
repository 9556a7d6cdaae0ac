/* What verdicts add up to: units once per device type, each type in one part,
 * and the order of the worst. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "report/tally.h"
#include "report_world.h"

static const struct {
    const char *id, *type, *stack;
    long long units;
} devices[] = {
    {"a-x", "a", "x", 10}, {"a-y", "a", "y", 10}, {"b-x", "b", "x", 500},
    {"c-x", "c", "x", 7},  {"c-y", "c", "y", 7},  {"d-x", "d", "x", 3},
    {"e-x", "e", "x", 2},
};

static struct world *make(void)
{
    struct world *w = world_new();

    world_scenario(w, "s", "t", NULL);
    world_scenario(w, "t", "t", NULL);
    for (size_t i = 0; i < sizeof devices / sizeof devices[0]; i++)
        world_device(w, devices[i].id, devices[i].type, devices[i].stack,
                     devices[i].units);
    world_verdict(w, "t", "a-x", VERDICT_BREAKS)->as_expected = 1;
    world_verdict(w, "s", "a-x", VERDICT_BREAKS)->as_expected = 0;
    world_verdict(w, "s", "a-y", VERDICT_BREAKS)->undiagnosed = 1;
    world_verdict(w, "s", "b-x", VERDICT_INSECURE);
    world_verdict(w, "s", "c-x", VERDICT_SURVIVES);
    world_verdict(w, "t", "c-x", VERDICT_UNTESTED);
    world_verdict(w, "s", "d-x", VERDICT_SURVIVES);
    world_verdict(w, "t", "d-x", VERDICT_RECOVERS);
    world_verdict(w, "s", "e-x", VERDICT_ERROR);
    world_verdict(w, "t", "e-x", VERDICT_ALREADY_BROKEN);
    world_index(w);
    return w;
}

static void adds_up(void **state)
{
    static const struct {
        enum effect effect;
        size_t types, verdicts;
        long long units;
    } parts[] = {
        {EFFECT_LOSES, 2, 4, 510},
        {EFFECT_LOST, 1, 1, 2},
        {EFFECT_UNKNOWN, 1, 2, 7},
        {EFFECT_KEEPS, 1, 3, 3},
    };
    struct world *w = make();
    struct tally t;

    (void)state;
    assert_int_equal(tally_init(&t, &w->view), 0);
    assert_int_equal(t.whole.verdicts, 10);
    assert_int_equal(t.whole.types, 5);
    assert_int_equal(t.whole.units, 522);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        const struct tally_part *p = &t.parts[parts[i].effect];

        assert_int_equal(p->types, parts[i].types);
        assert_int_equal(p->units, parts[i].units);
        assert_int_equal(p->verdicts, parts[i].verdicts);
    }
    assert_int_equal(t.unexpected, 1);
    assert_int_equal(t.undiagnosed, 1);
    assert_int_equal(t.devices_losing, 3);
    assert_int_equal(t.by_verdict[VERDICT_BREAKS], 3);
    tally_clear(&t);
    world_free(w);
}

static void sorts_the_worst(void **state)
{
    static const struct {
        const char *device, *scenario;
    } order[] = {{"b-x", "s"}, {"a-x", "s"}, {"a-x", "t"}, {"a-y", "s"}};
    struct world *w = make();
    struct tally t;

    (void)state;
    assert_int_equal(tally_init(&t, &w->view), 0);
    assert_int_equal(t.worst_count, 4);
    for (size_t i = 0; i < t.worst_count; i++) {
        assert_string_equal(t.worst[i]->device, order[i].device);
        assert_string_equal(t.worst[i]->scenario, order[i].scenario);
    }
    assert_int_equal(view_verdict(&w->view, "s", "b-x")->verdict,
                     VERDICT_INSECURE);
    assert_null(view_verdict(&w->view, "t", "b-x"));
    assert_null(view_verdict(&w->view, "t", "nobody"));
    tally_clear(&t);
    world_free(w);
}

/* Every verdict has one place, and none that says nothing stands before one
 * that loses. */
static void orders_verdicts(void **state)
{
    (void)state;
    for (int i = 0; i < VERDICT_COUNT; i++) {
        assert_int_equal(effect_place(effect_worst(i)), i);
        if (i)
            assert_false(verdict_effect(effect_worst(i)) == EFFECT_LOSES &&
                         verdict_effect(effect_worst(i - 1)) != EFFECT_LOSES);
    }
}

static void finds_records(void **state)
{
    static const char *const ids[] = {"s/t/a-x", "s/t/a-y", "s/tt/a-x",
                                      "s-2/t/a-x"};
    static const char *const parts[][3] = {{"s", "t", "a-x"},
                                           {"s", "t", "a-y"},
                                           {"s", "tt", "a-x"},
                                           {"s-2", "t", "a-x"}};
    struct world *w = world_new();

    (void)state;
    for (size_t i = 0; i < 4; i++)
        world_record(w, ids[3 - i], parts[3 - i], "x", OUTCOME_CONNECTED);
    world_index(w);
    for (size_t i = 0; i < 4; i++) {
        const struct record *r =
            view_record(&w->view, parts[i][0], parts[i][1], parts[i][2]);

        assert_non_null(r);
        assert_string_equal(r->cell, ids[i]);
        assert_ptr_equal(view_cell(&w->view, ids[i]), r);
    }
    assert_null(view_record(&w->view, "s", "t", "a"));
    assert_null(view_record(&w->view, "s", "t", "a-x-"));
    assert_null(view_cell(&w->view, "s/t"));
    assert_null(view_cell(&w->view, NULL));
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adds_up),
        cmocka_unit_test(sorts_the_worst),
        cmocka_unit_test(orders_verdicts),
        cmocka_unit_test(finds_records),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
