/* What counts as a difference of two stack builds, what is told apart, and what
 * is no difference although it looks like one. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>

#include "report/difference_codec.h"
#include "report_world.h"

struct half { /* a record of s/t; there 0: none */
    int there;
    enum outcome outcome;
    enum reason reason;
    enum party by;
    long long code, heap;
    const char *chain;
};

#define NONE                                                                   \
    {                                                                          \
        0, OUTCOME_ERROR, REASON_NONE, PARTY_NOBODY, 0, 0, NULL                \
    }
#define OK                                                                     \
    {                                                                          \
        1, OUTCOME_CONNECTED, REASON_NONE, PARTY_NOBODY, 0, 0, NULL            \
    }
#define REFUSED(reason, by, code)                                              \
    {                                                                          \
        1, OUTCOME_REFUSED, REASON_##reason, PARTY_##by, code, 0, NULL         \
    }
#define UNJUDGED(outcome)                                                      \
    {                                                                          \
        1, OUTCOME_##outcome, REASON_NONE, PARTY_NOBODY, 0, 0, NULL            \
    }
#define HEAP(chain, bytes)                                                     \
    {                                                                          \
        1, OUTCOME_CONNECTED, REASON_NONE, PARTY_NOBODY, 0, bytes, chain       \
    }

static const struct row {
    const char *name;
    struct half x, y;
    size_t compared, differ, apart, only_a, only_b, heap;
} rows[] = {
    {"both connect", OK, OK, 1, 0, 0, 0, 0, 0},
    {"one refuses", OK, REFUSED(UNKNOWN_CA, CLIENT, -188), 1, 1, 0, 0, 0, 0},
    {"the same refusal, each with its own code",
     REFUSED(UNKNOWN_CA, CLIENT, 20), REFUSED(UNKNOWN_CA, CLIENT, -188), 1, 0,
     0, 0, 0, 0},
    {"another reason", REFUSED(EXPIRED, CLIENT, 1),
     REFUSED(UNKNOWN_CA, CLIENT, 1), 1, 1, 0, 0, 0, 0},
    {"another side", REFUSED(SUITE_MISMATCH, CLIENT, 1),
     REFUSED(SUITE_MISMATCH, SERVER, 1), 1, 1, 0, 0, 0, 0},
    {"an error is no judgement", OK, UNJUDGED(ERROR), 0, 0, 1, 0, 0, 0},
    {"untested is none either", OK, UNJUDGED(UNTESTED), 0, 0, 1, 0, 0, 0},
    {"unsupported is no judgement", UNJUDGED(UNSUPPORTED),
     REFUSED(EXPIRED, CLIENT, 1), 0, 0, 1, 0, 0, 0},
    {"not built, both", UNJUDGED(NOT_BUILT), UNJUDGED(NOT_BUILT), 0, 0, 1, 0, 0,
     0},
    {"only in the first", OK, NONE, 0, 0, 0, 1, 0, 0},
    {"only in the second", NONE, OK, 0, 0, 0, 0, 1, 0},
    {"heap of the same chain", HEAP("rsa", 10), HEAP("rsa", 20), 1, 0, 0, 0, 0,
     1},
    {"heap of two chains", HEAP("rsa", 10), HEAP("ecdsa", 20), 1, 0, 0, 0, 0,
     0},
    {"heap of one side", HEAP("rsa", 10), HEAP("rsa", 0), 1, 0, 0, 0, 0, 0},
};

static void add_side(struct world *w, const struct half *s, const char *cell,
                     const char *device, const char *stack)
{
    const char *names[3] = {"s", "t", device};
    struct record *r;

    if (!s->there)
        return;
    r = world_record(w, cell, names, stack, s->outcome);
    r->reason = s->reason;
    r->refused_by = s->by;
    r->shim->native_code = s->code;
    r->shim->peak_heap = s->heap;
    r->endpoint->chain = (char *)s->chain;
}

static struct world *make(const struct half *x, const struct half *y)
{
    struct world *w = world_new();

