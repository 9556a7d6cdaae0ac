/* Marks of both sides: what counts as a difference. */
#include "lab/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static const struct row {
    const char *name;
    const char *shim_sent, *endpoint_received;
    int sent, received; /* bytes in all */
    int differs;
} rows[] = {
    {"equal", "5:00000001 9:0000000a", "5:00000001 9:0000000a", 9, 9, 0},
    {"the peer left early", "5:00000001 9:0000000a", "5:00000001", 9, 5, 0},
    {"a part of a record is on its way", "5:00000001", "5:00000001", 8, 6, 0},
    {"nothing arrived", "5:00000001", "", 5, 0, 0},
    {"a flipped byte", "5:00000001 9:0000000a", "5:00000001 9:0000000b", 9, 9,
     1},
    {"another length", "5:00000001 9:0000000a", "5:00000001 8:0000000a", 9, 9,
     1},
    {"a mark that begins like the other", "5:00000001", "5:0000000123", 5, 5,
     1},
    {"more than was sent", "5:00000001", "5:00000001", 5, 6, 1},
};

static json_t *side(const char *direction, const char *marks, int bytes,
                    const char *other)
{
    return json_pack("{s:{s:{s:s,s:i},s:{s:s,s:i}}}", "wire", direction,
                     "marks", marks, "bytes", bytes, other, "marks", "",
                     "bytes", 0);
}

static void compares_both_directions(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *r = &rows[i];
        json_t *one = side("sent", r->shim_sent, r->sent, "received");
        json_t *two =
            side("received", r->endpoint_received, r->received, "sent");

        if (wire_differs(one, two) != r->differs ||
            wire_differs(two, one) != r->differs)
            fail_msg("%s", r->name);
        json_decref(one);
        json_decref(two);
    }
}

static void no_marks_say_nothing(void **state)
{
    json_t *none = json_object(),
           *one = side("sent", "5:00000001", 5, "received");

    (void)state;
    assert_int_equal(wire_differs(none, one), 0);
    assert_int_equal(wire_differs(one, none), 0);
    json_decref(none);
    json_decref(one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compares_both_directions),
        cmocka_unit_test(no_marks_say_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
