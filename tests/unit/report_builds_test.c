/* What a run adds up to by stack build, and which breaks are told together. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>

#include "report/breaks.h"
#include "report/builds.h"

static const char plan_text[] =
    "{\"devices\": ["
    "{\"id\": \"d-x\", \"device\": \"d\", \"stack\": \"x\", \"units\": 9},"
    "{\"id\": \"d-y\", \"device\": \"d\", \"stack\": \"y\", \"units\": 9},"
    "{\"id\": \"d-z\", \"device\": \"d\", \"stack\": \"z\", \"units\": 9},"
    "{\"id\": \"e-x\", \"device\": \"e\", \"stack\": \"x\", \"units\": 5},"
    "{\"id\": \"v-x\", \"device\": \"v\", \"verify\": {\"chain\": false}},"
    "{\"id\": \"v-y\", \"device\": \"v\", \"verify\": {\"chain\": false}},"
    "{\"id\": \"v-z\", \"device\": \"v\", \"verify\": {\"chain\": false}}],"
    "\"stacks\": ["
    "{\"stack\": \"x\", \"version\": \"1\", \"built\": true, \"describe\":"
    " {\"family\": \"f\", \"features\": [\"tls-1.3\", \"heap\", \"tls-1.0\"],"
    " \"limits\": {\"certificates\": 9, \"max_certificate\": 10,"
    " \"in_content\": 20}}},"
    "{\"stack\": \"y\", \"version\": \"2\", \"built\": true, \"describe\":"
    " {\"features\": [\"tls-1.2\", \"sni\"], \"limits\": {\"max_depth\": 4,"
    " \"in_content\": 20}}},"
    "{\"stack\": \"z\", \"version\": null, \"built\": false, \"reason\":"
    " \"no compiler\", \"describe\": null}]}";

#define RECORD(cell, device, stack, chain, outcome, heap)                      \
    RECORD_OF("1.2", cell, device, stack, chain, outcome, heap)
#define RECORD_OF(version, cell, device, stack, chain, outcome, heap)          \
    "\"" cell                                                                  \
    "\": {\"scenario\": \"s\", \"state\": \"t\", \"device\": \"" device        \
    "\", \"stack\": \"" stack "\", \"outcome\": \"" outcome                    \
    "\", \"version\": \"" version "\", \"peak_heap\": " heap                   \
    ", \"server\": {\"chose\": {\"chain\": \"" chain "\"}}}"

/* The ECDSA chain comes first and is one build's only, TLS 1.3 is one build's
 * too, and the device `v` that checks no chain has the most; a refused
 * handshake's heap must not be taken for a whole one's. */
static const char records_text[] =
    "{" RECORD("7", "v-x", "x", "rsa", "connected", "1") "," RECORD("8", "v-y", "y", "rsa", "connected", "1") "," RECORD(
        "9", "v-z", "z", "rsa", "connected",
        "1") "," RECORD_OF("1.3", "10", "d-x", "x", "rsa", "connected",
                           "5") "," RECORD("1", "e-x", "x", "ecdsa",
                                           "connected",
                                           "700") "," RECORD("2", "d-x", "x",
                                                             "rsa", "connected",
                                                             "100") "," RECORD("3",
                                                                               "d-y",
                                                                               "y",
                                                                               "rsa",
                                                                               "connected",
                                                                               "40") "," RECORD("4",
                                                                                                "d-y",
                                                                                                "y",
                                                                                                "rsa",
                                                                                                "refused",
                                                                                                "9") "," RECORD("5",
                                                                                                                "d-y",
                                                                                                                "y",
                                                                                                                "rsa",
                                                                                                                "error",
                                                                                                                "0") "," RECORD("6",
                                                                                                                                "d-"
                                                                                                                                "z",
                                                                                                                                "z",
                                                                                                                                "",
                                                                                                                                "uns"
                                                                                                                                "upp"
                                                                                                                                "ort"
                                                                                                                                "ed",
                                                                                                                                "0") "}";

#define BREAK(scenario, device, stack, cause)                                  \
    "{\"scenario\": \"" scenario "\", \"device\": \"" device                   \
    "\", \"stack\": \"" stack "\", \"units\": 9, \"after\": \"t\","            \
    "\"verdict\": \"breaks\", \"reason\": \"r\", \"cause\": \"" cause "\"}"

