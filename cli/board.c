/* Options of `chainbreak board`, nothing else. */
#include "cli/board.h"

#include <argp.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/quantity.h"
#include "board/board.h"
#include "cli/closing.h"
#include "cli/words.h"

enum {
    WAIT_S = 300,
    OPEN_MS = 3000,
    DRILL_MS = 30000,
    DRILL_MOST_MS = 3600000,
    RETRIES = 6,
    DAY_S = 86400,
    RETRIES_MOST = 60,
    PORT_MOST = 65535
};

enum option_key {
    KEY_PLAN = 'p',
    KEY_BOARD = 'b',
    KEY_LISTEN = 'l',
    KEY_OUT = 'o',
    KEY_TRUST_STORE = 't',
    KEY_NAME = 256,
    KEY_NOW,
    KEY_APPLICATION,
    KEY_UPSTREAM,
    KEY_TRIGGER,
    KEY_WAIT,
    KEY_OPEN,
    KEY_DRILL,
    KEY_RETRIES,
    KEY_NO_ANCHORS,
    KEY_PAGE,
    KEY_FRESH,
    KEY_GATE
};

static const struct argp_option argp_options[] = {
    {"plan", KEY_PLAN, "WHAT", 0,
     "a scenario (repeat): a name, a glob, a file or a folder (default: all "
     "built-in ones that hold on the bench's clock)",
     0},
    {"listen", KEY_LISTEN, "ADDR:PORT", 0,
     "the one address for all boards (default: 127.0.0.1:0, a free port)", 0},
    {"board", KEY_BOARD, "NAME[=KEY]", 0,
     "a board (repeat; default: one, whoever connects). KEY tells it from "
     "others: its IP address, client-id:ID, or certificate:SHA256",
     0},
    {"out", KEY_OUT, "DIR", 0,
     "where results go (default results/board); the roots for the firmware "
     "go to DIR.roots",
     0},
    {NULL, 0, NULL, 0, "What boards are like:", 1},
    {"trust-store", KEY_TRUST_STORE, "FILE", 0,
     "the roots of its firmware (repeat): their twins are made for it", 1},
    {"name", KEY_NAME, "HOST", 0,
     "the host that they ask for (default: what the first one asks for)", 1},
    {"application", KEY_APPLICATION, "NAME", 0,
     "what is spoken inside TLS: mqtt, with mosquitto behind it, or byte "
     "(default): whatever comes counts",
     1},
    {"mqtt-upstream", KEY_UPSTREAM, "ADDR", 0,
     "another broker: unix:/path or ADDR:PORT", 1},
    {"now", KEY_NOW, "TIME", 0,
     "the clock of the boards: a time, or `scenario' for each state's own "
     "(default: the real one)",
     1},
    {NULL, 0, NULL, 0, "How the bench goes on:", 2},
    {"trigger", KEY_TRIGGER, "COMMAND", 0,
     "run by the shell at each step, to make a board connect again; "
     "CHAINBREAK_BOARD, _STEP, _NOW and _PORT are set",
     2},
    {"wait", KEY_WAIT, "SECONDS", 0, "for a connection (default 300)", 2},
    {"open", KEY_OPEN, "MS", 0,
     "how long a connection that works is left open (default 3000)", 2},
    {"drill", KEY_DRILL, "MS", 0,
     "with --application mqtt: how long a connection is left open in which "
     "answers do not come, or a large message does (default 30000; 0: no such "
     "steps)",
     2},
    {"retries", KEY_RETRIES, "N", 0,
     "pauses after a refusal that are measured (default 6; 0: none)", 2},
    {"no-anchors", KEY_NO_ANCHORS, NULL, 0,
     "do not find out which roots a board trusts", 2},
    {"page", KEY_PAGE, "PORT", 0,
     "of the page on the loopback address (default: a free one)", 2},
    {"fresh", KEY_FRESH, NULL, 0,
     "drop a run that was stopped (default: take it up)", 2},
    {"gate", KEY_GATE, "breaks|none", 0,
     "what makes the exit status 1 (default breaks)", 2},
    {0}};

static const char doc[] =
    "Takes boards on the bench through every state of the plan, one "
    "connection each, by nothing but their network address, and tells what "
    "they did.\v"
    "A run that was stopped is taken up by the same command. The exit status "
    "is that of `chainbreak run'; 3 also when a board did not come.";

struct request {
    struct board_options board;
    struct words plan, boards, trust_store;
    enum gate gate;
    int failed;
};

static int number(struct argp_state *state, const char *option,
                  const char *text, long least, long most)
{
    char *end;
    long n = strtol(text, &end, 10);

    if (end == text || *end || n < least || n > most)
        argp_error(state, "--%s %s: a number from %ld to %ld", option, text,
                   least, most);
    return (int)n;
}

