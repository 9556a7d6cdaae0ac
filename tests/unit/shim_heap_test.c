/* The heap account: what is counted, what is refused, and that a cell's figure
 * does not depend on the one before. */
#include "clients/shim_heap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "clients/shim.h"

static void counts(void **state)
{
    size_t before = shim_heap_used();
    char *p = shim_heap_malloc(100), *q = shim_heap_calloc(10, 20);

    (void)state;
    assert_non_null(p);
    assert_non_null(q);
    assert_int_equal((uintptr_t)p % 16, 0);
    assert_int_equal(q[199], 0);
    assert_int_equal(shim_heap_used() - before, 300);
    p = shim_heap_realloc(p, 50);
    assert_int_equal(shim_heap_used() - before, 250);
    q = shim_heap_realloc(q, 1000);
    assert_int_equal(q[0], 0);
    assert_int_equal(shim_heap_used() - before, 1050);
    shim_heap_free(p);
    shim_heap_free(q);
    shim_heap_free(NULL);
    assert_int_equal(shim_heap_used(), before);
}

static void refuses_overflow(void **state)
{
    (void)state;
    assert_null(shim_heap_malloc(SIZE_MAX - 4));
    assert_null(shim_heap_calloc(SIZE_MAX / 2, 3));
}

static void budget(void **state)
{
    static const struct {
        const char *name;
        size_t held, budget, size;
        int admitted;
    } rows[] = {
        {"no budget", 500, 0, 100000, 1},
        {"exactly full", 500, 1500, 1000, 1},
        {"one byte over", 500, 1500, 1001, 0},
        {"nothing left", 500, 500, 1, 0},
        {"empty block at the limit", 500, 500, 0, 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        void *p;
        shim_heap_watch(rows[i].held, rows[i].budget);
        p = shim_heap_malloc(rows[i].size);
        if (!p != !rows[i].admitted ||
            shim_heap_refused() != (rows[i].admitted ? 0u : 1u) ||
            shim_heap_peak() !=
                rows[i].held + (rows[i].admitted ? rows[i].size : 0))
            fail_msg("%s: refused %zu, peak %zu", rows[i].name,
                     shim_heap_refused(), shim_heap_peak());
        shim_heap_free(p);
        shim_heap_unwatch();
    }
}

static void realloc_over_budget_keeps_block(void **state)
{
    char *p, *q;

    (void)state;
    shim_heap_watch(0, 100);
    p = shim_heap_malloc(60);
    assert_non_null(p);
    strcpy(p, "kept");
    assert_null(shim_heap_realloc(p, 101));
    assert_string_equal(p, "kept");
    q = shim_heap_realloc(p, 100);
    assert_non_null(q);
    assert_int_equal(shim_heap_refused(), 1);
    shim_heap_unwatch();
    shim_heap_free(q);
}

static void figures_stay_after_unwatch(void **state)
{
    void *p;

    (void)state;
    shim_heap_watch(10, 0);
    shim_heap_free(shim_heap_malloc(90));
    shim_heap_unwatch();
    p = shim_heap_malloc(5000);
    assert_int_equal(shim_heap_peak(), 100);
    shim_heap_free(p);
}

static void shared_bytes_count_as_held(void **state)
{
    void *store, *first, *second;
    size_t first_held, second_held;

    (void)state;
    shim_heap_context_begin();
    store = shim_heap_malloc(1000);
    first = shim_heap_malloc(50);
    first_held = shim_heap_context_end();
    shim_heap_context_begin();
    shim_heap_share(1000);
    second = shim_heap_malloc(50);
    second_held = shim_heap_context_end();
    assert_int_equal(first_held, 1050);
    assert_int_equal(second_held, first_held);
    shim_heap_free(store);
    shim_heap_free(first);
    shim_heap_free(second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts),
        cmocka_unit_test(refuses_overflow),
        cmocka_unit_test(budget),
        cmocka_unit_test(realloc_over_budget_keeps_block),
        cmocka_unit_test(figures_stay_after_unwatch),
        cmocka_unit_test(shared_bytes_count_as_held),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
