/* Serves one state of one scenario until it is interrupted: the endpoint's side
 * of a trial without a device. Must not know TLS. */
#include "cli/serve.h"

#include <argp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/pem.h"
#include "cli/serve_text.h"
#include "lab/certificates.h"
#include "lab/endpoint_codec.h"
#include "lab/files.h"
#include "lab/policies.h"
#include "lab/selection.h"
#include "lab/trial_make.h"
#include "model/wire_codec.h"
#include "server/server.h"

enum { PATIENCE_MS = 60000 }; /* people and boards on a bench are slow */

struct options {
    const char *scenario, *state, *listen;
};

struct serve {
    struct selection selection; /* the one scenario */
    const struct state *state;  /* of it */
    struct certificates *certificates;
    struct policies *policies;
    struct endpoint_tls policy; /* its lists are of the policies */
    struct trial *trial;
    struct files *files;
    char *work_dir, *anchors_path;
    char *configuration;
    struct hellos hellos;
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

/* NULL reported. */
static const struct state *state_find(const struct selection *s,
                                      const char *name)
{
    const struct scenario *sc = s->scenarios[0];

    if (s->scenarios_count != 1) {
        diag("serve takes one scenario, not %zu", s->scenarios_count);
        return NULL;
    }
    if (name == NULL)
        return &sc->states[0];
    for (size_t i = 0; i < sc->states_count; i++)
        if (strcmp(sc->states[i].name, name) == 0)
            return &sc->states[i];
    states_name(sc, name);
    return NULL;
}

static int trial_prepare(struct serve *s)
{
    const struct scenario *sc = s->selection.scenarios[0];
    struct trial_cell cell = {
        .scenario = sc, .state = s->state, .policy = &s->policy};

    s->policies = policies_new();
    s->certificates = certificates_new(0);
    if (s->policies == NULL || s->certificates == NULL ||
        certificates_want_scenario(s->certificates, sc) != 0 ||
        certificates_want_identity(s->certificates, NULL, s->state) != 0 ||
        certificates_mint(s->certificates, 1) != 0 ||
        policies_merge(s->policies, sc, s->state, &s->policy) != 0)
        return -1;
    s->trial = trial_make(s->certificates, &cell);
    return s->trial == NULL ? -1 : 0;
}

static int configuration_make(struct serve *s, const char *listen)
{
    const struct scenario *sc = s->selection.scenarios[0];
    char *id = format("%s/%s", sc->id, s->state->name);
    struct endpoint_configuration *c =
        endpoint_configuration_new(1, PATIENCE_MS);

    s->files = files_new(s->work_dir);
    if (id != NULL && s->files != NULL && c != NULL &&
        endpoint_configuration_add(c, s->trial, s->files, id,
                                   listen == NULL ? "127.0.0.1:0" : listen) ==
            0)
        s->configuration = endpoint_configuration_text(c);
    endpoint_configuration_free(c);
    free(id);
    return s->configuration == NULL ? -1 : 0;
}

/* Appends what anchors the chain: its last certificate, whatever that is. 0, or
 * -1 reported. */
static int anchor_append(char **pem, const struct trial_list *chain)
{
    const uint8_t *der;
    size_t size;
    char *block, *joined;

    if (chain->count == 0)
        return 0;
    der = pki_der(chain->items[chain->count - 1], &size);
    block = pem_certificate(der, size);
    joined = block == NULL ? NULL : format("%s%s", *pem, block);
    free(block);
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
    char *pem = strdup("");
    int status = pem == NULL ? -1 : 0;

    s->anchors_path = format("%s/anchors.pem", s->work_dir);
    for (int i = 0; i < CHAINS && status == 0; i++)
        status = anchor_append(&pem, &s->trial->chains[i]);
    if (status == 0 && s->anchors_path != NULL)
        status = file_write(s->anchors_path, 0644, pem, strlen(pem));
    free(pem);
    return status;
}

static int serve_prepare(struct serve *s, const struct options *o)
{
    char *const scenarios[] = {(char *)o->scenario, NULL};
    struct plan_options want = {.scenarios = scenarios};

    s->work_dir = format("%s/serve/%ld", cache_dir(), (long)getpid());
    if (s->work_dir == NULL || selection_scenarios(&s->selection, &want) != 0)
        return -1;
    s->state = state_find(&s->selection, o->state);
    if (s->state == NULL || file_mkdirs(s->work_dir, 0700) != 0 ||
        trial_prepare(s) != 0 || configuration_make(s, o->listen) != 0)
        return -1;
    return anchors_write(s);
}

static void on_event(const char *line, size_t size, void *arg)
{
    struct serve *s = arg;
    struct endpoint_event *event =
        endpoint_event_decode(line, size, &s->hellos);

    if (event != NULL && event->kind == EVENT_LISTENING)
        serve_text_start(s->state, s->trial, s->anchors_path, event);
    if (event != NULL && event->kind == EVENT_CONNECTION)
        serve_text_connection(event);
    endpoint_event_release(event);
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
    running =
        server_start(s->configuration, strlen(s->configuration), on_event, s);
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

static void serve_clear(struct serve *s)
{
    if (s->work_dir != NULL)
        file_remove_tree(s->work_dir);
    free(s->configuration);
    hellos_clear(&s->hellos);
    files_free(s->files);
    trial_free(s->trial);
    policies_free(s->policies);
    certificates_free(s->certificates);
    selection_clear(&s->selection);
    free(s->work_dir);
    free(s->anchors_path);
}

int cmd_serve(int argc, char **argv)
{
    struct options o = {NULL, NULL, NULL};
    struct serve s = {0};
    int status = EXIT_USAGE_ERROR;

    argp_err_exit_status = EXIT_USAGE_ERROR;
    argp_parse(&parser, argc, argv, 0, NULL, &o);
    if (serve_prepare(&s, &o) == 0)
        status = serve_run(&s);
    serve_clear(&s);
    return status;
}
