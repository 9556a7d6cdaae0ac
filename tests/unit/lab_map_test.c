/* The table from bytes to pointers, and lists of a trial. */
#include "lab/map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lab/trial.h"

enum { MANY = 5000 };

static void finds_what_was_put(void **state)
{
    static int values[MANY];
    struct map m = {0};

    (void)state;
    for (size_t i = 0; i < MANY; i++) {
        assert_null(map_find(&m, &i, sizeof i));
        *map_place(&m, &i, sizeof i) = &values[i];
    }
    assert_int_equal(m.count, MANY);
    for (size_t i = 0; i < MANY; i++) {
        assert_ptr_equal(*map_find(&m, &i, sizeof i), &values[i]);
        assert_ptr_equal(*map_place(&m, &i, sizeof i), &values[i]);
    }
    map_drop(&m, NULL);
    assert_int_equal(m.count, 0);
}

static void keys_are_bytes_with_a_length(void **state)
{
    struct map m = {0};

    (void)state;
    *map_place(&m, "", 0) = strdup("empty");
    *map_place(&m, "a", 1) = strdup("one");
    *map_place(&m, "a\0", 2) = strdup("two");
    assert_string_equal(*map_find(&m, NULL, 0), "empty");
    assert_string_equal(*map_find(&m, "a", 1), "one");
    assert_string_equal(*map_find(&m, "a\0b", 2), "two");
    assert_null(map_find(&m, "b", 1));
    map_drop(&m, free);
}

/* Certificates are only pointed at. */
static struct pki_cert *fake(size_t n)
{
    return (struct pki_cert *)(uintptr_t)(n * 16);
}

static void an_edit_leaves_the_original(void **state)
{
    struct trial t = {.left_out = NULL};
    struct trial *copy;

    (void)state;
    t.id = strdup("a/b/c");
    for (size_t i = 1; i <= 3; i++)
        assert_int_equal(trial_list_insert(&t.anchors, i - 1, fake(i)), 0);
    copy = trial_copy(&t, "#drop");
    assert_non_null(copy);
    assert_string_equal(copy->id, "a/b/c#drop");
    trial_list_remove(&copy->anchors, 1);
    assert_int_equal(trial_list_insert(&copy->anchors, 0, fake(9)), 0);
    trial_list_remove(&copy->anchors, 7); /* there is none */
    assert_int_equal(copy->anchors.count, 3);
    assert_ptr_equal(copy->anchors.items[0], fake(9));
    assert_ptr_equal(copy->anchors.items[2], fake(3));
    assert_int_equal(t.anchors.count, 3);
    assert_ptr_equal(t.anchors.items[1], fake(2));
    trial_free(copy);
    free(t.anchors.items);
    free(t.id);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_what_was_put),
        cmocka_unit_test(keys_are_bytes_with_a_length),
        cmocka_unit_test(an_edit_leaves_the_original),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
