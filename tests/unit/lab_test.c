/* The lab against an endpoint and shims of the test's own: this very program,
 * started with "endpoint" or with a shim's mode. What is judged here is who is
 * joined with whom, and that nothing waits for ever. */
#include "lab/lab.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <jansson.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "lab/stacks.h"

enum { LISTENERS_MAX = 600, PEERS_MAX = 64, TRIALS_MAX = 600 };

static char self[4096], folder[] = "/tmp/lab_test.XXXXXX";

/* --- the endpoint ------------------------------------------------------- */

struct place {
    int fd, port;
    char id[32];
};

static struct place places[LISTENERS_MAX], peers[PEERS_MAX];
static size_t places_count, peers_count;
static const char *mode; /* of the endpoint */

static void say(json_t *line)
{
    char *text = json_dumps(line, JSON_COMPACT);

    printf("%s\n", text);
    fflush(stdout);
    free(text);
    json_decref(line);
}

static int listen_anywhere(int *port)
{
    struct sockaddr_in a = {.sin_family = AF_INET};
    socklen_t size = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    inet_pton(AF_INET, "127.0.0.1", &a.sin_addr);
    if (bind(fd, (struct sockaddr *)&a, size) || listen(fd, 64) ||
        getsockname(fd, (struct sockaddr *)&a, &size))
        exit(9);
    *port = ntohs(a.sin_port);
    return fd;
}

static void state_add(const char *id)
{
    struct place *p = &places[places_count++];

    if (!strcmp(mode, "refuse")) {
        places_count--;
        say(json_pack("{s:s,s:s,s:s}", "event", "refused", "state", id, "text",
                      "an unknown suite"));
        return;
    }
    p->fd = listen_anywhere(&p->port);
    snprintf(p->id, sizeof p->id, "%s", id);
    say(json_pack("{s:s,s:s,s:s,s:i}", "event", "listening", "state", id,
                  "address", "127.0.0.1", "port", p->port));
}

static void state_remove(const char *id)
{
    for (size_t i = 0; i < places_count; i++) {
        if (strcmp(places[i].id, id) != 0)
            continue;
        close(places[i].fd);
        places[i] = places[--places_count];
    }
    say(json_pack("{s:s,s:s}", "event", "removed", "state", id));
}

static void control(const char *line)
{
    json_t *doc = json_loads(line, 0, NULL);
    const char *what = json_string_value(json_object_get(doc, "control"));
    const json_t *state = json_object_get(doc, "state");

    if (!what || !strcmp(mode, "mute")) {
    } else if (!strcmp(what, "add")) {
        state_add(json_string_value(json_object_get(state, "id")));
    } else if (!strcmp(what, "remove")) {
        state_remove(json_string_value(state));
    }
    json_decref(doc);
}

static void connection_say(const char *id, int port, const char *address,
                           int peer_port)
{
    const char *marks = strcmp(mode, "flip") ? "5:00000001" : "5:00000002";

    say(json_pack("{s:s,s:s,s:i,s:s,s:i,s:{s:s},s:s,s:{s:{s:i,s:s},s:{s:i,s:s}}"
                  "}",
                  "event", "connection", "state", id, "port", port,
                  "peer_address", address, "peer_port", peer_port, "chose",
                  "version", "1.2", "handshake", "done", "wire", "received",
                  "bytes", 5, "marks", marks, "sent", "bytes", 0, "marks", ""));
}

static void peer_end(size_t i)
{
    struct sockaddr_in a;
    socklen_t size = sizeof a;
    char text[INET_ADDRSTRLEN] = "";

    getpeername(peers[i].fd, (struct sockaddr *)&a, &size);
    inet_ntop(AF_INET, &a.sin_addr, text, sizeof text);
    if (!strcmp(mode, "stray")) { /* others come from the same and from far */
        connection_say(peers[i].id, peers[i].port, "127.0.0.1", 1);
        connection_say("s9999", peers[i].port, text, ntohs(a.sin_port));
        connection_say(peers[i].id, peers[i].port, text, 7);
    }
    if (strcmp(mode, "forget") != 0)
        connection_say(peers[i].id, peers[i].port, text, ntohs(a.sin_port));
    close(peers[i].fd);
    peers[i] = peers[--peers_count];
}

static size_t watch(struct pollfd *fds)
{
    size_t n = 0;

    fds[n++] = (struct pollfd){0, POLLIN, 0};
    for (size_t i = 0; i < places_count; i++)
        fds[n++] = (struct pollfd){places[i].fd, POLLIN, 0};
    for (size_t i = 0; i < peers_count; i++)
        fds[n++] = (struct pollfd){peers[i].fd, POLLIN, 0};
    return n;
}

