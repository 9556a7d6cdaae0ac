/* What counts as a difference of two stack builds, what is told apart, and what
 * is no difference although it looks like one. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "report/difference.h"

static const char plan_text[] =
    "{\"scenarios\": [{\"id\": \"s\", \"states\": [{\"name\": \"t\"}]},"
    "{\"id\": \"other\", \"states\": [{\"name\": \"t\"}]}],"
    "\"devices\": [{\"id\": \"d-x\", \"device\": \"d\", \"stack\": \"x\"},"
    "{\"id\": \"d-y@1\", \"device\": \"d\", \"stack\": \"y@1\"},"
    "{\"id\": \"e-x\", \"device\": \"e\", \"stack\": \"x\"}],"
    "\"stacks\": [{\"stack\": \"x\", \"version\": \"1\"},"
    "{\"stack\": \"y@1\", \"version\": \"2\"}]}";

#define OK "\"outcome\": \"connected\", \"reason\": \"none\""
#define REFUSED(reason, by, code)                                              \
    "\"outcome\": \"refused\", \"reason\": \"" reason                          \
    "\", \"refused_by\": \"" by "\", \"native\": {\"code\": " code "}"
#define HEAP(chain, bytes)                                                     \
    OK ", \"peak_heap\": " bytes                                               \
       ", \"server\": {\"chose\": {\"chain\": \"" chain "\"}}"

struct row {
    const char *name, *x, *y; /* records of s/t on both builds, or NULL */
    long long compared, differ, apart, only_a, only_b, heap;
};

static const struct row rows[] = {
    {"both connect", OK, OK, 1, 0, 0, 0, 0, 0},
    {"one refuses", OK, REFUSED("unknown-ca", "client", "-188"), 1, 1, 0, 0, 0,
     0},
    {"the same refusal, each with its own code",
     REFUSED("unknown-ca", "client", "20"),
     REFUSED("unknown-ca", "client", "-188"), 1, 0, 0, 0, 0, 0},
    {"another reason", REFUSED("expired", "client", "1"),
     REFUSED("unknown-ca", "client", "1"), 1, 1, 0, 0, 0, 0},
    {"another side", REFUSED("suite-mismatch", "client", "1"),
     REFUSED("suite-mismatch", "server", "1"), 1, 1, 0, 0, 0, 0},
    {"an error is no judgement", OK,
     "\"outcome\": \"error\", \"reason\": \"crash\"", 0, 0, 1, 0, 0, 0},
    {"unsupported is no judgement",
     "\"outcome\": \"unsupported\", \"reason\": \"none\"",
     REFUSED("expired", "client", "1"), 0, 0, 1, 0, 0, 0},
    {"not built, both", "\"outcome\": \"unsupported\", \"note\": \"not built\"",
     "\"outcome\": \"unsupported\", \"note\": \"not built\"", 0, 0, 1, 0, 0, 0},
    {"only in the first", OK, NULL, 0, 0, 0, 1, 0, 0},
    {"only in the second", NULL, OK, 0, 0, 0, 0, 1, 0},
    {"heap of the same chain", HEAP("rsa", "10"), HEAP("rsa", "20"), 1, 0, 0, 0,
     0, 1},
    {"heap of two chains", HEAP("rsa", "10"), HEAP("ecdsa", "20"), 1, 0, 0, 0,
     0, 0},
    {"heap of one side", HEAP("rsa", "10"), HEAP("rsa", "0"), 1, 0, 0, 0, 0, 0},
};

static void add_record(json_t *records, const char *device, const char *body)
{
    char *cell = format("s/t/%s", device);
    char *text =
        format("{\"cell\": \"%s\", %s}", cell, body ? body : "\"a\":1");

    if (body)
        json_object_set_new(records, cell, json_loads(text, 0, NULL));
    free(text);
    free(cell);
}

/* A document with these two records and verdicts. */
static void make(struct document *d, const char *x, const char *y,
                 const char *verdicts)
{
    json_t *plan = json_loads(plan_text, 0, NULL);
    json_t *list = json_loads(verdicts, 0, NULL), *records = json_object();

    assert_non_null(plan);
    assert_non_null(list);
    add_record(records, "d-x", x);
    add_record(records, "d-y@1", y);
    assert_int_equal(document_init(d, plan, list, records), 0);
    json_decref(plan);
    json_decref(list);
    json_decref(records);
}

static json_t *compare(const struct document *d, const char *glob)
{
    struct difference_side a = {d, "run", "x"}, b = {d, "run", "y@1"};

    return difference_new(&a, &b, glob);
}

static void check(const char *name, const char *what, long long got,
                  long long wanted)
{
    if (got != wanted)
        fail_msg("%s: %s is %lld, not %lld", name, what, got, wanted);
}

static void counts_cells(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *r = &rows[i];
        const json_t *totals;
        struct document d;
        json_t *got;

        make(&d, r->x, r->y, "{\"verdicts\": []}");
        got = compare(&d, NULL);
        assert_non_null(got);
        totals = json_object_get(got, "totals");
        check(r->name, "compared", difference_compared(got), r->compared);
        check(r->name, "differ", difference_count(got), r->differ);
        check(r->name, "cells",
              (long long)json_array_size(json_object_get(got, "cells")),
              r->differ);
        check(r->name, "apart", document_number(totals, "apart"), r->apart);
        check(r->name, "only_a", document_number(totals, "only_a"), r->only_a);
        check(r->name, "only_b", document_number(totals, "only_b"), r->only_b);
        check(r->name, "heap",
              (long long)json_array_size(json_object_get(got, "heap")),
              r->heap);
        json_decref(got);
        document_clear(&d);
    }
}

