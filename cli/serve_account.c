/* The endpoints are the states of a scenario (account/endpoints.yaml), each
 * with the name that the account gives it. Must not know TLS or HTTP. */
#include "cli/serve_account.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "account/account.h"
#include "base/diag.h"
#include "base/file.h"
#include "cli/account_authority.h"
#include "cli/account_service.h"
#include "cli/account_text.h"
#include "cli/anchors.h"
#include "cli/serve_run.h"
#include "cli/serve_text.h"
#include "lab/broker.h"
#include "lab/certificates.h"
#include "lab/endpoint_codec.h"
#include "lab/files.h"
#include "lab/policies.h"
#include "lab/selection.h"
#include "lab/trial_make.h"
#include "model/wire_codec.h"
#include "pki/issuer.h"

enum {
    THREADS = 2,
    PATIENCE_MS = 60000 /* people and boards on a bench are slow */
};

#define ANY_PORT "127.0.0.1:0"

/* Which state of the scenario is which endpoint of the account. */
static const struct {
    const char *state, *type; /* NULL: the control plane */
    const char *listen;       /* as AWS has it */
} kinds[ACCOUNT_ENDPOINTS] = {
    {"data-ats", "iot:Data-ATS", "127.0.0.1:8883"},
    {"data-ats-443", "iot:Data-ATS", "127.0.0.1:443"},
    {"data", "iot:Data", ANY_PORT},
    {"control", NULL, ANY_PORT},
    {"data-ats-8443", "iot:Data-ATS", "127.0.0.1:8443"},
};

enum { DATA_ATS, DATA_ATS_443, DATA, CONTROL, PUBLISH }; /* in kinds */

struct served {
    const struct serve_account *options;
    struct issuer *issuer;
    struct account *account;
    struct account_authority authority;
    struct account_service *control;
    struct broker *broker;
    struct selection selection;
    struct certificates *certificates;
    struct policies *policies;
    struct endpoint_tls policy[ACCOUNT_ENDPOINTS];
    struct trial *trials[ACCOUNT_ENDPOINTS];
    struct files *files;
    struct account_text text;
    char *dir; /* absolute */
    char *work_dir, *socket, *upstream, *configuration;
    char *publish_socket, *publish_upstream;
    struct endpoint_application publish; /* HTTPS */
    struct hellos hellos;
};

/* --- The account --- */

static int open_account(struct served *s)
{
    const struct serve_account *o = s->options;
    struct account_options options = {
        .region = o->region,
        .era = o->era == NULL                ? -1
               : strcmp(o->era, "2018") == 0 ? ACCOUNT_2018
                                             : ACCOUNT_2026,
    };

    if (file_mkdirs(o->dir, 0700) != 0)
        return -1;
    s->dir = realpath(o->dir, NULL);
    if (s->dir == NULL) {
        diag("%s: %s", o->dir, strerror(errno));
        return -1;
    }
    s->issuer = issuer_new(s->dir, 0);
    if (s->issuer == NULL)
        return -1;
    options.signer =
        (struct account_signer){s->issuer, issuer_sign, issuer_make};
    s->account = account_open(s->dir, &options);
    if (s->account == NULL)
        return -1;
    s->text.id = account_id(s->account);
    s->text.region = account_region(s->account);
    s->text.dir = s->dir;
    return 0;
}

/* --- Its endpoints --- */

/* The TLS policy that the account names for an endpoint, if it is another one
 * than the state's: 1, 0, or -1 reported. */
static int policy_take(struct served *s, size_t kind, struct state *state)
{
    struct account_domain d;
    int taken = 0;

    if (kinds[kind].type == NULL)
        return 0;
    if (account_domain_find(s->account, state->endpoint, &d) != 0)
        return -1;
    if (strcmp(state->policy, d.policy) != 0) {
        free(state->policy);
        state->policy = d.policy;
        d.policy = NULL;
        taken = 1;
    }
    account_domain_clear(&d);
    return taken;
}

/* The state of a kind gets what the account says of it. 1: the account has none
 * of that kind; -1 reported. */
static int state_fill(struct served *s, size_t kind, struct state *state)
{
    char *name = kinds[kind].type == NULL
                     ? format("iot.%s.amazonaws.com", s->text.region)
                     : account_address(s->account, kinds[kind].type);

    if (name == NULL)
        return 1;
    free(state->endpoint);
    state->endpoint = name;
    state->now = time(NULL);
    s->text.endpoints[kind].name = name;
    return policy_take(s, kind, state) < 0 ? -1 : 0;
}

static struct state *state_of(const struct scenario *sc, const char *name)
{
    for (size_t i = 0; i < sc->states_count; i++)
        if (strcmp(sc->states[i].name, name) == 0)
            return &sc->states[i];
    return NULL;
}