/* 0 at the end of stdin. */
static int lines_read(void)
{
    static char text[1 << 20];
    static size_t size;
    ssize_t n = read(0, text + size, sizeof text - size - 1);
    char *end;

    if (n <= 0)
        return 0;
    size += (size_t)n;
    text[size] = '\0';
    while ((end = strchr(text, '\n')) != NULL) {
        *end = '\0';
        control(text);
        size -= (size_t)(end + 1 - text);
        memmove(text, end + 1, size + 1);
    }
    return 1;
}

static void sockets_serve(const struct pollfd *fds, size_t listeners, size_t n)
{
    char byte[16];

    for (size_t i = n; i-- > 1 + listeners;) {
        size_t peer = i - 1 - listeners;

        if (fds[i].revents && recv(peers[peer].fd, byte, sizeof byte, 0) <= 0)
            peer_end(peer);
    }
    for (size_t i = 0; i < listeners; i++) {
        struct place *p = &peers[peers_count];

        if (!fds[1 + i].revents)
            continue;
        *p = places[i];
        p->fd = accept(places[i].fd, NULL, NULL);
        if (p->fd >= 0)
            peers_count++;
    }
}

static int endpoint_main(void)
{
    static struct pollfd fds[1 + LISTENERS_MAX + PEERS_MAX];
    static char line[1 << 16];

    mode = getenv("LAB_TEST_ENDPOINT");
    if (!mode || !fgets(line, sizeof line, stdin))
        return 2;
    setvbuf(stdin, NULL, _IONBF, 0);
    if (!strcmp(mode, "dead"))
        return 5;
    if (strcmp(mode, "silent") != 0)
        say(json_pack("{s:s}", "event", "ready"));
    for (;;) {
        size_t listeners = places_count, n = watch(fds);

        if (poll(fds, n, -1) < 0)
            return 3;
        sockets_serve(fds, listeners, n);
        if (fds[0].revents && !lines_read())
            return 0;
    }
}

/* --- the shim ----------------------------------------------------------- */

static int call(const json_t *job, int *local_port)
{
    struct sockaddr_in a = {.sin_family = AF_INET};
    socklen_t size = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    inet_pton(AF_INET, json_string_value(json_object_get(job, "source")),
              &a.sin_addr);
    if (bind(fd, (struct sockaddr *)&a, size))
        exit(8);
    inet_pton(AF_INET, "127.0.0.1", &a.sin_addr);
    a.sin_port =
        htons((uint16_t)json_integer_value(json_object_get(job, "port")));
    if (connect(fd, (struct sockaddr *)&a, size) ||
        getsockname(fd, (struct sockaddr *)&a, &size))
        exit(7);
    *local_port = ntohs(a.sin_port);
    return fd;
}

static void job_do(const char *how, const char *line)
{
    json_t *job = json_loads(line, 0, NULL), *id = json_object_get(job, "id");
    int port = 0, bad = strstr(json_string_value(id), "bad") != NULL;
    int late = bad && !strcmp(how, "late");
    int fd;

    if (bad && !strcmp(how, "crash"))
        _exit(9);
    if (bad && !strcmp(how, "hang"))
        pause();
    if (bad && !strcmp(how, "stopped"))
        raise(SIGSTOP);
    fd = call(job, &port);
    close(fd);
    say(json_pack("{s:O,s:s,s:s,s:i,s:{s:i},s:{s:{s:i,s:s},s:{s:i,s:s}}}", "id",
                  id, "outcome", strcmp(how, "late") ? "connected" : "refused",
                  "refused_by", "client", "local_port", port, "measured",
                  "wall_us", late ? 3000000 : 1000, "wire", "sent", "bytes", 5,
                  "marks", "5:00000001", "received", "bytes", 0, "marks", ""));
    json_decref(job);
}

static int shim_main(const char *how)
{
    static char line[1 << 16];

    while (fgets(line, sizeof line, stdin))
        job_do(how, line);
    return 0;
}

/* --- the tests ---------------------------------------------------------- */

struct course {               /* one run */
    size_t count, calls, bad; /* trial number `bad` has "bad" in its id */
    const struct stack *stack;
    int64_t first; /* clock of the first state */
    size_t states; /* distinct ones, in turn */
    int same;      /* 1: all ask for the same */
    struct record *records[TRIALS_MAX];
};

static struct trial *trial_make(void *arg, size_t index)
{
    struct course *c = arg;
    struct trial *t = calloc(1, sizeof *t);

    c->calls++;
    t->id = format("scenario/state-%zu/device-%s", index,
                   index == c->bad ? "bad" : "good");
    t->stack = c->stack;
    t->name = "a.example";
    t->security_level = -1;
    t->now = c->first + (int64_t)(index % c->states);
    t->clock = c->same ? 0 : (int64_t)index;
    return t;
}

