/* Serves one state of one scenario until it is interrupted. Mints what the
 * state needs through a plan without devices. Must not know TLS. */
#include "cli/serve.h"

#include <argp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/pem.h"
#include "cli/serve_text.h"
#include "base/der.h"
#include "base/diag.h"
#include "base/file.h"
#include "lab/plan.h"
#include "server/server.h"

enum { PATIENCE_MS = 60000 }; /* people and boards on a bench are slow */

struct options {
    const char *scenario, *state, *listen;
};

struct serve {
    struct lab_plan *plan;
    struct device *peer;
    char *work_dir, *anchors_path;
    json_t *configuration;
    const json_t *state; /* borrowed from the plan's document */
};

static struct server *running;

static const struct argp_option argp_options[] = {
    {"scenario", 's', "FILE", 0, "the scenario: a file or a built-in name", 0},
    {"state", 't', "NAME", 0, "the state to serve (default: the first)", 0},
    {"listen", 'l', "ADDR:PORT", 0,
     "where to listen (default: 127.0.0.1:0, a free port)", 0},
    {0}};

static error_t option_parse(int key, char *arg, struct argp_state *state)
{
    struct options *o = state->input;

    switch (key) {
    case 's':
        o->scenario = arg;
        return 0;
    case 't':
        o->state = arg;
        return 0;
    case 'l':
        o->listen = arg;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "%s: no argument is expected here", arg);
        return EINVAL;
    case ARGP_KEY_END:
        if (o->scenario == NULL)
            argp_error(state, "--scenario is needed");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp parser = {
    argp_options,
    option_parse,
    NULL,
    "Serve one endpoint state and follow its connections, one line each.\v"
    "Listens on the loopback address unless told otherwise. Ctrl-C ends it.",
    NULL,
    NULL,
    NULL};

static void states_name(const struct scenario *s, const char *wrong)
{
    char *names = strdup("");

    for (size_t i = 0; names != NULL && i < s->states_count; i++) {
        char *more =
            format("%s%s%s", names, i == 0 ? "" : ", ", s->states[i].name);

        free(names);
        names = more;
    }
    diag("%s: there is no state %s; there are: %s", s->id, wrong,
         names == NULL ? "" : names);
    free(names);
}

/* Index of the wanted state, or -1 reported. */
static int state_find(const struct lab_plan *p, const char *name)
{
    const struct scenario *s = p->scenarios[0];

    if (p->scenarios_count != 1) {
        diag("serve takes one scenario, not %zu", p->scenarios_count);
        return -1;
    }
    if (name == NULL)
        return 0;
    for (size_t i = 0; i < s->states_count; i++)
        if (strcmp(s->states[i].name, name) == 0)
            return (int)i;
    states_name(s, name);
    return -1;
}

static const json_t *document_state(const struct lab_plan *p, int index)
{
    const json_t *scenario =
        json_array_get(json_object_get(p->document, "scenarios"), 0);

    return json_array_get(json_object_get(scenario, "states"), (size_t)index);
}

/* The plan's configuration with this state only. */
static json_t *configuration_make(const struct lab_plan *p, int index,
                                  const char *where)
{
    json_t *out = json_deep_copy(p->endpoint);
    json_t *states = json_object_get(out, "states");
    json_t *limits = json_object_get(out, "limits");
    json_t *state = json_incref(json_array_get(states, (size_t)index));

    json_array_clear(states);
    json_object_set_new(state, "listen",
                        json_string(where == NULL ? "127.0.0.1:0" : where));
    json_array_append_new(states, state);
    json_object_set_new(limits, "handshake_ms", json_integer(PATIENCE_MS));
    json_object_set_new(limits, "idle_ms", json_integer(PATIENCE_MS));
    return out;
}

/* Appends what anchors the chain: its last certificate, whatever that is. 0, or
 * -1 reported. */
static int anchor_append(char **pem, const json_t *chain)
{
    const char *path =
        json_string_value(json_object_get(chain, "certificates"));
    struct der_certificate c = {0};
    uint8_t *data = NULL;
    size_t size = 0, at = 0, last = 0;
    char *block, *joined;

    if (path == NULL)
        return 0;
    if (file_read(path, 0, &data, &size) != 0)
        return -1;
    for (size_t n; (n = der_certificate_read(data + at, size - at, &c)) > 0;
         at += n)
        last = at;
    block = pem_certificate(data + last, at - last);
    joined = block == NULL ? NULL : format("%s%s", *pem, block);
    free(block);
    free(data);
    if (joined == NULL) {
        diag("out of memory");
        return -1;
    }
    free(*pem);
    *pem = joined;
    return 0;
}

static int anchors_write(struct serve *s)
{
    const json_t *state =
        json_array_get(json_object_get(s->configuration, "states"), 0);
    const json_t *chains = json_object_get(state, "chains");
    char *pem = strdup("");
    int status = -1;

    s->anchors_path = format("%s/anchors.pem", s->work_dir);
    if (pem != NULL && s->anchors_path != NULL &&
        anchor_append(&pem, json_object_get(chains, "rsa")) == 0 &&
        anchor_append(&pem, json_object_get(chains, "ecdsa")) == 0)
        status = file_write(s->anchors_path, 0644, pem, strlen(pem));
    free(pem);
    return status;
}

/* A plan is for devices; who connects here is not chainbreak's business. Stands
 * in for it, on a stack that nobody builds, and is never run. */
static struct device *peer_new(void)
{
    struct device *d = device_new("peer");

    if (d == NULL)
        return NULL;
    d->stacks = calloc(1, sizeof(char *));
    if (d->stacks != NULL && (d->stacks[0] = strdup("peer")) != NULL)
        d->stacks_count = 1;
    if (d->stacks_count == 1)
        return d;
    device_free(d);
    return NULL;
}

static int serve_prepare(struct serve *s, const struct options *o)
{
    char *const scenarios[] = {(char *)o->scenario, NULL};
    struct device *const peers[] = {s->peer, NULL};
    struct plan_options want = {
        .scenarios = scenarios, .extra_devices = peers, .jobs = 1};
    int index;

    s->work_dir = format("%s/serve/%ld", cache_dir(), (long)getpid());
    if (s->peer == NULL || s->work_dir == NULL ||
        file_mkdirs(s->work_dir, 0700) != 0)
        return -1;
    want.work_dir = s->work_dir;
    s->plan = lab_plan_new(&want);
    if (s->plan == NULL)
        return -1;
    index = state_find(s->plan, o->state);
    if (index < 0)
        return -1;
    s->state = document_state(s->plan, index);
    s->configuration = configuration_make(s->plan, index, o->listen);
    return anchors_write(s);
}

static void on_event(const json_t *event, void *arg)
{
    const struct serve *s = arg;
    const char *kind = json_string_value(json_object_get(event, "event"));

    if (strcmp(kind, "listening") == 0)
        serve_text_start(s->state, s->anchors_path, event);
    if (strcmp(kind, "connection") == 0)
        serve_text_connection(event);
}

static void on_signal(int number)
{
    (void)number;
    server_stop(running);
}

static int serve_run(struct serve *s)
{
    struct sigaction action = {.sa_handler = on_signal};

    signal(SIGPIPE, SIG_IGN);
    running = server_start(s->configuration, on_event, s);
    if (running == NULL)
        return EXIT_USAGE_ERROR;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    server_wait(running);
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    server_free(running);
    running = NULL;
    return EXIT_HELD;
}

int cmd_serve(int argc, char **argv)
{
    struct options o = {NULL, NULL, NULL};
    struct serve s = {.peer = peer_new()};
    int status = EXIT_USAGE_ERROR;

    argp_err_exit_status = EXIT_USAGE_ERROR;
    argp_parse(&parser, argc, argv, 0, NULL, &o);
    if (serve_prepare(&s, &o) == 0)
        status = serve_run(&s);
    if (s.work_dir != NULL)
        file_remove_tree(s.work_dir);
    json_decref(s.configuration);
    lab_plan_free(s.plan);
    device_free(s.peer);
    free(s.work_dir);
    free(s.anchors_path);
    return status;
}
