/* The bench: the endpoint as a process, and an event loop that gives each board
 * its next state when the one before has told what it has to tell. */
#include "board/bench.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/quantity.h"
#include "lab/process.h"
#include "lab/programs.h"
#include "lab/stacks.h"
#include "model/host.h"
#include "model/wire_codec.h"

enum { START_MS = 20000 };

int64_t bench_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void stop(struct bench *b, int status)
{
    b->status = status;
    b->phase = BENCH_OVER;
    event_base_loopbreak(b->base);
}

static int is_all_over(const struct bench *b)
{
    for (size_t i = 0; i < b->count; i++)
        if (!course_is_over(&b->seats[i].course))
            return 0;
    return 1;
}

/* A board is at its next step. */
static void step_begin(struct bench *b, size_t board)
{
    b->seats[board].waits_since = bench_ms();
    if (is_all_over(b)) {
        stop(b, 0);
        return;
    }
    if (serve_steps(b) != 0)
        stop(b, -1);
    b->unanswered++;
    b->seats[board].is_due = 1;
}

/* What was asked for is served: now a board may be made to connect. */
static void change_told(struct bench *b)
{
    if (b->unanswered == 0 || --b->unanswered > 0)
        return;
    for (size_t i = 0; i < b->count; i++)
        if (b->seats[i].is_due) {
            b->seats[i].is_due = 0;
            trigger_run(b, i);
        }
}

/* The name is asked for before anything is recorded. */
static void name_take(struct bench *b, const struct endpoint_event *e)
{
    const char *sni = e->side->hello->sni;
    char why[256];

    text_asked(e->peer_address, sni);
    if (sni != NULL && host_check(sni, why, sizeof(why)) == 0 &&
        strcasecmp(sni, b->name) != 0) {
        free(b->name);
        b->name = strdup(sni);
    }
    b->is_name_known = b->name != NULL;
    event_base_loopbreak(b->base);
}

static void connection_log(struct bench *b, const struct endpoint_event *e,
                           const char *line, size_t size)
{
    int64_t at = bench_ms();
    int turned =
        log_add(b, at, line, size) != 0 ? -1 : take_connection(b, e, at, 1);

    if (turned < 0)
        stop(b, -1);
    else if (turned > 0)
        step_begin(b, (size_t)turned - 1);
}

static void connection_told(struct bench *b, const struct endpoint_event *e,
                            const char *line, size_t size)
{
    if (e->side->hello == NULL) {
        text_nobody(e->peer_address, e->side);
        return;
    }
    if (b->phase == BENCH_ASKING)
        name_take(b, e);
    else if (b->phase == BENCH_RUNNING)
        connection_log(b, e, line, size);
}

static void on_line(void *arg, char *line, size_t size)
{
    struct bench *b = arg;
    struct endpoint_event *e = endpoint_event_decode(line, size, &b->hellos);

    if (e == NULL)
        return;
    if (e->kind == EVENT_LISTENING) {
        b->port = e->port;
        snprintf(b->address, sizeof(b->address), "%s", e->address);
    } else if (e->kind == EVENT_REFUSED) {
        diag("the endpoint cannot serve this step: %s",
             e->text == NULL ? "it does not say why" : e->text);
        stop(b, -1);
    } else if (e->kind == EVENT_OTHER) {
        change_told(b);
    } else if (e->kind == EVENT_CONNECTION && e->side != NULL) {
        connection_told(b, e, line, size);
    }
    endpoint_event_release(e);
}

static void on_ended(void *arg, int status)
{
    struct bench *b = arg;

    b->endpoint = NULL;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != EXIT_USAGE_ERROR)
        diag("the endpoint ended (status %d)", status);
    stop(b, -1);
}

static const struct process_calls endpoint_calls = {on_line, on_ended};

static int step_miss(struct bench *b, size_t board, const char *note)
{
    struct course *c = &b->seats[board].course;
    const struct step *s = &b->steps.items[c->step];

    course_miss(c);
    return s->kind == STEP_CELL
               ? take_missing(b, steps_cell(&b->steps, s, board), note)
               : 0;
}

