/* The connection behind the endpoint: addresses, a queue that is full, last
 * words, ends. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>
#include <event2/buffer.h>
#include <event2/event.h>

#include "base/file.h"
#include "server/app/upstream.h"

static void test_addresses(void **unused)
{
    static const struct row {
        const char *text;
        int status;
    } rows[] = {
        {"unix:/run/broker.sock", 0},
        {"127.0.0.1:1883", 0},
        {"[::1]:1883", 0},
        {"unix:", -1},
        {"unix:broker.sock", -1},
        {"", -1},
        {"127.0.0.1", -1},
        {"127.0.0.1:0", -1},
        {"127.0.0.1:99999", -1},
        {"[::1]", -1},
        {"localhost:1883", -1},
        {"/run/broker.sock", -1},
    };
    char text[300] = "unix:/";
    struct upstream_address a;

    (void)unused;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (upstream_address_parse(rows[i].text, &a) != rows[i].status)
            fail_msg("%s", rows[i].text);
        if (rows[i].status == 0)
            assert_string_equal(a.text, rows[i].text);
    }
    memset(text + 6, 'x', UPSTREAM_PATH_MAX - 1);
    assert_int_equal(upstream_address_parse(text, &a), 0);
    text[6 + UPSTREAM_PATH_MAX - 1] = 'x';
    assert_int_equal(upstream_address_parse(text, &a), -1);
}

struct world {
    struct event_base *base;
    struct upstream_address to;
    struct upstream *all; /* that finish */
    char folder[32];
    int listener;
    int ends[4], data, rooms, starved;
};

static void on_data(void *arg, struct evbuffer *in)
{
    struct world *w = arg;

    assert_true(evbuffer_get_length(in) > 0);

    w->data++;
}

static void on_room(void *arg)
{
    struct world *w = arg;

    w->rooms++;
}

static void on_starved(void *arg)
{
    struct world *w = arg;

    w->starved++;
}

static void on_end(void *arg, enum upstream_end how)
{
    struct world *w = arg;

    w->ends[how]++;
}

static const struct upstream_calls calls = {on_data, on_room, on_starved,
                                            on_end};

static int set_up(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    char *text;

    strcpy(w->folder, "/tmp/upstream-XXXXXX");
    assert_non_null(mkdtemp(w->folder));
    text = format("unix:%s/s", w->folder);
    assert_int_equal(upstream_address_parse(text, &w->to), 0);
    free(text);
    w->base = event_base_new();
    w->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(
        bind(w->listener, (struct sockaddr *)&w->to.sa, w->to.size), 0);
    assert_int_equal(listen(w->listener, 0), 0);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;

    upstream_end_all(&w->all);
    event_base_free(w->base);
    close(w->listener);
    file_remove_tree(w->folder);
    free(w);
    return 0;
}

static void turn(struct world *w, int ms)
{
    const struct timeval wait = {0, ms * 1000};

    event_base_loopexit(w->base, &wait);
    event_base_dispatch(w->base);
}

static struct upstream *open_with(struct world *w, const char *text)
{
    struct upstream *u =
        upstream_new(w->base, &w->to, &calls, w, &w->all, NULL);

    assert_non_null(u);
    assert_int_equal(upstream_write(u, text, strlen(text)), 0);
    return u;
}

static void expect_text(int fd, const char *text)
{
    char got[16] = "";

    assert_int_equal(recv(fd, got, sizeof got - 1, 0), (int)strlen(text));
    assert_string_equal(got, text);
}

/* A backlog of 0 holds one: the others get EAGAIN and no event of libevent. */
static void test_full_queue(void **state)
{
    enum { COUNT = 5 };
    struct world *w = *state;
    struct upstream *u[COUNT];
    int fds[COUNT];

    for (int i = 0; i < COUNT; i++)
        u[i] = open_with(w, "hello");
    turn(w, 20);
    for (int i = 0; i < COUNT; i++) {
        fds[i] = accept(w->listener, NULL, NULL);
        turn(w, 250);
        expect_text(fds[i], "hello");
    }
    assert_int_equal(w->ends[UPSTREAM_UNREACHABLE], 0);
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(write(fds[i], "x", 1), 1);
        close(fds[i]);
    }
    turn(w, 100);
    assert_int_equal(w->data, COUNT);
    assert_int_equal(w->ends[UPSTREAM_CLOSED], COUNT);
    for (int i = 0; i < COUNT; i++)
        upstream_finish(u[i]);
    assert_null(w->all);
}

