/* One holder per client id, and who is told of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <event2/event.h>
#include <event2/thread.h>

#include "server/app/clients.h"

static void count(void *arg)
{
    (*(int *)arg)++;
}

static void test_the_last_one_holds(void **unused)
{
    struct event_base *base = event_base_new();
    struct client_hold holds[5] = {0};
    struct clients c;
    int lost[5] = {0};
    static const struct row {
        const char *broker, *id;
        int is_lost, told;
    } rows[] = {{"unix:/a", "x", 1, 0}, /* leaves before it is told */
                {"unix:/a", "x", 1, 1},
                {"unix:/a", "x", 0, 0},
                {"unix:/b", "x", 0, 0},
                {"unix:/a", "y", 0, 0}};

    (void)unused;
    clients_init(&c);
    for (int i = 0; i < 5; i++)
        assert_int_equal(clients_take(&c, &holds[i], rows[i].broker, rows[i].id,
                                      base, count, &lost[i]),
                         0);
    clients_leave(&c, &holds[0]);
    event_base_loop(base, EVLOOP_NONBLOCK);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(atomic_load(&holds[i].is_lost), rows[i].is_lost);
        assert_int_equal(lost[i], rows[i].told);
    }
    /* who lost it takes nothing from who has it */
    clients_leave(&c, &holds[1]);
    holds[0] = (struct client_hold){0};
    assert_int_equal(
        clients_take(&c, &holds[0], "unix:/a", "x", base, count, &lost[0]), 0);
    assert_int_equal(atomic_load(&holds[2].is_lost), 1);
    clients_leave(&c, &holds[2]);
    for (int i = 0; i < 5; i++)
        clients_leave(&c, &holds[i]);
    assert_null(c.root);
    clients_clear(&c);
    event_base_free(base);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_last_one_holds),
    };

    evthread_use_pthreads();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