static const char verdicts_text[] =
    "{\"verdicts\": [" BREAK("s", "d-x", "x", "c") "," BREAK(
        "s", "d-y", "y", "c") "," BREAK("s", "d-z", "z",
                                        "other") "," BREAK("s2", "d-z", "z",
                                                           "c") "]}";

static void make(struct document *d)
{
    json_t *plan = json_loads(plan_text, 0, NULL);
    json_t *verdicts = json_loads(verdicts_text, 0, NULL);
    json_t *records = json_loads(records_text, 0, NULL);

    assert_non_null(plan);
    assert_non_null(verdicts);
    assert_non_null(records);
    assert_int_equal(document_init(d, plan, verdicts, records), 0);
    json_decref(plan);
    json_decref(verdicts);
    json_decref(records);
}

static void adds_up_by_build(void **state)
{
    static const struct {
        const char *stack, *tls, *reason;
        int built, heap;
        long long cells, errors, certificates, depth, message, peak;
    } wanted[] = {
        {"x", "1.0 to 1.3", "", 1, 1, 4, 0, 9, 0, 10, 100},
        {"y", "1.2", "", 1, 0, 4, 1, 0, 4, 20, 40},
        {"z", "", "no compiler", 0, 0, 0, 0, 0, 0, 0, 0},
    };
    struct document d;
    json_t *got;
    const json_t *list;

    (void)state;
    make(&d);
    got = builds_new(&d);
    list = json_object_get(got, "builds");
    assert_int_equal(json_array_size(list), 3);
    for (size_t i = 0; i < 3; i++) {
        const json_t *b = json_array_get(list, i);

        assert_string_equal(document_text(b, "stack"), wanted[i].stack);
        assert_string_equal(document_text(b, "tls"), wanted[i].tls);
        assert_string_equal(document_text(b, "reason"), wanted[i].reason);
        assert_int_equal(json_is_true(json_object_get(b, "built")),
                         wanted[i].built);
        assert_int_equal(json_is_true(json_object_get(b, "measures_heap")),
                         wanted[i].heap);
        assert_int_equal(document_number(b, "cells"), wanted[i].cells);
        assert_int_equal(document_number(b, "errors"), wanted[i].errors);
        assert_int_equal(document_number(b, "certificates"),
                         wanted[i].certificates);
        assert_int_equal(document_number(b, "depth"), wanted[i].depth);
        assert_int_equal(document_number(b, "message"), wanted[i].message);
        assert_int_equal(document_number(b, "peak_heap"), wanted[i].peak);
    }
    assert_int_equal(json_array_size(json_object_get(got, "not_built")), 1);
    assert_int_equal(document_number(got, "cells_not_run"), 2);
    list = json_object_get(got, "heap_of");
    assert_string_equal(document_text(list, "device"), "d");
    assert_string_equal(document_text(list, "chain"), "rsa");
    assert_string_equal(document_text(list, "version"), "1.2");
    assert_int_equal(document_number(list, "builds"), 2);
    json_decref(got);
    document_clear(&d);
}

static void tells_alike_breaks_once(void **state)
{
    static const struct {
        const char *scenario, *cause, *builds;
    } wanted[] = {{"s", "c", "x, y"}, {"s", "other", "z"}, {"s2", "c", "z"}};
    struct document d;
    struct tally t;
    json_t *got;
    const json_t *rows;

    (void)state;
    make(&d);
    assert_int_equal(tally_init(&t, &d), 0);
    got = breaks_new(&d, &t, "breaks");
    assert_int_equal(json_array_size(got), 1);
    rows = json_object_get(json_array_get(got, 0), "rows");
    assert_int_equal(json_array_size(rows), 3);
    for (size_t i = 0; i < 3; i++) {
        const json_t *row = json_array_get(rows, i);
        char *builds = breaks_builds(row);

        assert_string_equal(document_text(row, "scenario"), wanted[i].scenario);
        assert_string_equal(document_text(row, "cause"), wanted[i].cause);
        assert_string_equal(builds, wanted[i].builds);
        assert_int_equal(document_number(row, "of"), 3);
        free(builds);
    }
    json_decref(got);
    tally_clear(&t);
    document_clear(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adds_up_by_build),
        cmocka_unit_test(tells_alike_breaks_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
