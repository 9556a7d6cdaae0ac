/* Options of `chainbreak run`, nothing else. */
#include "cli/run.h"

#include <argp.h>
#include <stdlib.h>
#include <string.h>

#include "cli/quick.h"
#include "diagnose/diagnose.h"
#include "cli/words.h"
#include "base/diag.h"
#include "base/file.h"
#include "pki/pki.h"
#include "server/tls.h"
#include "cli/matrix.h"

enum {
    TIMEOUT_MS = 10000,
    TIMEOUT_MAX_MS = 600000,
    JOBS_LIMIT = 64,
    EXPERIMENTS_MAX = 10000000
};

enum option_key {
    KEY_SCENARIO = 's',
    KEY_DEVICE = 'd',
    KEY_STACK = 'S',
    KEY_JOBS = 'j',
    KEY_OUT = 'o',
    KEY_QUIET = 'q',
    KEY_RESUME = 256,
    KEY_FRESH,
    KEY_KEEP_WORK,
    KEY_GATE,
    KEY_CELLS,
    KEY_TIMEOUT,
    KEY_EXPERIMENTS,
    KEY_ENGINE,
    KEY_TRUST_STORE,
    KEY_PIN,
    KEY_CHAIN_BEFORE,
    KEY_CHAIN_AFTER,
    KEY_NAME,
    KEY_NOW,
    KEY_SKIP,
    KEY_SKIP_DAMAGED
};

static const struct argp_option options[] = {
    {"scenario", KEY_SCENARIO, "WHAT", 0,
     "only this one (repeat): a name, a glob, a file or a folder", 0},
    {"device", KEY_DEVICE, "WHAT", 0,
     "only this one (repeat): an id, a glob, a file or a folder", 0},
    {"stack", KEY_STACK, "NAME", 0, "only this stack build (repeat)", 0},
    {"cells", KEY_CELLS, "FILE", 0,
     "only the cells in FILE, one scenario/device a line", 0},
    {"jobs", KEY_JOBS, "N", 0, "workers at a time (default two per core)", 1},
    {"out", KEY_OUT, "DIR", 0, "where results go (default results/latest)", 1},
    {"resume", KEY_RESUME, NULL, 0, "take up a run that was stopped", 1},
    {"fresh", KEY_FRESH, NULL, 0, "drop a run that was stopped", 1},
    {"keep-work", KEY_KEEP_WORK, "DIR", 0,
     "also leave what the endpoint and the shims are given in DIR", 1},
    {"gate", KEY_GATE, "breaks|none", 0,
     "what makes the exit status 1 (default breaks, see below)", 1},
    {"timeout", KEY_TIMEOUT, "MS", 0, "of one cell (default 10000)", 1},
    {"experiments", KEY_EXPERIMENTS, "N", 0,
     "to diagnose with, at most, in all (default 32000; 0: none)", 1},
    {"engine", KEY_ENGINE, "NAME", 0,
     "the TLS library behind the endpoint, openssl or gnutls (default: which "
     "can)",
     1},
    {"quiet", KEY_QUIET, NULL, 0, "no progress, no summary", 1},
    {NULL, 0, NULL, 0, "Real input, without YAML:", 2},
    {"trust-store", KEY_TRUST_STORE, "FILE", 0,
     "the device's trust anchors (repeat): PEM, DER, PKCS#7, a C header or "
     "other source that holds them",
     2},
    {"pin", KEY_PIN, "HASH", 0,
     "that the device pins (repeat): SHA-256 of a certificate or key, or SHA-1 "
     "of a certificate; hex, or sha256//base64",
     2},
    {"chain-before", KEY_CHAIN_BEFORE, "FILE", 0, "the chain of today", 2},
    {"chain-after", KEY_CHAIN_AFTER, "FILE", 0, "the planned chain", 2},
    {"name", KEY_NAME, "HOST", 0, "host (default: the leaf's first name)", 2},
    {"now", KEY_NOW, "TIME", 0,
     "clock (default: today, or an hour after the chain's youngest certificate "
     "begins)",
     2},
    {"skip-unsupported", KEY_SKIP, NULL, 0,
     "leave out certificates that cannot be twinned", 2},
    {"skip-damaged", KEY_SKIP_DAMAGED, NULL, 0,
     "leave out certificates that cannot be read", 2},
    {0},
};

static const char doc[] =
    "Runs real handshakes of devices with the states of scenarios, and judges "
    "what survives the change.\v"
    "With --trust-store the given real certificates are twinned, and the "
    "device runs against the built-in scenarios that concern a trust store, "
    "or against the given chains.\n\n"
    "Exit status: 0 the gate held; 1 with --gate=breaks, a verdict is not as "
    "expected, or a device without expectations breaks or is insecure; 2 bad "
    "input or usage; 3 a cell ended in an error, a control failed, or nothing "
    "is built: no statement.";

struct request {
    struct matrix_options run;
    struct quick_options quick;
    struct words scenarios, devices;
    int failed;
};