static int trial_make_for(struct served *s, const struct scenario *sc,
                          size_t kind)
{
    const struct state *state = state_of(sc, kinds[kind].state);
    struct trial_cell cell = {
        .scenario = sc, .state = state, .policy = &s->policy[kind]};

    if (policies_merge(s->policies, sc, state, &s->policy[kind]) != 0)
        return -1;
    s->trials[kind] = trial_make(s->certificates, &cell);
    if (s->trials[kind] == NULL)
        return -1;
    if (kinds[kind].type != NULL)
        s->trials[kind]->client_auth = "any";
    return 0;
}

/* NULL reported. */
static struct scenario *scenario_read(struct served *s)
{
    char *file = format("%s/account/endpoints.yaml", home_dir());
    char *const files[] = {file, NULL};
    struct plan_options want = {.scenarios = files};
    int status = file == NULL ? -1 : selection_scenarios(&s->selection, &want);

    free(file);
    if (status != 0 || s->selection.scenarios_count != 1)
        return NULL;
    return s->selection.scenarios[0];
}

static int endpoints_make(struct served *s)
{
    struct scenario *sc = scenario_read(s);
    int is_there[ACCOUNT_ENDPOINTS] = {0};

    if (sc == NULL)
        return -1;
    for (size_t i = 0; i < ACCOUNT_ENDPOINTS; i++) {
        struct state *state = state_of(sc, kinds[i].state);

        if (state == NULL) {
            diag("%s: there is no state %s", sc->file, kinds[i].state);
            return -1;
        }
        is_there[i] = state_fill(s, i, state);
        if (is_there[i] < 0)
            return -1;
    }
    s->policies = policies_new();
    s->certificates = certificates_new(0);
    if (s->policies == NULL || s->certificates == NULL ||
        certificates_want_scenario(s->certificates, sc) != 0 ||
        certificates_mint(s->certificates, THREADS) != 0)
        return -1;
    for (size_t i = 0; i < ACCOUNT_ENDPOINTS; i++)
        if (is_there[i] == 0 && trial_make_for(s, sc, i) != 0)
            return -1;
    return 0;
}

static int anchors_make(struct served *s)
{
    const struct trial *list[ACCOUNT_ENDPOINTS];
    char *path = format("%s/anchors.pem", s->dir);
    size_t count = 0;

    s->text.anchors = path;
    for (size_t i = 0; i < ACCOUNT_ENDPOINTS; i++)
        if (s->trials[i] != NULL)
            list[count++] = s->trials[i];
    return path == NULL ? -1
                        : anchors_write(certificates_pki(s->certificates), list,
                                        count, path);
}

/* What is spoken at an endpoint; with ALPN x-amzn-http-ca HTTPS, where ports
 * are shared. */
static struct endpoint_application application_of(const struct served *s,
                                                  size_t kind)
{
    struct endpoint_application a = {.protocol = "mqtt",
                                     .upstream = broker_address(s->broker)};

    if (kinds[kind].type == NULL)
        a = (struct endpoint_application){.protocol = "relay",
                                          .upstream = s->upstream};
    else if (kind == PUBLISH)
        a = s->publish;
    else if (kind == DATA_ATS_443) {
        a.other_alpn = "x-amzn-http-ca";
        a.other = &s->publish;
    }
    return a;
}

/* On the first port both names of the account are served, by SNI; who sends no
 * name gets the first. On the others a name is not looked at. */
static size_t names_of(const struct served *s, size_t kind,
                       const struct endpoint_application *mqtt,
                       struct endpoint_name out[2])
{
    static const size_t named[] = {DATA_ATS, DATA};
    size_t count = 0;

    for (size_t i = 0; kind == DATA_ATS && i < 2; i++)
        if (s->trials[named[i]] != NULL)
            out[count++] = (struct endpoint_name){
                s->text.endpoints[named[i]].name, s->trials[named[i]], mqtt,
                kinds[named[i]].state};
    return count;
}

static int configuration_add(struct served *s, struct endpoint_configuration *c)
{
    for (size_t i = 0; i < ACCOUNT_ENDPOINTS; i++) {
        const struct endpoint_application a = application_of(s, i);
        const char *at = s->options->has_aws_ports ? kinds[i].listen : ANY_PORT;
        struct endpoint_name names[2];
        size_t count = names_of(s, i, &a, names);

        if (s->trials[i] != NULL &&
            (endpoint_configuration_add(c, s->trials[i], &a, s->files,
                                        kinds[i].state, at) != 0 ||
             endpoint_configuration_names(c, s->files, names, count) != 0))
            return -1;
    }
    return 0;
}