static const char *one_of(struct argp_state *state, const char *option,
                          const char *text, const char *a, const char *b)
{
    if (strcmp(text, a) != 0 && strcmp(text, b) != 0)
        argp_error(state, "--%s %s: %s or %s", option, text, a, b);
    return text;
}

static error_t parse_board(struct request *r, int key, char *text)
{
    switch (key) {
    case KEY_PLAN:
        r->failed |= words_add(&r->plan, text) != 0;
        return 0;
    case KEY_BOARD:
        r->failed |= words_add(&r->boards, text) != 0;
        return 0;
    case KEY_TRUST_STORE:
        r->failed |= words_add(&r->trust_store, text) != 0;
        return 0;
    case KEY_LISTEN:
        r->board.listen = text;
        return 0;
    case KEY_OUT:
        r->board.out = text;
        return 0;
    case KEY_NAME:
        r->board.name = text;
        return 0;
    case KEY_NOW:
        r->board.now = text;
        return 0;
    case KEY_UPSTREAM:
        r->board.upstream = text;
        return 0;
    case KEY_TRIGGER:
        r->board.trigger = text;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static error_t parse_bench(struct request *r, int key, char *text,
                           struct argp_state *state)
{
    switch (key) {
    case KEY_APPLICATION:
        r->board.application =
            one_of(state, "application", text, "byte", "mqtt");
        return 0;
    case KEY_WAIT:
        r->board.wait_s = number(state, "wait", text, 1, DAY_S);
        return 0;
    case KEY_OPEN:
        r->board.open_ms = number(state, "open", text, 1, DAY_S);
        return 0;
    case KEY_DRILL:
        r->board.drill_ms = number(state, "drill", text, 0, DRILL_MOST_MS);
        return 0;
    case KEY_RETRIES:
        r->board.retries = number(state, "retries", text, 0, RETRIES_MOST);
        return 0;
    case KEY_PAGE:
        r->board.page_port = number(state, "page", text, 0, PORT_MOST);
        return 0;
    case KEY_NO_ANCHORS:
        r->board.anchors = 0;
        return 0;
    case KEY_FRESH:
        r->board.mode = RESULTS_FRESH;
        return 0;
    case KEY_GATE:
        r->gate =
            strcmp(one_of(state, "gate", text, "breaks", "none"), "none") == 0
                ? GATE_NONE
                : GATE_BREAKS;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "%s: no argument is expected here", text);
        return EINVAL;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static error_t parse(int key, char *text, struct argp_state *state)
{
    struct request *r = state->input;

    return parse_board(r, key, text) == 0 ? 0
                                          : parse_bench(r, key, text, state);
}

static const struct argp argp = {
    .options = argp_options,
    .parser = parse,
    .doc = doc,
};

static int diagnose(void *arg, struct judgements *verdicts,
                    struct records *records)
{
    (void)arg;
    return board_causes(verdicts, records);
}

static double seconds(void *arg)
{
    const struct run_facts *facts = arg;

    return (double)(time(NULL) - facts->started);
}

static int close_run(void *arg, struct lab_plan *plan, struct results *results,
                     int64_t started)
{
    struct request *r = arg;
    struct run_facts facts = {.started = started};
    struct closing c = {
        .plan = plan,
        .results = results,
        .facts = &facts,
        .gate = r->gate,
        .diagnose = diagnose,
        .seconds = seconds,
        .arg = &facts,
    };
    char at[32];
    int status = EXIT_HARNESS;

    facts.started_at = strdup(time_format(started, at));
    if (facts.started_at)
        status = closing_run(&c);
    run_facts_clear(&facts);
    return status;
}

static int run(struct request *r)
{
    char *out = NULL;
    int status = EXIT_USAGE_ERROR;

    r->board.scenarios = r->plan.items;
    r->board.boards = r->boards.items;
    r->board.trust_store = r->trust_store.items;
    r->board.close = close_run;
    r->board.close_arg = r;
    if (!r->board.out && home_dir())
        r->board.out = out = format("%s/results/board", home_dir());
    if (!r->board.out)
        r->board.out = "results/board";
    status = board_run(&r->board);
    free(out);
    return status;
}

int cmd_board(int argc, char **argv)
{
    struct request r = {.board = {.listen = "127.0.0.1:0",
                                  .application = "byte",
                                  .wait_s = WAIT_S,
                                  .open_ms = OPEN_MS,
                                  .drill_ms = DRILL_MS,
                                  .retries = RETRIES,
                                  .anchors = 1,
                                  .mode = RESULTS_RESUME}};
    int status = EXIT_HARNESS;

    argp_parse(&argp, argc, argv, 0, NULL, &r);
    if (!r.failed)
        status = run(&r);
    words_clear(&r.plan);
    words_clear(&r.boards);
    words_clear(&r.trust_store);
    return status;
}