static void board_missed(struct bench *b, size_t board)
{
    const struct course *c = &b->seats[board].course;
    int status;

    text_missed(b, board, c->step);
    status = step_miss(b, board, "the board did not connect");
    /* it is off, or gave up: nobody waits through all that is left */
    while (status == 0 && c->misses >= MISSES_MAX && !course_is_over(c))
        status = step_miss(b, board, "the board had stopped connecting");
    if (status == 0)
        step_begin(b, board);
    else
        stop(b, -1);
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
    struct bench *b = arg;
    int64_t at = bench_ms();

    (void)fd;
    (void)what;
    for (size_t i = 0; b->phase == BENCH_RUNNING && i < b->count; i++) {
        trigger_reap(b, i, 0);
        if (!course_is_over(&b->seats[i].course) &&
            at - b->seats[i].waits_since >= (int64_t)b->options->wait_s * 1000)
            board_missed(b, i);
    }
}

static void on_signal(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    stop(arg, 1);
}

static int loop_open(struct bench *b)
{
    static const int numbers[] = {SIGINT, SIGTERM};
    const struct timeval second = {1, 0};

    signal(SIGPIPE, SIG_IGN);
    b->base = event_base_new();
    if (b->base == NULL)
        return -1;
    for (size_t i = 0; i < 2; i++) {
        b->signals[i] = evsignal_new(b->base, numbers[i], on_signal, b);
        if (b->signals[i] == NULL || event_add(b->signals[i], NULL) != 0)
            return -1;
    }
    b->tick = event_new(b->base, -1, EV_PERSIST, on_tick, b);
    return b->tick == NULL ? -1 : event_add(b->tick, &second);
}

/* Waits until it listens. */
static int endpoint_start(struct bench *b)
{
    char self[4096], word[] = "endpoint";
    char *argv[] = {self, word, NULL};
    char *text = serve_configuration(b);
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
    int64_t end = bench_ms() + START_MS;

    if (text == NULL || n <= 0) {
        free(text);
        return -1;
    }
    self[n] = '\0';
    b->endpoint = process_new(b->base, argv, &endpoint_calls, b);
    if (b->endpoint == NULL ||
        process_send(b->endpoint, text, strlen(text)) != 0)
        b->status = -1;
    free(text);
    while (b->port == 0 && b->status == 0 && bench_ms() < end)
        event_base_loop(b->base, EVLOOP_ONCE);
    return b->port == 0 || b->status != 0 ? -1 : 0;
}

static int replay_take(struct bench *b, int64_t at, const char *line,
                       size_t size)
{
    struct endpoint_event *e = endpoint_event_decode(line, size, &b->hellos);
    int status = e == NULL || e->side == NULL || e->state == NULL
                     ? -1
                     : take_connection(b, e, at, 0);

    endpoint_event_release(e);
    return status < 0 ? -1 : 0;
}

static int courses_open(struct bench *b)
{
    int64_t at = bench_ms();

    for (size_t i = 0; i < b->count; i++) {
        b->seats[i].waits_since = at;
        if (course_init(&b->seats[i].course, &b->steps) != 0)
            return -1;
    }
    return 0;
}

/* *status: the exit status where it fails. */
static int results_begin(struct bench *b, int *status)
{
    char *programs = programs_text(b->steps.plan->stacks);

    *status = EXIT_HARNESS;
    if (programs != NULL)
        b->results = results_open(b->options->out, b->steps.plan, programs,
                                  b->options->mode, status);
    free(programs);
    return b->results == NULL || courses_open(b) != 0 ||
                   log_open(b, replay_take) != 0
               ? -1
               : 0;
}

static int steps_make(struct bench *b)
{
    struct board_options o = *b->options;

    o.name = b->name;
    steps_clear(&b->steps);
    if (steps_init(&b->steps, &o, b->boards, b->count,
                   b->has_own_clocks ? NULL : &b->now) != 0)
        return -1;
    serve_ask_certificates(b);
    return 0;
}

/* With the name of the first scenario, until a board asks for another one. */
static int name_find(struct bench *b)
{
    const struct plan_options want = {.scenarios = b->options->scenarios};
    struct selection s;
    int status = selection_scenarios(&s, &want);

    if (status == 0) {
        free(b->name);
        b->name = strdup(s.scenarios[0]->states[0].endpoint);
        status = b->name == NULL ? -1 : 0;
    }
    selection_clear(&s);
    return status;
}

static int name_ask(struct bench *b)
{
    char *before = strdup(b->name);
    int status = before == NULL ? -1 : 0;

    b->phase = BENCH_ASKING;
    while (status == 0 && !b->is_name_known && b->status == 0)
        event_base_loop(b->base, EVLOOP_ONCE);
    if (status == 0 && b->status == 0 && strcmp(before, b->name) != 0)
        status = steps_make(b);
    free(before);
    return status != 0 ? -1 : b->status;
}

