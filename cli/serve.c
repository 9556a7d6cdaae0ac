/* Serves one state of one scenario until it is interrupted: the endpoint's side
 * of a trial without a device. Must not know TLS. */
#include "cli/serve.h"

#include <argp.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/quantity.h"
#include "cli/anchors.h"
#include "cli/serve_account.h"
#include "cli/serve_mqtt.h"
#include "cli/serve_run.h"
#include "cli/serve_text.h"
#include "lab/certificates.h"
#include "lab/endpoint_codec.h"
#include "lab/files.h"
#include "lab/policies.h"
#include "lab/selection.h"
#include "lab/trial_make.h"
#include "model/wire_codec.h"

enum { PATIENCE_MS = 60000 }; /* people and boards on a bench are slow */

struct options {
    const char *scenario, *state, *listen, *now, *application, *upstream;
    struct serve_account account;
};

struct serve {
    struct selection selection; /* the one scenario */
    const struct state *state;  /* of it */
    struct certificates *certificates;
    struct policies *policies;
    struct endpoint_tls policy, unnamed_policy; /* lists: of the policies */
    struct trial *trial;
    struct files *files;
    struct pki_cert *identity; /* for a client to try it with, or NULL */
    struct serve_mqtt mqtt;
    char *work_dir, *anchors_path, *identity_path;
    char *configuration;
    struct hellos hellos;
};

enum {
    OPTION_NOW = 1000,
    OPTION_APPLICATION,
    OPTION_MQTT_UPSTREAM,
    OPTION_ACCOUNT,
    OPTION_ERA,
    OPTION_REGION,
    OPTION_AWS_PORTS,
    OPTION_FIXED_DEFAULTS,
    OPTION_CAP_KEEP_ALIVE,
    OPTION_ALERT_UNREGISTERED
};

static const struct argp_option argp_options[] = {
    {"scenario", 's', "FILE", 0, "the scenario: a file or a built-in name", 0},
    {"state", 't', "NAME", 0, "the state to serve (default: the first)", 0},
    {"listen", 'l', "ADDR:PORT", 0,
     "where to listen (default: 127.0.0.1:0, a free port); of an account an "
     "address without a port",
     0},
    {"now", OPTION_NOW, "TIME", 0,
     "the state's clock, for which leaves are made valid: a time, or "
     "`scenario' for the scenario's own (default: the real one)",
     0},
    {"application", OPTION_APPLICATION, "NAME", 0,
     "what is spoken inside TLS: byte (default) or mqtt, with mosquitto behind "
     "it",
     0},
    {"mqtt-upstream", OPTION_MQTT_UPSTREAM, "ADDR", 0,
     "another broker for --application mqtt: unix:/path or ADDR:PORT", 0},
    {"account", OPTION_ACCOUNT, "DIR", 0,
     "instead of a scenario: a whole account, kept in DIR (docs/account.md)",
     1},
    {"aws-ports", OPTION_AWS_PORTS, NULL, 0,
     "of an account: the ports 8883, 443 and 8443, not free ones", 1},
    {"fixed-defaults", OPTION_FIXED_DEFAULTS, NULL, 0,
     "of an account: its own domain configurations (iot:Data-ATS) cannot be "
     "updated",
     1},
    {"cap-keep-alive", OPTION_CAP_KEEP_ALIVE, NULL, 0,
     "of an account: a keep-alive above 1200 s counts as that; without it such "
     "a client is closed (MQTT 3.1.1)",
     1},
    {"alert-unregistered", OPTION_ALERT_UNREGISTERED, NULL, 0,
     "of an account: a client certificate that is not registered, or not "
     "active, is refused in the handshake (certificate_unknown); without it at "
     "CONNECT",
     1},
    {"era", OPTION_ERA, "YEAR", 0,
     "of a new account: 2018, or 2026 (default), when iot:Data is retired", 1},
    {"region", OPTION_REGION, "REGION", 0,
     "of a new account (default: us-east-1)", 1},
    {0}};

static error_t era_parse(const char *text, struct options *o,
                         const struct argp_state *state)
{
    o->account.era = text;
    if (strcmp(text, "2018") != 0 && strcmp(text, "2026") != 0)
        argp_error(state, "--era: 2018 or 2026, not '%s'", text);
    return 0;
}