    world_scenario(w, "s", "t", NULL);
    world_scenario(w, "other", "t", NULL);
    world_stack(w, "x", "1");
    world_stack(w, "y@1", "2");
    world_device(w, "d-x", "d", "x", 1);
    world_device(w, "d-y@1", "d", "y@1", 1);
    world_device(w, "e-x", "e", "x", 1);
    add_side(w, x, "s/t/d-x", "d-x", "x");
    add_side(w, y, "s/t/d-y@1", "d-y@1", "y@1");
    return w;
}

static void compare(struct difference *d, const struct world *w,
                    const char *glob)
{
    struct difference_side a = {&w->view, "run", "x"};
    struct difference_side b = {&w->view, "run", "y@1"};

    assert_int_equal(difference_init(d, &a, &b, glob), 0);
}

static void check(const char *name, const char *what, size_t got, size_t wanted)
{
    if (got != wanted)
        fail_msg("%s: %s is %zu, not %zu", name, what, got, wanted);
}

static void counts_cells(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *r = &rows[i];
        struct world *w = make(&r->x, &r->y);
        struct difference d;
        json_t *document;

        world_index(w);
        compare(&d, w, NULL);
        check(r->name, "compared", d.compared, r->compared);
        check(r->name, "differ", difference_count(&d), r->differ);
        check(r->name, "cells", d.cells.count, r->differ);
        check(r->name, "apart", d.apart.count, r->apart);
        check(r->name, "only in a", d.only_in[0], r->only_a);
        check(r->name, "only in b", d.only_in[1], r->only_b);
        check(r->name, "heap", d.heap.count, r->heap);
        document = difference_encode(&d);
        assert_non_null(document);
        check(r->name, "cells written",
              json_array_size(json_object_get(document, "cells")), r->differ);
        json_decref(document);
        difference_clear(&d);
        world_free(w);
    }
}

struct verdict_side {
    int there;
    enum verdict verdict;
    enum reason reason;
    const char *because;
};

static const struct {
    const char *name;
    struct verdict_side x, y;
    size_t differ;
    int because[SIDES];
} verdict_rows[] = {
    {"the same",
     {1, VERDICT_SURVIVES, REASON_NONE, NULL},
     {1, VERDICT_SURVIVES, REASON_NONE, NULL},
     0,
     {0, 0}},
    {"one breaks, each with its explanation",
     {1, VERDICT_SURVIVES, REASON_NONE, "p"},
     {1, VERDICT_BREAKS, REASON_UNKNOWN_CA, "q"},
     1,
     {1, 1}},
    {"one explanation for both is told once",
     {1, VERDICT_BREAKS, REASON_EXPIRED, "p"},
     {1, VERDICT_BREAKS, REASON_UNKNOWN_CA, "p"},
     1,
     {1, 0}},
    {"unsupported is no verdict to differ from",
     {1, VERDICT_SURVIVES, REASON_NONE, NULL},
     {1, VERDICT_UNSUPPORTED, REASON_NONE, NULL},
     0,
     {0, 0}},
    {"an error is none either",
     {1, VERDICT_ERROR, REASON_CRASH, NULL},
     {1, VERDICT_SURVIVES, REASON_NONE, NULL},
     0,
     {0, 0}},
    {"one is missing",
     {1, VERDICT_SURVIVES, REASON_NONE, NULL},
     {0, VERDICT_ERROR, REASON_NONE, NULL},
     0,
     {0, 0}},
};

static void add_verdict(struct world *w, const char *device,
                        const struct verdict_side *v)
{
    struct judgement *j;

    if (!v->there)
        return;
    j = world_verdict(w, "s", device, v->verdict);
    j->reason = v->reason;
    j->expected.there = v->because != NULL;
    j->expected.because = (char *)v->because;
    j->expected.reference = (char *)(v->because ? "r" : NULL);
}