/* The exit status. */
static int run(struct bench *b)
{
    int status = EXIT_USAGE_ERROR;

    b->suites = suites_new();
    if (b->suites == NULL || steps_make(b) != 0 || store_write(b) != 0 ||
        loop_open(b) != 0 || endpoint_start(b) != 0)
        return status;
    b->page = page_new(b, b->options->page_port);
    if (b->page == NULL)
        return status;
    text_start(b);
    if (!b->is_name_known && name_ask(b) != 0)
        return b->status == 1 ? EXIT_HELD : EXIT_HARNESS;
    if (results_begin(b, &status) != 0)
        return status;
    b->phase = BENCH_RUNNING;
    text_steps(b);
    for (size_t i = 0; i < b->count; i++)
        if (b->phase == BENCH_RUNNING)
            step_begin(b, i);
    while (b->phase == BENCH_RUNNING)
        event_base_loop(b->base, EVLOOP_ONCE);
    if (b->status < 0)
        return EXIT_HARNESS;
    if (b->status == 0)
        return finish(b);
    diag("interrupted; the same command takes it up again");
    return EXIT_HARNESS;
}

static int boards_read(struct bench *b)
{
    static char name[] = "board";
    static char *const one[] = {name, NULL};
    char *const *names = b->options->boards == NULL ? one : b->options->boards;

    for (char *const *at = names; *at != NULL; at++)
        b->count++;
    b->boards = calloc(b->count, sizeof(*b->boards));
    b->seats = calloc(b->count, sizeof(*b->seats));
    if (b->boards == NULL || b->seats == NULL) {
        diag("out of memory");
        return -1;
    }
    for (size_t i = 0; names[i] != NULL; i++)
        if (who_parse(names[i], &b->boards[i]) != 0)
            return -1;
    return who_check(b->boards, b->count);
}

static int clock_read(struct bench *b)
{
    const char *now = b->options->now;

    b->now = (int64_t)time(NULL);
    if (now == NULL)
        return 0;
    b->has_own_clocks = strcmp(now, "scenario") == 0;
    if (b->has_own_clocks || time_parse(now, &b->now) == 0)
        return 0;
    diag("--now: %s: a time, as 2024-07-01T00:00:00Z, or scenario", now);
    return -1;
}

static int name_read(struct bench *b)
{
    char why[256];

    if (b->options->name == NULL)
        return name_find(b);
    if (host_check(b->options->name, why, sizeof(why)) != 0) {
        diag("--name %s: %s", b->options->name, why);
        return -1;
    }
    b->name = strdup(b->options->name);
    b->is_name_known = 1;
    return b->name == NULL ? -1 : 0;
}

static int prepare(struct bench *b)
{
    char *work = format("%s/work", cache_dir());
    int status = -1;

    if (work != NULL && boards_read(b) == 0 && clock_read(b) == 0 &&
        results_check(b->options->out, b->options->mode) == 0 &&
        name_read(b) == 0 &&
        (b->options->mode != RESULTS_RESUME || log_look(b) == 0)) {
        b->files = files_new(work);
        status = b->files == NULL ? -1 : 0;
    }
    free(work);
    return status;
}

static void bench_clear(struct bench *b)
{
    for (size_t i = 0; i < b->count; i++) {
        if (b->boards != NULL)
            who_clear(&b->boards[i]);
        if (b->seats == NULL)
            continue;
        trigger_reap(b, i, 1);
        course_clear(&b->seats[i].course);
    }
    page_free(b->page);
    process_free(b->endpoint, b->status == 0);
    for (size_t i = 0; i < 2; i++)
        if (b->signals[i] != NULL)
            event_free(b->signals[i]);
    if (b->tick != NULL)
        event_free(b->tick);
    if (b->base != NULL)
        event_base_free(b->base);
    if (b->log != NULL)
        fclose(b->log);
    results_free(b->results);
    files_free(b->files);
    hellos_clear(&b->hellos);
    steps_clear(&b->steps);
    suites_free(b->suites);
    free(b->boards);
    free(b->seats);
    free(b->name);
}

int board_run(const struct board_options *o)
{
    struct bench b = {.options = o, .started = (int64_t)time(NULL)};
    int status = EXIT_USAGE_ERROR;

    hellos_init(&b.hellos);
    if (prepare(&b) == 0)
        status = run(&b);
    bench_clear(&b);
    return status;
}
