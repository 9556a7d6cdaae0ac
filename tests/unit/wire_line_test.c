/* Marks of both sides: what counts as a difference. */
#include "model/wire_line.h"

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

static void compares_both_directions(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *r = &rows[i];
        struct wire_side one = {.sent = {r->sent, (char *)r->shim_sent},
                                .received = {0, (char *)""}};
        struct wire_side two = {
            .sent = {0, (char *)""},
            .received = {r->received, (char *)r->endpoint_received}};

        if (wire_differs(&one, &two) != r->differs ||
            wire_differs(&two, &one) != r->differs)
            fail_msg("%s", r->name);
    }
}

static void no_marks_say_nothing(void **state)
{
    struct wire_side none = {.sent = {0, NULL}};
    struct wire_side one = {.sent = {5, (char *)"5:00000001"},
                            .received = {0, (char *)""}};

    (void)state;
    assert_int_equal(wire_differs(&none, &one), 0);
    assert_int_equal(wire_differs(&one, &none), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compares_both_directions),
        cmocka_unit_test(no_marks_say_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