static void test_last_words(void **state)
{
    struct world *w = *state;
    struct upstream *first = open_with(w, "one"), *second;
    int fds[2];

    turn(w, 10);
    second = open_with(w, "two"); /* waits in front of the queue */
    upstream_finish(first);
    upstream_finish(second);
    assert_non_null(w->all);
    for (int i = 0; i < 2; i++) {
        fds[i] = accept(w->listener, NULL, NULL);
        turn(w, 250);
        expect_text(fds[i], i == 0 ? "one" : "two");
        assert_int_equal(recv(fds[i], (char[1]){0}, 1, 0), 0);
        /* what the service still says resets nothing */
        assert_int_equal(write(fds[i], "bye", 3), 3);
        close(fds[i]);
    }
    turn(w, 20);
    assert_null(w->all);
    assert_int_equal(w->data + w->ends[UPSTREAM_CLOSED], 0);
}

/* Its end alone does not tell whether the service is gone. */
static void test_service_gone(void **state)
{
    static const struct row {
        int expect, close, how;
    } rows[] = {{0, 0, UPSTREAM_CLOSED},
                {1, 0, UPSTREAM_CLOSED},
                {0, 1, UPSTREAM_GONE}};
    struct world *w = *state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct upstream *u = open_with(w, "hello");
        int fd = accept(w->listener, NULL, NULL);

        turn(w, 10);
        expect_text(fd, "hello");
        if (rows[i].expect)
            upstream_expect_end(u);
        memset(w->ends, 0, sizeof w->ends);
        close(fd);
        turn(w, 10);
        assert_int_equal(w->ends[UPSTREAM_CLOSED], rows[i].expect);
        if (rows[i].close)
            close(w->listener);
        turn(w, 100);
        assert_int_equal(w->ends[rows[i].how], 1);
        upstream_finish(u);
        if (!rows[i].close && !rows[i].expect)
            close(accept(w->listener, NULL, NULL)); /* it asked */
    }
    w->listener = -1;
}

static void test_nobody_there(void **state)
{
    struct world *w = *state;
    struct upstream *u;

    close(w->listener);
    u = open_with(w, "hello");
    assert_int_equal(w->ends[UPSTREAM_UNREACHABLE], 0); /* not from within */
    turn(w, 10);
    assert_int_equal(w->ends[UPSTREAM_UNREACHABLE], 1);
    upstream_finish(u);
    unlink(((struct sockaddr_un *)&w->to.sa)->sun_path);
    upstream_finish(open_with(w, "hello"));
    turn(w, 10);
    assert_int_equal(w->ends[UPSTREAM_UNREACHABLE], 1);
    assert_null(w->all);
    w->listener = -1;
}

/* With a name of its own, which needs the socket earlier, and without. */
static void test_no_descriptor(void **state)
{
    struct world *w = *state;
    struct upstream *u;
    struct rlimit usual, low;

    assert_int_equal(getrlimit(RLIMIT_NOFILE, &usual), 0);
    low = usual;
    low.rlim_cur = 0;
    for (int is_named = 0; is_named < 2; is_named++) {
        const char *text = is_named ? "named" : "hello";
        int fd;

        w->starved = 0;
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
        u = upstream_new(w->base, &w->to, &calls, w, &w->all,
                         is_named ? w->folder : NULL);
        assert_non_null(u);
        assert_int_equal(upstream_write(u, text, 5), 0);
        turn(w, 50);
        assert_true(w->starved > 1);
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &usual), 0);
        turn(w, 250);
        fd = accept(w->listener, NULL, NULL);
        turn(w, 10);
        expect_text(fd, text);
        assert_int_equal(w->ends[UPSTREAM_UNREACHABLE], 0);
        upstream_finish(u);
        close(fd);
        turn(w, 10);
    }
    assert_null(w->all);
}

static void test_full_output(void **state)
{
    static char much[1 << 20];
    struct world *w = *state;
    struct upstream *u = open_with(w, "");
    int fd = accept(w->listener, NULL, NULL);
    size_t got = 0;

    turn(w, 10);
    assert_int_equal(upstream_is_full(u), 0);
    assert_int_equal(upstream_write(u, much, sizeof much), 0);
    assert_int_equal(upstream_is_full(u), 1);
    turn(w, 10);
    assert_int_equal(w->rooms, 0);
    while (got < sizeof much) {
        ssize_t n = recv(fd, much, sizeof much, MSG_DONTWAIT);

        got += n > 0 ? (size_t)n : 0;
        turn(w, 1);
    }
    assert_int_equal(w->rooms, 1);
    assert_int_equal(upstream_is_full(u), 0);
    close(fd);
    upstream_finish(u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses),
        cmocka_unit_test_setup_teardown(test_full_queue, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_last_words, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_service_gone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_nobody_there, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_descriptor, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_full_output, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
