/* What verdicts add up to: units once per device, and the order of the worst.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "report/tally.h"

static const char plan[] =
    "{\"devices\": [{\"id\": \"a\", \"units\": 10}, {\"id\": \"b\", "
    "\"units\": 500}, {\"id\": \"c\", \"units\": 7}]}";
static const char verdicts[] =
    "{\"verdicts\": ["
    "{\"scenario\": \"t\", \"device\": \"a\", \"units\": 10, "
    "\"verdict\": \"breaks\", \"as_expected\": true},"
    "{\"scenario\": \"s\", \"device\": \"a\", \"units\": 10, "
    "\"verdict\": \"breaks\", \"as_expected\": false},"
    "{\"scenario\": \"s\", \"device\": \"b\", \"units\": 500, "
    "\"verdict\": \"insecure\", \"as_expected\": null},"
    "{\"scenario\": \"s\", \"device\": \"c\", \"units\": 7, "
    "\"verdict\": \"survives\", \"as_expected\": true},"
    "{\"scenario\": \"t\", \"device\": \"c\", \"units\": 7, "
    "\"verdict\": \"error\"}]}";

static void adds_up(void **state)
{
    static const struct {
        const char *device, *scenario;
    } order[] = {{"b", "s"}, {"a", "s"}, {"a", "t"}};
    json_t *p = json_loads(plan, 0, NULL), *v = json_loads(verdicts, 0, NULL);
    json_t *records = json_object();
    struct document d;
    struct tally t;

    (void)state;
    assert_int_equal(document_init(&d, p, v, records), 0);
    assert_int_equal(tally_init(&t, &d), 0);
    assert_int_equal(t.verdicts, 5);
    assert_int_equal(t.breaks, 2);
    assert_int_equal(t.insecure, 1);
    assert_int_equal(t.errors, 1);
    assert_int_equal(t.unexpected, 1);
    assert_int_equal(t.devices_broken, 1);
    assert_int_equal(t.units_broken, 10);
    assert_int_equal(t.units, 517);
    assert_int_equal(t.worst_count, 3);
    for (size_t i = 0; i < t.worst_count; i++) {
        assert_string_equal(document_text(t.worst[i], "device"),
                            order[i].device);
        assert_string_equal(document_text(t.worst[i], "scenario"),
                            order[i].scenario);
    }
    assert_string_equal(
        document_text(document_verdict(&d, "s", "b"), "verdict"), "insecure");
    assert_null(document_verdict(&d, "t", "b"));
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
