/* Rows in a file of the test's own folder: keys, pages, ranges, what a process
 * that ends without a word leaves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "account/store.h"
#include "base/diag.h"
#include "base/file.h"

static char folder[] = "/tmp/chainbreak-rows-XXXXXX";

static int set_up(void **state)
{
    char template[] = "/tmp/chainbreak-rows-XXXXXX";

    (void)state;
    if (mkdtemp(template) == NULL)
        return -1;
    memcpy(folder, template, sizeof folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    return file_remove_tree(folder);
}

static struct audit_task task(const char *id, int64_t started)
{
    return (struct audit_task){
        .id = strdup(id), .checks = strdup("A "), .started = started};
}

static int insert_task(struct rows *r, const char *id, int64_t started)
{
    struct audit_task t = task(id, started);
    int status = rows_insert(r, &task_table, &t);

    rows_clear(&task_table, &t);
    return status;
}

static void rows_come_back(void **state)
{
    struct rows *r = store_open(folder);
    struct domain d = {.name = strdup("a'b;--"),
                       .arn = strdup("arn"),
                       .service = SERVICE_JOBS,
                       .type = DOMAIN_AWS_MANAGED,
                       .status = SWITCH_ENABLED,
                       .changed = -5,
                       .authentication = AUTHENTICATION_AWS_X509,
                       .protocol = PROTOCOL_HTTPS};
    struct domain back;

    (void)state;
    assert_non_null(r);
    assert_int_equal(rows_insert(r, &domain_table, &d), 0);
    assert_int_equal(rows_insert(r, &domain_table, &d), 1);
    assert_int_equal(rows_get(r, &domain_table, &back, "a'b;--", NULL), 0);
    assert_string_equal(back.arn, "arn");
    assert_null(back.domain_name);
    assert_int_equal(back.service, SERVICE_JOBS);
    assert_int_equal(back.type, DOMAIN_AWS_MANAGED);
    assert_int_equal(back.changed, -5);
    assert_int_equal(back.protocol, PROTOCOL_HTTPS);
    back.protocol = PROTOCOL_DEFAULT;
    assert_int_equal(rows_update(r, &domain_table, &back), 0);
    rows_clear(&domain_table, &back);
    assert_int_equal(rows_get(r, &domain_table, &back, "a'b;--", NULL), 0);
    assert_int_equal(back.protocol, PROTOCOL_DEFAULT);
    rows_clear(&domain_table, &back);
    assert_int_equal(rows_get(r, &domain_table, &back, "b", NULL), 1);
    assert_int_equal(rows_delete(r, &domain_table, "b", NULL), 1);
    assert_int_equal(rows_delete(r, &domain_table, d.name, NULL), 0);
    assert_int_equal(rows_update(r, &domain_table, &d), 1);
    rows_clear(&domain_table, &d);
    rows_close(r);
}

static void two_columns_may_be_the_key(void **state)
{
    struct rows *r = store_open(folder);
    struct attachment a = {strdup("p"), strdup("t"), strdup("arn")};

    (void)state;
    assert_int_equal(rows_insert(r, &attachment_table, &a), 0);
    a.target[0] = 'u';
    assert_int_equal(rows_insert(r, &attachment_table, &a), 0);
    assert_int_equal(rows_insert(r, &attachment_table, &a), 1);
    assert_int_equal(rows_delete(r, &attachment_table, "p", "t"), 0);
    assert_int_equal(rows_delete(r, &attachment_table, "p", "t"), 1);
    assert_int_equal(rows_delete(r, &attachment_table, "p", "u"), 0);
    rows_clear(&attachment_table, &a);
    rows_close(r);
}

/* All pages of a query, ids one after the other. */
static void walk(struct rows *r, struct rows_query *q, char *out)
{
    struct rows_page page;
    char after[sizeof page.next] = "";

    *out = '\0';
    do {
        q->after = after[0] ? after : NULL;
        assert_int_equal(rows_list(r, q, &page), 0);
        for (size_t i = 0; i < page.count; i++)
            strcat(out, ((struct audit_task *)page.items)[i].id);
        strcat(out, "|");
        memcpy(after, page.next, sizeof after);
        rows_page_clear(q->table, &page);
    } while (after[0] != '\0');
}