#define VERDICT(device, verdict, reason, expected)                             \
    "{\"scenario\": \"s\", \"device\": \"" device                              \
    "\", \"verdict\": \"" verdict "\", \"reason\": \"" reason                  \
    "\", \"expected\": " expected "}"
#define BECAUSE(why) "{\"because\": \"" why "\", \"reference\": \"r\"}"

static const struct {
    const char *name, *verdicts;
    long long differ, because;
} verdict_rows[] = {
    {"the same",
     "{\"verdicts\": [" VERDICT("d-x", "survives", "none", "null") "," VERDICT(
         "d-y@1", "survives", "none", "null") "]}",
     0, 0},
    {"one breaks, each with its explanation",
     "{\"verdicts\": [" VERDICT("d-x", "survives", "none",
                                BECAUSE("p")) "," VERDICT("d-y@1", "breaks",
                                                          "unknown-ca",
                                                          BECAUSE("q")) "]}",
     1, 2},
    {"one explanation for both is told once",
     "{\"verdicts\": [" VERDICT("d-x", "breaks", "expired",
                                BECAUSE("p")) "," VERDICT("d-y@1", "breaks",
                                                          "unknown-ca",
                                                          BECAUSE("p")) "]}",
     1, 1},
    {"unsupported is no verdict to differ from",
     "{\"verdicts\": [" VERDICT("d-x", "survives", "none", "null") "," VERDICT(
         "d-y@1", "unsupported", "none", "null") "]}",
     0, 0},
    {"an error is none either",
     "{\"verdicts\": [" VERDICT("d-x", "error", "crash", "null") "," VERDICT(
         "d-y@1", "survives", "none", "null") "]}",
     0, 0},
    {"one is missing",
     "{\"verdicts\": [" VERDICT("d-x", "survives", "none", "null") "]}", 0, 0},
};

static void compares_verdicts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof verdict_rows / sizeof verdict_rows[0]; i++) {
        const char *name = verdict_rows[i].name;
        const json_t *list;
        struct document d;
        json_t *got;

        make(&d, OK, OK, verdict_rows[i].verdicts);
        got = compare(&d, NULL);
        list = json_object_get(got, "verdicts");
        check(name, "verdicts", (long long)json_array_size(list),
              verdict_rows[i].differ);
        check(name, "count", difference_count(got), verdict_rows[i].differ);
        check(name, "because",
              (long long)json_array_size(
                  json_object_get(json_array_get(list, 0), "because")),
              verdict_rows[i].because);
        json_decref(got);
        document_clear(&d);
    }
}

static void selects_scenarios(void **state)
{
    static const struct {
        const char *glob;
        long long compared;
    } globs[] = {{NULL, 1}, {"s", 1}, {"*", 1}, {"o*", 0}, {"S", 0}};
    struct document d;

    (void)state;
    make(&d, OK, OK, "{\"verdicts\": []}");
    for (size_t i = 0; i < sizeof globs / sizeof globs[0]; i++) {
        json_t *got = compare(&d, globs[i].glob);

        check(globs[i].glob ? globs[i].glob : "all", "compared",
              difference_compared(got), globs[i].compared);
        json_decref(got);
    }
    document_clear(&d);
}

static void compares_runs_by_device(void **state)
{
    struct document before, after;
    struct difference_side a = {&before, "one", NULL};
    struct difference_side b = {&after, "two", NULL};
    json_t *got;
    const json_t *cell;

    (void)state;
    make(&before, OK, OK, "{\"verdicts\": []}");
    make(&after, OK, REFUSED("expired", "client", "7"), "{\"verdicts\": []}");
    got = difference_new(&a, &b, NULL);
    assert_int_equal(difference_compared(got), 2);
    assert_int_equal(difference_count(got), 1);
    cell = json_array_get(json_object_get(got, "cells"), 0);
    assert_string_equal(document_text(cell, "device"), "d-y@1");
    assert_int_equal(document_number(json_object_get(cell, "b"), "native_code"),
                     7);
    json_decref(got);
    document_clear(&before);
    document_clear(&after);
}

static const char told[] =
    "A: x (1) in run\n"
    "B: y@1 (2) in run\n"
    "\ncells with different outcomes\n"
    "  s/t/d\n"
    "      x: connected  vs  y@1: refused unknown-ca (-188)\n"
    "\ndifferent verdicts\n"
    "  s d: x survives, y@1 breaks (unknown-ca)\n"
    "      because (y@1): q [r]\n"
    "\n1 cells compared, 1 differ; 1 verdicts differ; 0 not judged by one "
    "side; 0 only in one\n";

static void tells_a_person(void **state)
{
    char *text = NULL;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    struct document d;
    json_t *got;

    (void)state;
    assert_non_null(to);
    make(&d, OK, REFUSED("unknown-ca", "client", "-188"),
         "{\"verdicts\": [" VERDICT("d-x", "survives", "none",
                                    "null") "," VERDICT("d-y@1", "breaks",
                                                        "unknown-ca",
                                                        BECAUSE("q")) "]}");
    got = compare(&d, NULL);
    difference_print(to, got, 0);
    fclose(to);
    assert_string_equal(text, told);
    free(text);
    json_decref(got);
    document_clear(&d);
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