static void compares_verdicts(void **state)
{
    static const struct half ok = OK;

    (void)state;
    for (size_t i = 0; i < sizeof verdict_rows / sizeof verdict_rows[0]; i++) {
        const char *name = verdict_rows[i].name;
        struct world *w = make(&ok, &ok);
        struct difference d;

        add_verdict(w, "d-x", &verdict_rows[i].x);
        add_verdict(w, "d-y@1", &verdict_rows[i].y);
        world_index(w);
        compare(&d, w, NULL);
        check(name, "verdicts", d.verdicts.count, verdict_rows[i].differ);
        check(name, "count", difference_count(&d), verdict_rows[i].differ);
        for (int k = 0; d.verdicts.count && k < SIDES; k++)
            check(name, k ? "second because" : "first because",
                  difference_because(d.verdicts.items, k) != NULL,
                  (size_t)verdict_rows[i].because[k]);
        difference_clear(&d);
        world_free(w);
    }
}

static void selects_scenarios(void **state)
{
    static const struct {
        const char *glob;
        size_t compared;
    } globs[] = {{NULL, 1}, {"s", 1}, {"*", 1}, {"o*", 0}, {"S", 0}};
    static const struct half ok = OK;
    struct world *w = make(&ok, &ok);

    (void)state;
    world_index(w);
    for (size_t i = 0; i < sizeof globs / sizeof globs[0]; i++) {
        struct difference d;

        compare(&d, w, globs[i].glob);
        check(globs[i].glob ? globs[i].glob : "all", "compared", d.compared,
              globs[i].compared);
        difference_clear(&d);
    }
    world_free(w);
}

static void compares_runs_by_device(void **state)
{
    static const struct half ok = OK, refused = REFUSED(EXPIRED, CLIENT, 7);
    struct world *before = make(&ok, &ok), *after = make(&ok, &refused);
    struct difference_side a = {&before->view, "one", NULL};
    struct difference_side b = {&after->view, "two", NULL};
    struct difference d;

    (void)state;
    world_index(before);
    world_index(after);
    assert_int_equal(difference_init(&d, &a, &b, NULL), 0);
    assert_int_equal(d.compared, 2);
    assert_int_equal(difference_count(&d), 1);
    assert_string_equal(d.cells.items[0].device, "d-y@1");
    assert_int_equal(d.cells.items[0].records[1]->shim->native_code, 7);
    difference_clear(&d);
    world_free(before);
    world_free(after);
}

static const char told[] =
    "A: x (1) in run\n"
    "B: y@1 (2) in run\n"
    "\ncells with different outcomes\n"
    "  s/t/d\n"
    "      x: connected  vs  y@1: refused unknown-ca (-188)\n"
    "\ndifferent verdicts\n"
    "  s d: x survives, y@1 breaks (unknown-ca)\n"
    "      because (y@1): q\\x1b[31m [r]\n"
    "\n1 cells compared, 1 differ; 1 verdicts differ; 0 not judged by one "
    "side; 0 only in one\n";

static void tells_a_person(void **state)
{
    static const struct half ok = OK;
    static const struct half refused = REFUSED(UNKNOWN_CA, CLIENT, -188);
    static const struct verdict_side x = {1, VERDICT_SURVIVES, REASON_NONE,
                                          NULL};
    static const struct verdict_side y = {1, VERDICT_BREAKS, REASON_UNKNOWN_CA,
                                          "q\x1b[31m"};
    char *text = NULL;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    struct world *w = make(&ok, &refused);
    struct difference d;

    (void)state;
    assert_non_null(to);
    add_verdict(w, "d-x", &x);
    add_verdict(w, "d-y@1", &y);
    world_index(w);
    compare(&d, w, NULL);
    difference_print(to, &d, 0);
    fclose(to);
    assert_string_equal(text, told);
    free(text);
    difference_clear(&d);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_cells),
        cmocka_unit_test(compares_verdicts),
        cmocka_unit_test(selects_scenarios),
        cmocka_unit_test(compares_runs_by_device),
        cmocka_unit_test(tells_a_person),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