static int configuration_make(struct served *s)
{
    struct endpoint_configuration *c =
        endpoint_configuration_new(THREADS, PATIENCE_MS);

    s->files = files_new(s->work_dir);
    if (c != NULL && s->files != NULL && configuration_add(s, c) == 0)
        s->configuration = endpoint_configuration_text(c);
    endpoint_configuration_free(c);
    return s->configuration == NULL ? -1 : 0;
}

/* A state with another policy, for connections that come from now on. */
static void endpoint_change(struct served *s, size_t kind)
{
    const struct endpoint_application a = application_of(s, kind);
    struct endpoint_name names[2];
    size_t count = names_of(s, kind, &a, names);
    char *line = endpoint_change_line(s->trials[kind], &a, s->files,
                                      kinds[kind].state, names, count);

    if (line != NULL)
        serve_run_control(line);
    free(line);
}

static void policy_change(struct served *s, const struct scenario *sc,
                          size_t kind, const struct state *state)
{
    if (policies_merge(s->policies, sc, state, &s->policy[kind]) != 0)
        return;
    s->trials[kind]->policy = s->policy[kind];
    endpoint_change(s, kind);
    if (kind != DATA_ATS)
        endpoint_change(s, DATA_ATS);
    account_text_policy(kinds[kind].state, state->policy);
}

/* In the control plane's thread. */
static void on_change(void *arg)
{
    struct served *s = arg;
    const struct scenario *sc = s->selection.scenarios[0];

    for (size_t i = 0; i < ACCOUNT_ENDPOINTS; i++) {
        struct state *state = state_of(sc, kinds[i].state);

        if (s->trials[i] != NULL && policy_take(s, i, state) > 0)
            policy_change(s, sc, i, state);
    }
}

/* --- Together --- */

static int start_services(struct served *s)
{
    s->socket = format("%s/control.sock", s->dir);
    s->upstream = s->socket == NULL ? NULL : format("unix:%s", s->socket);
    s->publish_socket = format("%s/publish.sock", s->dir);
    s->publish_upstream =
        s->publish_socket == NULL ? NULL : format("unix:%s", s->publish_socket);
    if (s->upstream == NULL || s->publish_upstream == NULL)
        return -1;
    s->publish = (struct endpoint_application){.protocol = "relay",
                                               .upstream = s->publish_upstream,
                                               .tells_identity = 1};
    account_authority_init(&s->authority, s->account, on_change, s);
    serve_run_hold();
    s->broker = broker_new(&(struct broker_options){.ended = NULL});
    if (s->broker != NULL)
        s->control =
            account_service_new(s->account, s->socket, s->publish_socket,
                                broker_address(s->broker));
    return s->control == NULL ? -1 : 0;
}

static void listening_note(struct served *s, const struct endpoint_event *e)
{
    for (size_t i = 0; i < ACCOUNT_ENDPOINTS; i++)
        if (e->state != NULL && strcmp(kinds[i].state, e->state) == 0)
            s->text.endpoints[i].port = e->port;
}

static void on_event(const char *line, size_t size, void *arg)
{
    struct served *s = arg;
    struct endpoint_event *event =
        endpoint_event_decode(line, size, &s->hellos);

    if (event == NULL)
        return;
    if (event->kind == EVENT_LISTENING)
        listening_note(s, event);
    else if (event->kind == EVENT_READY)
        account_text_print(&s->text);
    else if (event->kind == EVENT_CONNECTION)
        serve_text_connection(event);
    endpoint_event_release(event);
}

static int prepare(struct served *s)
{
    s->work_dir = format("%s/serve/%ld", cache_dir(), (long)getpid());
    if (s->work_dir == NULL || file_mkdirs(s->work_dir, 0700) != 0 ||
        open_account(s) != 0 || endpoints_make(s) != 0 ||
        anchors_make(s) != 0 || start_services(s) != 0)
        return -1;
    return configuration_make(s);
}

static void clear(struct served *s)
{
    account_service_free(s->control);
    broker_free(s->broker);
    account_close(s->account);
    issuer_free(s->issuer);
    if (s->work_dir != NULL)
        file_remove_tree(s->work_dir);
    for (size_t i = 0; i < ACCOUNT_ENDPOINTS; i++)
        trial_free(s->trials[i]);
    files_free(s->files);
    policies_free(s->policies);
    certificates_free(s->certificates);
    selection_clear(&s->selection);
    hellos_clear(&s->hellos);
    free(s->text.anchors);
    free(s->configuration);
    free(s->upstream);
    free(s->socket);
    free(s->publish_socket);
    free(s->publish_upstream);
    free(s->work_dir);
    free(s->dir);
}

int serve_account(const struct serve_account *o)
{
    struct served s = {.options = o};
    int status = EXIT_USAGE_ERROR;

    if (prepare(&s) == 0)
        status =
            serve_run(s.configuration, &s.authority.authority, on_event, &s);
    clear(&s);
    return status;
}