static void pages_are_whole(void **state)
{
    static const struct {
        const char *order, *expected;
        size_t limit;
        int descending;
        int64_t from, to;
    } rows[] = {
        {NULL, "caebd|", 0, 0, 0, 0},   {NULL, "ca|eb|d|", 2, 0, 0, 0},
        {NULL, "caebd|", 5, 0, 0, 0},   {NULL, "db|ea|c|", 2, 1, 0, 0},
        {"id", "ab|cd|e|", 2, 0, 0, 0}, {"id", "edc|ba|", 3, 1, 0, 0},
        {NULL, "a|b|d|", 1, 0, 2, 4},   {"id", "abd|", 0, 0, 2, 4},
    };
    struct rows *r = store_open(folder);
    char all[64];

    (void)state;
    assert_int_equal(insert_task(r, "c", 1), 0);
    assert_int_equal(insert_task(r, "a", 2), 0);
    assert_int_equal(insert_task(r, "e", 5), 0);
    assert_int_equal(insert_task(r, "b", 3), 0);
    assert_int_equal(insert_task(r, "d", 4), 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rows_query q = {.table = &task_table,
                               .order = rows[i].order,
                               .descending = rows[i].descending,
                               .range = rows[i].to ? "started" : NULL,
                               .from = rows[i].from,
                               .to = rows[i].to,
                               .limit = rows[i].limit};

        walk(r, &q, all);
        if (strcmp(all, rows[i].expected) != 0)
            fail_msg("row %zu: %s, not %s", i, all, rows[i].expected);
    }
    rows_close(r);
}

static int count_tasks(struct rows *r)
{
    const struct rows_query q = {.table = &task_table};

    return (int)rows_count(r, &q);
}

static void nothing_or_all(void **state)
{
    struct rows *r = store_open(folder);

    (void)state;
    assert_int_equal(rows_begin(r), 0);
    insert_task(r, "a", 1);
    assert_int_equal(rows_end(r, 0), 0);
    assert_int_equal(count_tasks(r), 0);
    assert_int_equal(rows_begin(r), 0);
    insert_task(r, "a", 1);
    assert_int_equal(rows_end(r, 1), 0);
    assert_int_equal(count_tasks(r), 1);
    rows_close(r);
}

static void a_killed_process_keeps_what_it_ended(void **state)
{
    struct rows *r;
    pid_t child = fork();
    int status;

    (void)state;
    if (child == 0) {
        r = store_open(folder);
        rows_begin(r);
        insert_task(r, "kept", 1);
        rows_end(r, 1);
        rows_begin(r);
        insert_task(r, "not kept", 1);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    r = store_open(folder);
    assert_non_null(r);
    assert_int_equal(count_tasks(r), 1);
    rows_close(r);
}

static void one_process_has_it(void **state)
{
    struct rows *r = store_open(folder);
    char text[200];
    pid_t child = fork();
    int status;

    (void)state;
    if (child == 0) {
        diag_capture(text, sizeof text);
        _exit(store_open(folder) == NULL && strstr(text, "another process") ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    rows_close(r);
}

static void what_is_no_store_is_refused(void **state)
{
    char path[64], text[200] = "";

    (void)state;
    snprintf(path, sizeof path, "%s/account.db", folder);
    assert_int_equal(file_write(path, 0600,
                                "not a database, only text that is long enough",
                                45),
                     0);
    diag_capture(text, sizeof text);
    assert_null(store_open(folder));
    diag_capture(NULL, 0);
    assert_non_null(strstr(text, "account.db: file is not a database"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(rows_come_back),
        TEST(two_columns_may_be_the_key),
        TEST(pages_are_whole),
        TEST(nothing_or_all),
        TEST(a_killed_process_keeps_what_it_ended),
        TEST(one_process_has_it),
        TEST(what_is_no_store_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