static int record_keep(void *arg, size_t index, struct record *r)
{
    struct course *c = arg;

    assert_null(c->records[index]);
    c->records[index] = r;
    return 0;
}

static void course_clear(struct course *c)
{
    for (size_t i = 0; i < c->count; i++) {
        record_free(c->records[i]);
        c->records[i] = NULL;
    }
}

static struct lab *lab_make(const char *endpoint, int timeout_ms)
{
    struct lab_options o = {.jobs = 2,
                            .timeout_ms = timeout_ms,
                            .endpoint = self,
                            .work_dir = folder};

    setenv("LAB_TEST_ENDPOINT", endpoint, 1);
    return lab_new(&o);
}

static int run(struct lab *lab, struct course *c, const char *shim)
{
    static struct lab_order order[TRIALS_MAX];
    struct stack stack = {"fake", self, (char *)shim, NULL, NULL};

    c->stack = &stack;
    for (size_t i = 0; i < c->count; i++)
        order[i] = (struct lab_order){&stack, i};
    return lab_run(lab, order, c->count, trial_make, record_keep, c);
}

/* Who is joined with whom, and how each cell of a bad shim or endpoint ends. */
static const struct row {
    const char *name, *endpoint, *shim;
    size_t states;
    int timeout_ms;
    enum outcome outcome; /* of the bad trial */
    enum reason reason;
    const char *note;               /* part of it; NULL: none */
    int shim_there, endpoint_there; /* -1: either */
    int differs;
} rows[] = {
    {"both sides", "ok", "good", 3, 5000, OUTCOME_ERROR, REASON_NONE, NULL, 1,
     1, 0},
    {"stray connections", "stray", "good", 3, 5000, OUTCOME_ERROR, REASON_NONE,
     NULL, 1, 1, 0},
    {"a flipped byte", "flip", "good", 1, 5000, OUTCOME_ERROR, REASON_NONE,
     NULL, 1, 1, 1},
    {"a shim that crashes", "ok", "crash", 1, 5000, OUTCOME_ERROR, REASON_CRASH,
     "status 9", 0, 0, 0},
    {"a shim that hangs", "ok", "hang", 1, 100, OUTCOME_ERROR, REASON_TIMEOUT,
     "no answer within", 0, 0, 0},
    {"a shim that is stopped", "ok", "stopped", 1, 100, OUTCOME_ERROR,
     REASON_TIMEOUT, "no answer within", 0, 0, 0},
    {"a refusal long after the limit", "ok", "late", 1, 100, OUTCOME_ERROR,
     REASON_TIMEOUT, "stopped or starved", 0, -1, 0},
    {"a state that is refused", "refuse", "good", 1, 5000, OUTCOME_UNTESTED,
     REASON_NONE, "cannot serve this state: an unknown suite", 0, 0, 0},
    {"an endpoint that forgets", "forget", "good", 1, 100, OUTCOME_ERROR,
     REASON_NONE, NULL, 1, 0, 0},
};

static void row_check(const struct row *row)
{
    struct course c = {.count = 6, .bad = 2, .states = row->states};
    struct lab *lab = lab_make(row->endpoint, row->timeout_ms);
    struct record *r;

    print_message("%s\n", row->name);
    assert_non_null(lab);
    assert_int_equal(run(lab, &c, row->shim), 0);
    for (size_t i = 0; i < c.count; i++)
        assert_non_null(c.records[i]);
    r = c.records[2];
    assert_string_equal(r->cell, "scenario/state-2/device-bad");
    assert_string_equal(r->device, "device-bad");
    assert_string_equal(r->stack, "fake");
    assert_int_equal(r->outcome, row->outcome);
    assert_int_equal(r->reason, row->reason);
    assert_int_equal(r->shim != NULL, row->shim_there);
    if (row->endpoint_there >= 0)
        assert_int_equal(r->endpoint != NULL, row->endpoint_there);
    assert_int_equal(r->wire_differs, row->differs);
    if (row->note)
        assert_non_null(strstr(r->note, row->note));
    else
        assert_null(r->note);
    course_clear(&c);
    lab_free(lab);
}

static void each_end_has_its_record(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        row_check(&rows[i]);
}

/* More states than may listen: each is served, some twice. */
static void states_come_and_go(void **state)
{
    struct course c = {.count = 560, .bad = TRIALS_MAX, .states = 280};
    struct lab *lab = lab_make("ok", 5000);

    (void)state;
    assert_non_null(lab);
    assert_int_equal(run(lab, &c, "good"), 0);
    for (size_t i = 0; i < c.count; i++) {
        assert_non_null(c.records[i]->shim);
        assert_non_null(c.records[i]->endpoint);
    }
    assert_int_equal(c.calls, c.count);
    course_clear(&c);
    lab_free(lab);
}