static long number(struct argp_state *state, const char *text, long max)
{
    char *end;
    long n = strtol(text, &end, 10);

    if (end == text || *end || n < 1 || n > max)
        argp_error(state, "%s: not a number from 1 to %ld", text, max);
    return n;
}

static void parse_gate(struct request *r, struct argp_state *state,
                       const char *text)
{
    if (!strcmp(text, "none"))
        r->run.gate = GATE_NONE;
    else if (!strcmp(text, "breaks"))
        r->run.gate = GATE_BREAKS;
    else
        argp_error(state, "--gate %s: breaks or none", text);
}

static const char *engine(struct argp_state *state, const char *text)
{
    const char *name;

    for (size_t i = 0; (name = tls_engine_name(i)) != NULL; i++)
        if (!strcmp(name, text))
            return name;
    argp_error(state, "--engine %s: %s or %s", text, tls_engine_name(0),
               tls_engine_name(1));
    return NULL;
}

static error_t parse_run(struct request *r, int key, char *text,
                         struct argp_state *state)
{
    switch (key) {
    case KEY_JOBS:
        r->run.jobs = (int)number(state, text, JOBS_LIMIT);
        return 0;
    case KEY_OUT:
        r->run.out = text;
        return 0;
    case KEY_KEEP_WORK:
        r->run.keep_work = text;
        return 0;
    case KEY_RESUME:
        r->run.mode = RESULTS_RESUME;
        return 0;
    case KEY_FRESH:
        r->run.mode = RESULTS_FRESH;
        return 0;
    case KEY_GATE:
        parse_gate(r, state, text);
        return 0;
    case KEY_CELLS:
        r->run.plan.cells = text;
        return 0;
    case KEY_TIMEOUT:
        r->run.timeout_ms = (int)number(state, text, TIMEOUT_MAX_MS);
        return 0;
    case KEY_EXPERIMENTS:
        r->run.experiments = strcmp(text, "0")
                                 ? (size_t)number(state, text, EXPERIMENTS_MAX)
                                 : 0;
        return 0;
    case KEY_ENGINE:
        r->run.plan.engine = engine(state, text);
        return 0;
    case KEY_QUIET:
        r->run.quiet = 1;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static error_t parse_quick(struct request *r, int key, char *text)
{
    switch (key) {
    case KEY_CHAIN_BEFORE:
        r->quick.chain_before = text;
        return 0;
    case KEY_CHAIN_AFTER:
        r->quick.chain_after = text;
        return 0;
    case KEY_NAME:
        r->quick.name = text;
        return 0;
    case KEY_NOW:
        r->quick.now = text;
        return 0;
    case KEY_SKIP:
        r->quick.skip |= PKI_SKIP_UNSUPPORTED;
        return 0;
    case KEY_SKIP_DAMAGED:
        r->quick.skip |= PKI_SKIP_DAMAGED;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static struct words *words_of(struct request *r, int key)
{
    switch (key) {
    case KEY_SCENARIO:
        return &r->scenarios;
    case KEY_DEVICE:
        return &r->devices;
    case KEY_STACK:
        return &r->quick.stacks;
    case KEY_TRUST_STORE:
        return &r->quick.trust_store;
    case KEY_PIN:
        return &r->quick.pins;
    default:
        return NULL;
    }
}

static error_t parse(int key, char *text, struct argp_state *state)
{
    struct request *r = state->input;
    struct words *list = words_of(r, key);

    if (list) {
        r->failed |= words_add(list, text) != 0;
        return 0;
    }
    if (key == ARGP_KEY_ARG)
        argp_error(state, "%s: what is it? Options have names", text);
    if (parse_run(r, key, text, state) == 0)
        return 0;
    return parse_quick(r, key, text);
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .doc = doc,
};

static int run(struct request *r)
{
    struct quick quick = {0};
    char *latest = NULL;
    int status = EXIT_USAGE_ERROR;

    r->run.plan.scenarios = r->scenarios.items;
    r->run.plan.devices = r->devices.items;
    r->run.plan.stacks = r->quick.stacks.items;
    r->run.plan.skip = r->quick.skip;
    if (!r->run.out && home_dir())
        r->run.out = latest = format("%s/results/latest", home_dir());
    if (!r->run.out)
        r->run.out = "results/latest";
    if (!quick_asked(&r->quick) ||
        quick_init(&quick, &r->quick, &r->run.plan) == 0)
        status = matrix_run(&r->run);
    quick_clear(&quick);
    free(latest);
    return status;
}

int cmd_run(int argc, char **argv)
{
    struct request r = {
        .run = {.timeout_ms = TIMEOUT_MS, .experiments = DIAGNOSE_EXPERIMENTS}};
    int status = EXIT_HARNESS;

    argp_parse(&argp, argc, argv, 0, NULL, &r);
    if (!r.failed)
        status = run(&r);
    words_clear(&r.scenarios);
    words_clear(&r.devices);
    words_clear(&r.quick.stacks);
    words_clear(&r.quick.trust_store);
    words_clear(&r.quick.pins);
    return status;
}
