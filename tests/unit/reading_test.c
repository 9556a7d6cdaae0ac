/* The records of a finished run, read where they are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "lab/reading.h"
#include "model/line_codec.h"

enum { CELLS = 1000 };

static char dir[] = "/tmp/reading-test-XXXXXX";

static char *path_of(const char *name)
{
    char *path = format("%s/%s", dir, name);

    assert_non_null(path);
    return path;
}

/* "s/t/dN" for N below CELLS; those of `damaged` are no record. */
static void write_run(int damaged)
{
    char *path = path_of("results.jsonl");
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    for (int i = 0; i < CELLS; i++) {
        char cell[32];
        struct record *r;
        char *line;

        snprintf(cell, sizeof cell, "s/t/d%d", i);
        r = record_new(cell, "x");
        r->outcome = OUTCOME_NOT_BUILT;
        line =
            i == damaged ? format("{\"cell\":\"%s\"}", cell) : record_line(r);
        assert_non_null(line);
        fprintf(f, "%s\n", line);
        free(line);
        record_free(r);
    }
    assert_int_equal(fclose(f), 0);
    free(path);
}

static int on_record(void *arg, struct record *r)
{
    size_t *seen = arg;
    char cell[32];

    snprintf(cell, sizeof cell, "s/t/d%zu", *seen);
    assert_string_equal(r->cell, cell);
    record_free(r);
    return ++*seen == CELLS / 2 ? 7 : 0;
}

static int drop(void *arg, struct record *r)
{
    ++*(size_t *)arg;
    record_free(r);
    return 0;
}

static void mark(void *arg, struct record *r)
{
    ++*(size_t *)arg;
    r->outcome = OUTCOME_UNTESTED;
}

static void finds_each_after_a_pass_that_stopped(void **state)
{
    struct records *r;
    size_t seen = 0;

    (void)state;
    write_run(-1);
    r = records_open(dir);
    assert_non_null(r);
    assert_int_equal(records_each(r, on_record, &seen), 7);
    assert_int_equal(seen, CELLS / 2);
    for (size_t i = 0; i < CELLS; i++) {
        char cell[32];
        const struct record *found;

        snprintf(cell, sizeof cell, "s/t/d%zu", CELLS - 1 - i);
        found = records_find(r, cell);
        assert_non_null(found);
        assert_string_equal(found->cell, cell);
        assert_ptr_equal(records_find(r, cell), found);
    }
    assert_null(records_find(r, "s/t/d"));
    assert_null(records_find(r, "s/t/d1000"));
    records_free(r);
}

/* The folder of a run is moved to its place while its records are in use. */
static void prepares_what_it_reads_and_may_be_moved(void **state)
{
    size_t prepared = 0, seen = 0;
    struct records *r;
    char *path = path_of("results.jsonl"), *moved = path_of("moved");

    (void)state;
    write_run(-1);
    r = records_open(dir);
    records_prepare(r, mark, &prepared);
    assert_int_equal(records_each(r, drop, &seen), 0);
    assert_int_equal(seen, CELLS);
    assert_int_equal(prepared, CELLS);
    assert_int_equal(rename(path, moved), 0);
    assert_int_equal(records_find(r, "s/t/d3")->outcome, OUTCOME_UNTESTED);
    assert_int_equal(prepared, CELLS + 1);
    records_free(r);
    assert_null(records_open(dir));
    free(path);
    free(moved);
}

static void damaged_line_is_no_record(void **state)
{
    struct records *r;

    (void)state;
    write_run(CELLS / 2);
    r = records_open(dir);
    assert_non_null(r);
    assert_int_equal(records_each(r, NULL, NULL), -1);
    assert_null(records_find(r, "s/t/d3"));
    records_free(r);
}

static int set_up(void **state)
{
    (void)state;
    return mkdtemp(dir) ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    return file_remove_tree(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_each_after_a_pass_that_stopped),
        cmocka_unit_test(prepares_what_it_reads_and_may_be_moved),
        cmocka_unit_test(damaged_line_is_no_record),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
