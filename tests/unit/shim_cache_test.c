/* The cache forgets what was used longest ago, and frees everything once. */
#include "clients/shim_cache.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static int released[4];

static void release(void *value)
{
    ++*(int *)value;
}

static void forgets_the_oldest(void **state)
{
    struct shim_cache_entry entries[2] = {{0}};
    struct shim_cache c = {entries, 2, release, 0};

    (void)state;
    assert_int_equal(shim_cache_add(&c, "a", &released[0]), 0);
    assert_int_equal(shim_cache_add(&c, "b", &released[1]), 0);
    assert_ptr_equal(shim_cache_find(&c, "a"), &released[0]);
    shim_cache_make_room(&c);
    assert_int_equal(released[1], 1);
    assert_null(shim_cache_find(&c, "b"));
    shim_cache_make_room(&c);
    assert_int_equal(released[0], 0);
    assert_int_equal(shim_cache_add(&c, "c", &released[2]), 0);
    assert_int_equal(shim_cache_add(&c, "d", &released[3]), 0);
    assert_int_equal(released[0], 1);
    assert_ptr_equal(shim_cache_find(&c, "c"), &released[2]);
    shim_cache_clear(&c);
    shim_cache_clear(&c);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(released[i], 1);
    assert_null(shim_cache_find(&c, "c"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(forgets_the_oldest)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
