/* What verdicts add up to: units once per device type, and the order of the
 * worst. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "report/tally.h"

static const char plan[] =
    "{\"devices\": ["
    "{\"id\": \"a-x\", \"device\": \"a\", \"units\": 10},"
    "{\"id\": \"a-y\", \"device\": \"a\", \"units\": 10},"
    "{\"id\": \"b-x\", \"device\": \"b\", \"units\": 500},"
    "{\"id\": \"c-x\", \"device\": \"c\", \"units\": 7},"
    "{\"id\": \"c-y\", \"device\": \"c\", \"units\": 7}]}";
static const char verdicts[] =
    "{\"verdicts\": ["
    "{\"scenario\": \"t\", \"device\": \"a-x\", \"units\": 10, "
    "\"verdict\": \"breaks\", \"as_expected\": true},"
    "{\"scenario\": \"s\", \"device\": \"a-x\", \"units\": 10, "
    "\"verdict\": \"breaks\", \"as_expected\": false},"
    "{\"scenario\": \"s\", \"device\": \"a-y\", \"units\": 10, "
    "\"verdict\": \"breaks\", \"as_expected\": true},"
    "{\"scenario\": \"s\", \"device\": \"b-x\", \"units\": 500, "
    "\"verdict\": \"insecure\", \"as_expected\": null},"
    "{\"scenario\": \"s\", \"device\": \"c-x\", \"units\": 7, "
    "\"verdict\": \"survives\", \"as_expected\": true},"
    "{\"scenario\": \"t\", \"device\": \"c-x\", \"units\": 7, "
    "\"verdict\": \"error\"}]}";

static void adds_up(void **state)
{
    static const struct {
        const char *device, *scenario;
    } order[] = {{"b-x", "s"}, {"a-x", "s"}, {"a-x", "t"}, {"a-y", "s"}};
    json_t *p = json_loads(plan, 0, NULL), *v = json_loads(verdicts, 0, NULL);
    json_t *records = json_object();
    struct document d;
    struct tally t;

    (void)state;
    assert_int_equal(document_init(&d, p, v, records), 0);
    assert_int_equal(tally_init(&t, &d), 0);
    assert_int_equal(t.verdicts, 6);
    assert_int_equal(t.breaks, 3);
    assert_int_equal(t.insecure, 1);
    assert_int_equal(t.errors, 1);
    assert_int_equal(t.unexpected, 1);
    assert_int_equal(t.devices_broken, 2);
    assert_int_equal(t.types, 3);
    assert_int_equal(t.types_broken, 1);
    assert_int_equal(t.units_broken, 10);
    assert_int_equal(t.units, 517);
    assert_int_equal(t.worst_count, 4);
    for (size_t i = 0; i < t.worst_count; i++) {
        assert_string_equal(document_text(t.worst[i], "device"),
                            order[i].device);
        assert_string_equal(document_text(t.worst[i], "scenario"),
                            order[i].scenario);
    }
    assert_string_equal(
        document_text(document_verdict(&d, "s", "b-x"), "verdict"), "insecure");
    assert_null(document_verdict(&d, "t", "b-x"));
    tally_clear(&t);
    document_clear(&d);
    json_decref(p);
    json_decref(v);
    json_decref(records);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(adds_up)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