/* What was measured already is not measured again, within a run; those that
 * begin before the first has both its sides are. */
static void the_same_is_measured_once(void **state)
{
    static unsigned char seen[65536];
    struct course c = {.count = 400, .bad = TRIALS_MAX, .states = 2, .same = 1};
    struct lab *lab = lab_make("ok", 5000);
    size_t measured = 0;

    (void)state;
    assert_non_null(lab);
    assert_int_equal(run(lab, &c, "good"), 0);
    for (size_t i = 0; i < c.count; i++) {
        int port = c.records[i]->shim->local_port;

        measured += !seen[port];
        seen[port] = 1;
        assert_non_null(c.records[i]->endpoint);
    }
    assert_string_equal(c.records[7]->cell, "scenario/state-7/device-good");
    assert_in_range(measured, 2, c.count / 2);
    course_clear(&c);
    lab_free(lab);
}

static void runs_again_and_again(void **state)
{
    struct course c = {.count = 4, .bad = TRIALS_MAX, .states = 2};
    struct lab *lab = lab_make("ok", 5000);

    (void)state;
    assert_non_null(lab);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(run(lab, &c, "good"), 0);
        assert_non_null(c.records[3]->endpoint);
        course_clear(&c);
    }
    c.count = 0;
    assert_int_equal(run(lab, &c, "good"), 0);
    lab_free(lab);
}

static void an_endpoint_that_does_not_start(void **state)
{
    (void)state;
    assert_null(lab_make("dead", 5000));
}

/* Sends this process a signal in a moment. */
static pid_t interrupt_soon(void)
{
    struct timespec moment = {0, 300000000};
    pid_t parent = getpid(), child = fork();

    if (child != 0)
        return child;
    nanosleep(&moment, NULL);
    kill(parent, SIGINT);
    _exit(0);
}

static void an_interrupt_while_it_starts(void **state)
{
    pid_t child = interrupt_soon();

    (void)state;
    assert_null(lab_make("silent", 5000));
    waitpid(child, NULL, 0);
    /* its endpoint is gone with it */
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

static void an_interrupt_while_it_runs(void **state)
{
    struct course c = {.count = 3, .bad = 1, .states = 1};
    struct lab *lab = lab_make("ok", 60000);
    pid_t child = interrupt_soon();

    (void)state;
    assert_non_null(lab);
    assert_int_equal(run(lab, &c, "hang"), 1);
    assert_null(c.records[1]);
    assert_int_equal(run(lab, &c, "good"), 1);
    course_clear(&c);
    lab_free(lab);
    waitpid(child, NULL, 0);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

/* What cannot be served, and what is not built, is told without a process. */
static struct trial *left_out_make(void *arg, size_t index)
{
    struct trial *t = trial_make(arg, index);

    t->left_out = strdup("chain.pem:1: a key of an odd kind");
    return t;
}

static void what_is_not_run_is_told(void **state)
{
    struct course c = {.count = 2, .bad = TRIALS_MAX, .states = 1};
    struct stack missing = {"missing", NULL, NULL, NULL, NULL};
    struct stack there = {"there", self, NULL, NULL, NULL};
    struct lab_order order[] = {{&missing, 0}, {&there, 0}};
    struct lab *lab = lab_make("mute", 5000);

    (void)state;
    assert_non_null(lab);
    c.stack = &there;
    assert_int_equal(lab_run(lab, order, 2, left_out_make, record_keep, &c), 0);
    assert_int_equal(c.records[0]->outcome, OUTCOME_NOT_BUILT);
    assert_int_equal(c.records[1]->outcome, OUTCOME_UNSUPPORTED);
    assert_non_null(strstr(c.records[1]->note, "chain.pem:1"));
    course_clear(&c);
    lab_free(lab);
}

static int as_program(int argc, char **argv)
{
    if (argc > 1 && !strcmp(argv[1], "endpoint"))
        return endpoint_main();
    return shim_main(argc > 1 ? argv[1] : "");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_end_has_its_record),
        cmocka_unit_test(states_come_and_go),
        cmocka_unit_test(the_same_is_measured_once),
        cmocka_unit_test(runs_again_and_again),
        cmocka_unit_test(an_endpoint_that_does_not_start),
        cmocka_unit_test(an_interrupt_while_it_starts),
        cmocka_unit_test(an_interrupt_while_it_runs),
        cmocka_unit_test(what_is_not_run_is_told),
    };
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    int failed;

    if (argc > 1)
        return as_program(argc, argv);
    if (n <= 0 || !mkdtemp(folder))
        return 1;
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    file_remove_tree(folder);
    return failed;
}
