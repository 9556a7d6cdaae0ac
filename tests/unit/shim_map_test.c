/* The lookups of the stacks' tables. */
#include "clients/shim_map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void codes(void **state)
{
    static const struct shim_map_code rows[] = {{-5, REASON_EXPIRED},
                                                {7, REASON_UNKNOWN_CA}};

    (void)state;
    assert_int_equal(shim_map_code(rows, 2, -5), REASON_EXPIRED);
    assert_int_equal(shim_map_code(rows, 2, 7), REASON_UNKNOWN_CA);
    assert_int_equal(shim_map_code(rows, 2, 5), REASON_UNMAPPED);
}

static void flags(void **state)
{
    static const struct shim_map_flag rows[] = {{8, REASON_UNKNOWN_CA},
                                                {1 | 2, REASON_EXPIRED}};

    (void)state;
    assert_int_equal(shim_map_flags(rows, 2, 1 | 8), REASON_UNKNOWN_CA);
    assert_int_equal(shim_map_flags(rows, 2, 2), REASON_EXPIRED);
    assert_int_equal(shim_map_flags(rows, 2, 4), REASON_UNMAPPED);
    assert_int_equal(shim_map_flags(rows, 2, 0), REASON_UNMAPPED);
}

static void fills(void **state)
{
    struct shim_why why;
    char text[400];

    (void)state;
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    shim_map_clear(&why, STAGE_HELLO);
    assert_int_equal(why.alert_sent, -1);
    assert_int_equal(why.alert_received, -1);
    why.alert_sent = 48;
    shim_map_fill(&why, STAGE_CERTIFICATE, REASON_UNKNOWN_CA, -188, text);
    assert_int_equal(why.stage, STAGE_CERTIFICATE);
    assert_int_equal(why.native_code, -188);
    assert_int_equal(why.alert_sent, 48);
    assert_int_equal(strlen(why.native_text), sizeof why.native_text - 1);
    shim_map_fill(&why, STAGE_SETUP, REASON_NONE, 0, NULL);
    assert_string_equal(why.native_text, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes),
        cmocka_unit_test(flags),
        cmocka_unit_test(fills),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
