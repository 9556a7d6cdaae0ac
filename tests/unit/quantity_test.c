/* Times, durations and sizes: what is accepted, what it means, what is not. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>

#include "base/quantity.h"

struct row {
    const char *text;
    int ok;
    int64_t value;
};

static void check(const struct row *rows, size_t count,
                  int (*parse)(const char *, int64_t *))
{
    for (size_t i = 0; i < count; i++) {
        int64_t value = 0;
        int ok = parse(rows[i].text, &value) == 0;

        if (ok != rows[i].ok || (ok && value != rows[i].value))
            fail_msg("\"%s\": ok %d value %lld", rows[i].text, ok,
                     (long long)value);
    }
}

static void times(void **state)
{
    static const struct row rows[] = {
        {"1970-01-01T00:00:00Z", 1, 0},
        {"1969-12-31T23:59:59Z", 1, -1},
        {"2038-01-19T03:14:08Z", 1, 2147483648},
        {"2024-02-29 12:00:00Z", 1, 1709208000},
        {"2024-07-01", 1, 1719792000},
        {"2023-02-29", 0, 0},
        {"2024-13-01", 0, 0},
        {"2024-07-01T24:00:00Z", 0, 0},
        {"2024-07-01T00:00:00", 0, 0},
        {"2024-07-01T00:00:00+01:00", 0, 0},
        {"yesterday", 0, 0},
        {"", 0, 0},
    };
    char text[32];

    (void)state;
    check(rows, sizeof rows / sizeof *rows, time_parse);
    assert_string_equal(time_format(-1, text), "1969-12-31T23:59:59Z");
    assert_string_equal(time_format(1709208000, text), "2024-02-29T12:00:00Z");
    assert_string_equal(time_format(2147483648, text), "2038-01-19T03:14:08Z");
}

static void durations(void **state)
{
    static const struct row rows[] = {
        {"+90d", 1, 7776000},
        {"-12h", 1, -43200},
        {"30m", 1, 1800},
        {"45s", 1, 45},
        {"1y", 1, 31536000},
        {"90", 0, 0},
        {"d", 0, 0},
        {"9999999999999999999d", 0, 0},
        {"999999999999999d", 0, 0},
        {"10000y", 1, 315360000000},
        {"-10001y", 0, 0},
        {" 5d", 0, 0},
        {"5d ", 0, 0},
    };

    (void)state;
    check(rows, sizeof rows / sizeof *rows, duration_parse);
}

static void sizes(void **state)
{
    static const struct row rows[] = {
        {"4096", 1, 4096},    {"4KiB", 1, 4096}, {"48 KiB", 1, 49152},
        {"1MiB", 1, 1048576}, {"-1", 0, 0},      {"4kb", 0, 0},
        {"KiB", 0, 0},
    };

    (void)state;
    check(rows, sizeof rows / sizeof *rows, size_parse);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times),
        cmocka_unit_test(durations),
        cmocka_unit_test(sizes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