static void check(const struct options *o, const struct argp_state *state)
{
    if (o->account.dir == NULL &&
        (o->account.era || o->account.region || o->account.has_aws_ports ||
         o->account.fixed_defaults || o->account.caps_keep_alive ||
         o->account.alerts))
        argp_error(state, "--era, --region and --aws-ports are for --account, "
                          "and so are --fixed-defaults, --cap-keep-alive and "
                          "--alert-unregistered");
    if (o->account.dir == NULL && o->scenario == NULL)
        argp_error(state, "--scenario or --account is needed");
    if (o->account.dir != NULL && (o->scenario || o->state || o->now ||
                                   o->application || o->upstream))
        argp_error(state, "--account takes --era, --region, --listen and "
                          "--aws-ports only (and --fixed-defaults, "
                          "--cap-keep-alive, --alert-unregistered)");
}

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
        o->account.listen = arg;
        return 0;
    case OPTION_NOW:
        o->now = arg;
        return 0;
    case OPTION_APPLICATION:
        o->application = arg;
        return 0;
    case OPTION_MQTT_UPSTREAM:
        o->upstream = arg;
        return 0;
    case OPTION_ACCOUNT:
        o->account.dir = arg;
        return 0;
    case OPTION_AWS_PORTS:
        o->account.has_aws_ports = 1;
        return 0;
    case OPTION_FIXED_DEFAULTS:
        o->account.fixed_defaults = 1;
        return 0;
    case OPTION_CAP_KEEP_ALIVE:
        o->account.caps_keep_alive = 1;
        return 0;
    case OPTION_ALERT_UNREGISTERED:
        o->account.alerts = 1;
        return 0;
    case OPTION_ERA:
        return era_parse(arg, o, state);
    case OPTION_REGION:
        o->account.region = arg;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "%s: no argument is expected here", arg);
        return EINVAL;
    case ARGP_KEY_END:
        check(o, state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp parser = {
    argp_options,
    option_parse,
    NULL,
    "Serve one endpoint state, or a whole account, and follow the connections, "
    "one line each.\v"
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

/* Clients have the real time, scenarios have their own. */
static int now_set(struct serve *s, const char *now)
{
    struct scenario *sc = s->selection.scenarios[0];
    int64_t at = now == NULL ? (int64_t)time(NULL) : s->state->now;

    if (now == NULL || strcmp(now, "scenario") == 0 ||
        time_parse(now, &at) == 0) {
        for (size_t i = 0; i < sc->states_count; i++)
            sc->states[i].now = at;
        return 0;
    }
    diag("--now: %s: a time, as 2024-07-01T00:00:00Z, or scenario", now);
    return -1;
}

static int identity_want(struct serve *s)
{
    struct pki_cert *ca;

    if (s->state->client_auth == NULL ||
        strcmp(s->state->client_auth, "none") == 0)
        return 0;
    s->identity = pki_want_identity(certificates_pki(s->certificates),
                                    "ec-p256", s->state->now, &ca);
    return s->identity == NULL ? -1 : 0;
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
        identity_want(s) != 0 || certificates_mint(s->certificates, 1) != 0 ||
        policies_merge(s->policies, sc, s->state, &s->policy) != 0)
        return -1;
    if (s->state->without_name != NULL) {
        cell.unnamed = state_find(&s->selection, s->state->without_name);
        cell.unnamed_policy = &s->unnamed_policy;
        if (policies_merge(s->policies, sc, cell.unnamed,
                           &s->unnamed_policy) != 0)
            return -1;
    }
    s->trial = trial_make(s->certificates, &cell);
    return s->trial == NULL ? -1 : 0;
}

static int configuration_make(struct serve *s, const char *listen)
{
    const struct scenario *sc = s->selection.scenarios[0];
    char *id = format("%s/%s", sc->id, s->state->name);
    struct endpoint_configuration *c =
        endpoint_configuration_new(1, PATIENCE_MS);
    const struct endpoint_application application =
        serve_mqtt_application(&s->mqtt);

    s->files = files_new(s->work_dir);
    if (id != NULL && s->files != NULL && c != NULL &&
        endpoint_configuration_add(c, s->trial, &application, s->files, id,
                                   listen == NULL ? "127.0.0.1:0" : listen) ==
            0)
        s->configuration = endpoint_configuration_text(c);
    endpoint_configuration_free(c);
    free(id);
    return s->configuration == NULL ? -1 : 0;
}

static int anchors_make(struct serve *s)
{
    const struct trial *trial = s->trial;

    s->anchors_path = format("%s/anchors.pem", s->work_dir);
    return s->anchors_path == NULL
               ? -1
               : anchors_write(certificates_pki(s->certificates), &trial, 1,
                               s->anchors_path);
}

/* The certificate of a client that the state lets in. */
static int identity_write(struct serve *s)
{
    if (s->identity == NULL)
        return 0;
    s->identity_path = format("%s/client.pem", s->work_dir);
    return s->identity_path == NULL
               ? -1
               : pki_write_pem(&s->identity, 1, s->identity_path);
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
        now_set(s, o->now) != 0 || trial_prepare(s) != 0 ||
        anchors_make(s) != 0 || identity_write(s) != 0)
        return -1;
    serve_run_hold();
    if (serve_mqtt_start(&s->mqtt) != 0)
        return -1;
    return configuration_make(s, o->listen);
}

static void on_event(const char *line, size_t size, void *arg)
{
    struct serve *s = arg;
    const char *const client[2] = {
        s->identity_path,
        s->identity == NULL ? NULL : pki_key_path(s->identity)};
    const char *const *identity = s->identity == NULL ? NULL : client;
    struct endpoint_event *event =
        endpoint_event_decode(line, size, &s->hellos);

    if (event != NULL && event->kind == EVENT_LISTENING) {
        serve_text_start(s->state, s->trial, s->anchors_path, identity, event);
        serve_mqtt_text(&s->mqtt, s->trial, s->anchors_path, identity, event);
        serve_text_end();
    }
    if (event != NULL && event->kind == EVENT_CONNECTION)
        serve_text_connection(event);
    endpoint_event_release(event);
}

static void serve_clear(struct serve *s)
{
    serve_mqtt_clear(&s->mqtt);
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
    free(s->identity_path);
}

int cmd_serve(int argc, char **argv)
{
    struct options o = {0};
    struct serve s = {0};
    int status = EXIT_USAGE_ERROR;

    argp_err_exit_status = EXIT_USAGE_ERROR;
    argp_parse(&parser, argc, argv, 0, NULL, &o);
    s.mqtt.application = o.application;
    s.mqtt.upstream = o.upstream;
    if (o.account.dir != NULL)
        return serve_account(&o.account);
    if (serve_prepare(&s, &o) == 0)
        status = serve_run(s.configuration, NULL, on_event, &s);
    serve_clear(&s);
    return status;
}
