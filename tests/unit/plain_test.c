/* Bytes go in at one end and come out at the other, whatever the pieces. */
#include "server/plain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void comes_out_in_order(void **state)
{
    static const struct {
        size_t in, out; /* bytes added, then taken at most */
    } rows[] = {{5, 3},      {0, 0}, {1, 9}, {700, 100},
                {300, 2000}, {1, 0}, {0, 1}};
    struct plain p = {.data = NULL};
    uint8_t next_in = 0, next_out = 0, data[2048];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        size_t n;

        for (n = 0; n < rows[i].in; n++)
            data[n] = next_in++;
        assert_int_equal(plain_add(&p, data, rows[i].in), 0);
        n = plain_take(&p, data, rows[i].out);
        assert_in_range(n, 0, rows[i].out);
        for (size_t k = 0; k < n; k++)
            if (data[k] != next_out++)
                fail_msg("row %zu: byte %zu is %u", i, k, data[k]);
    }
    assert_int_equal(next_in, next_out);
    assert_int_equal(plain_take(&p, data, sizeof(data)), 0);
    /* what is empty begins anew: it does not grow for ever */
    assert_int_equal(p.size, 0);
    assert_in_range(p.room, 1, 2000);
    free(p.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(comes_out_in_order)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
