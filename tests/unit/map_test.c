/* The map against a plain array that says what must be in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/map.h"

static void keys_are_bytes(void **state)
{
    static const struct {
        const char *key;
        size_t size;
    } rows[] = {{"", 0}, {"a", 1}, {"a\0b", 3}, {"a\0c", 3}, {"ab", 2}};
    enum { ROWS = sizeof rows / sizeof *rows };
    struct map m = {0};
    int values[ROWS];

    (void)state;
    assert_null(map_get(&m, "a", 1));
    for (size_t i = 0; i < ROWS; i++)
        assert_int_equal(map_put(&m, rows[i].key, rows[i].size, &values[i]), 0);
    for (size_t i = 0; i < ROWS; i++)
        assert_ptr_equal(map_get(&m, rows[i].key, rows[i].size), &values[i]);
    assert_null(map_get(&m, "a\0d", 3));
    assert_int_equal(map_put(&m, "ab", 2, &values[0]), 0);
    assert_ptr_equal(map_get(&m, "ab", 2), &values[0]);
    assert_int_equal(m.count, ROWS);
    map_clear(&m);
}

/* Many puts and removes in an order that is the same each time. */
static void as_an_array_says(void **state)
{
    enum { KEYS = 5000, TURNS = 200000 };
    static char keys[KEYS][8];
    static int in[KEYS];
    struct map m = {0};
    unsigned seed = 1;
    size_t count = 0;

    (void)state;
    for (int i = 0; i < KEYS; i++)
        snprintf(keys[i], sizeof keys[i], "k%d", i);
    for (int turn = 0; turn < TURNS; turn++) {
        int k = (int)((seed = seed * 1103515245U + 12345U) >> 8) % KEYS;

        if (seed >> 31) {
            assert_int_equal(map_put(&m, keys[k], strlen(keys[k]), keys[k]), 0);
            count += !in[k];
            in[k] = 1;
        } else {
            map_remove(&m, keys[k], strlen(keys[k]));
            count -= (size_t)in[k];
            in[k] = 0;
        }
    }
    assert_int_equal(m.count, count);
    for (int i = 0; i < KEYS; i++)
        assert_ptr_equal(map_get(&m, keys[i], strlen(keys[i])),
                         in[i] ? keys[i] : NULL);
    map_clear(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_bytes),
        cmocka_unit_test(as_an_array_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
