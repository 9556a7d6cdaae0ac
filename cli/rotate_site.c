/* The endpoint is the account's data endpoint (account/endpoints.yaml). */
#include "cli/rotate_site.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "account/account.h"
#include "base/diag.h"
#include "base/file.h"
#include "cli/account_authority.h"
#include "lab/broker.h"
#include "lab/certificates.h"
#include "lab/endpoint_codec.h"
#include "lab/files.h"
#include "lab/job_codec.h"
#include "lab/policies.h"
#include "lab/selection.h"
#include "lab/stacks.h"
#include "lab/trial_make.h"
#include "model/wire_codec.h"
#include "pki/issuer.h"
#include "server/server.h"

enum { THREADS = 2, PATIENCE_MS = 60000, START_S = 20 };

struct rotate_site {
    atomic_llong now, start;
    char *dir;
    struct issuer *first, *own, *signer;
    struct account *account;
    struct account_authority authority;
    struct broker *broker;
    struct selection selection;
    struct certificates *certificates;
    struct policies *policies;
    struct endpoint_tls policy;
    struct trial *served;
    struct files *files;
    struct device **devices; /* of each stack build */
    char **wants;
    size_t count;
    struct server *server;
    struct hellos hellos;
    pthread_mutex_t lock;
    pthread_cond_t told;
    int port; /* under the lock; 0: not yet */
};

/* --- The account --- */

static int64_t now(void *context)
{
    return atomic_load(&((struct rotate_site *)context)->now);
}

static void on_change(void *arg)
{
    (void)arg;
}

/* NULL reported. */
static struct issuer *issuer_in(const struct rotate_site *s, const char *name,
                                int64_t not_after)
{
    char *dir = format("%s/%s", s->dir, name);
    struct issuer *i = dir == NULL || file_mkdirs(dir, 0700) != 0
                           ? NULL
                           : issuer_new(dir, not_after);

    free(dir);
    return i;
}

static int account_make(struct rotate_site *s)
{
    char *dir = format("%s/account", s->dir);
    struct account_options options = {
        .era = -1,
        .refuses_expired = 1,
        .is_scratch = 1,
        .now = now,
        .now_context = s,
    };

    s->first = issuer_in(s, "first", s->start + ROTATE_END * ROTATE_DAY);
    s->own = issuer_in(s, "own", 0);
    s->signer = issuer_in(s, "account", 0);
    if (dir != NULL && s->first != NULL && s->own != NULL &&
        s->signer != NULL) {
        options.signer =
            (struct account_signer){s->signer, issuer_sign, issuer_make};
        s->account = account_open(dir, &options);
    }
    free(dir);
    if (s->account == NULL)
        return -1;
    account_authority_init(&s->authority, s->account, on_change, s);
    return 0;
}

static char *sign(struct rotate_site *s, struct issuer *by, const char *request)
{
    char *certificate = NULL, why[ISSUER_WHY] = "";

    if (issuer_sign(by, request, s->now, &certificate, why) == 0)
        return certificate;
    diag("a request cannot be signed: %s", why);
    return NULL;
}

char *rotate_site_first(struct rotate_site *s, const char *request)
{
    return sign(s, s->first, request);
}

char *rotate_site_own(struct rotate_site *s, const char *request)
{
    return sign(s, s->own, request);
}

/* --- The endpoint, and who connects to it --- */

/* NULL reported. */
static struct scenario *scenario_read(struct rotate_site *s)
{
    char *file = format("%s/account/endpoints.yaml", home_dir());
    char *const files[] = {file, NULL};
    const struct plan_options want = {.scenarios = files};
    int status = file == NULL ? -1 : selection_scenarios(&s->selection, &want);

    free(file);
    if (status != 0 || s->selection.scenarios_count != 1)
        return NULL;
    s->selection.scenarios[0]->states[0].now = s->now;
    return s->selection.scenarios[0];
}

static int text_set(char **to, const char *text)
{
    free(*to);
    *to = strdup(text);
    return *to == NULL ? -1 : 0;
}

/* It trusts what AWS tells devices to trust, and speaks MQTT 3.1.1. */
static struct device *device_make(const struct stack *stack)
{
    static const char *const roots[] = {"amazon-root-ca-1", "amazon-root-ca-2",
                                        "amazon-root-ca-3", "amazon-root-ca-4",
                                        "starfield-g2"};
    enum { ROOTS = sizeof(roots) / sizeof(*roots) };
    struct device *d = device_new(stack->name);
    int status = -1;

    if (d == NULL)
        return NULL;
    d->stacks = calloc(2, sizeof(*d->stacks));
    d->trust_store = calloc(ROOTS + 1, sizeof(*d->trust_store));
    if (d->stacks != NULL && d->trust_store != NULL) {
        status = text_set(&d->stacks[d->stacks_count++], stack->name);
        for (size_t i = 0; i < ROOTS && status == 0; i++)
            status =
                text_set(&d->trust_store[d->trust_store_count++], roots[i]);
    }
    if (status == 0)
        status = text_set(&d->application, "mqtt");
    if (status == 0)
        status = text_set(&d->mqtt.client_id, stack->name);
    d->mqtt.version = 4;
    d->mqtt.keep_alive = 60;
    if (!stacks_has(stack, "clock"))
        d->clock = CLOCK_NONE;
    if (!stacks_has(stack, "sni"))
        d->tls.sni = 0;
    if (status == 0)
        return d;
    device_free(d);
    return NULL;
}

static int wants_make(struct rotate_site *s, const struct scenario *sc,
                      const struct stack *const *stacks)
{
    for (size_t i = 0; i < s->count; i++) {
        const struct trial_cell cell = {.stack = stacks[i],
                                        .scenario = sc,
                                        .state = &sc->states[0],
                                        .policy = &s->policy,
                                        .device = s->devices[i]};
        struct trial *t = trial_make(s->certificates, &cell);

        s->wants[i] = t == NULL ? NULL : job_want_text(t, s->files);
        trial_free(t);
        if (s->wants[i] == NULL)
            return -1;
    }
    return 0;
}

static int trials_make(struct rotate_site *s, const struct stack *const *stacks)
{
    const struct scenario *sc = scenario_read(s);
    struct trial_cell served = {.scenario = sc, .policy = &s->policy};

    s->certificates = certificates_new(0);
    s->policies = policies_new();
    s->files = files_new(s->dir);
    if (sc == NULL || s->certificates == NULL || s->policies == NULL ||
        s->files == NULL ||
        certificates_want_scenario(s->certificates, sc) != 0)
        return -1;
    for (size_t i = 0; i < s->count; i++) {
        s->devices[i] = device_make(stacks[i]);
        if (s->devices[i] == NULL ||
            certificates_want_device(s->certificates, s->devices[i]) != 0)
            return -1;
    }
    served.state = &sc->states[0];
    if (certificates_mint(s->certificates, THREADS) != 0 ||
        policies_merge(s->policies, sc, served.state, &s->policy) != 0)
        return -1;
    s->served = trial_make(s->certificates, &served);
    if (s->served == NULL)
        return -1;
    s->served->client_auth = "any";
    return wants_make(s, sc, stacks);
}

static void on_event(const char *line, size_t size, void *arg)
{
    struct rotate_site *s = arg;
    struct endpoint_event *e = endpoint_event_decode(line, size, &s->hellos);

    if (e != NULL && e->kind == EVENT_LISTENING) {
        pthread_mutex_lock(&s->lock);
        s->port = e->port;
        pthread_cond_signal(&s->told);
        pthread_mutex_unlock(&s->lock);
    }
    endpoint_event_release(e);
}

static int port_wait(struct rotate_site *s)
{
    struct timespec until;
    int status = 0;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += START_S;
    pthread_mutex_lock(&s->lock);
    while (s->port == 0 && status == 0)
        status = pthread_cond_timedwait(&s->told, &s->lock, &until);
    pthread_mutex_unlock(&s->lock);
    if (s->port == 0)
        diag("the endpoint does not listen");
    return s->port == 0 ? -1 : 0;
}

static int endpoint_start(struct rotate_site *s)
{
    const struct endpoint_application mqtt = {
        .protocol = "mqtt", .upstream = broker_address(s->broker)};
    struct endpoint_configuration *c =
        endpoint_configuration_new(THREADS, PATIENCE_MS);
    char *text = NULL;

    if (c != NULL && endpoint_configuration_add(c, s->served, &mqtt, s->files,
                                                "rotation", "127.0.0.1:0") == 0)
        text = endpoint_configuration_text(c);
    endpoint_configuration_free(c);
    if (text != NULL)
        s->server = server_start(text, strlen(text), &s->authority.authority,
                                 on_event, s);
    free(text);
    return s->server == NULL ? -1 : port_wait(s);
}

/* --- Together --- */

/* Whoever was killed could not clean up; its folder's name is its process. */
static void remnants_remove(const char *base)
{
    DIR *dir = opendir(base);
    const struct dirent *e;

    while (dir != NULL && (e = readdir(dir)) != NULL) {
        long pid = strtol(e->d_name, NULL, 10);
        char *path = format("%s/%s", base, e->d_name);

        if (path != NULL && pid > 0 && kill((pid_t)pid, 0) != 0 &&
            errno == ESRCH)
            file_remove_tree(path);
        free(path);
    }
    if (dir != NULL)
        closedir(dir);
}

static int dir_make(struct rotate_site *s)
{
    char *base = format("%s/rotate", cache_dir());

    if (base != NULL) {
        remnants_remove(base);
        s->dir = format("%s/%ld", base, (long)getpid());
    }
    free(base);
    if (s->dir != NULL)
        return file_mkdirs(s->dir, 0700);
    diag("out of memory");
    return -1;
}

static int site_open(struct rotate_site *s, const struct stack *const *stacks)
{
    s->devices = calloc(s->count, sizeof(struct device *));
    s->wants = calloc(s->count, sizeof(char *));
    if (s->devices == NULL || s->wants == NULL) {
        diag("out of memory");
        return -1;
    }
    if (dir_make(s) != 0 || account_make(s) != 0 || trials_make(s, stacks) != 0)
        return -1;
    s->broker = broker_new(&(struct broker_options){.ended = NULL});
    return s->broker == NULL ? -1 : endpoint_start(s);
}

struct rotate_site *rotate_site_new(const struct stack *const *stacks,
                                    size_t count)
{
    struct rotate_site *s = calloc(1, sizeof(*s));
    int64_t present = (int64_t)time(NULL);

    if (s == NULL) {
        diag("out of memory");
        return NULL;
    }
    s->count = count;
    s->start = present;
    s->now = present;
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->told, NULL);
    hellos_init(&s->hellos);
    if (site_open(s, stacks) == 0)
        return s;
    rotate_site_free(s);
    return NULL;
}

void rotate_site_free(struct rotate_site *s)
{
    if (s == NULL)
        return;
    if (s->server != NULL) {
        server_stop(s->server);
        server_wait(s->server);
        server_free(s->server);
    }
    broker_free(s->broker);
    account_close(s->account);
    issuer_free(s->first);
    issuer_free(s->own);
    issuer_free(s->signer);
    trial_free(s->served);
    for (size_t i = 0; i < s->count; i++) {
        if (s->devices != NULL)
            device_free(s->devices[i]);
        if (s->wants != NULL)
            free(s->wants[i]);
    }
    files_free(s->files);
    policies_free(s->policies);
    certificates_free(s->certificates);
    selection_clear(&s->selection);
    hellos_clear(&s->hellos);
    pthread_cond_destroy(&s->told);
    pthread_mutex_destroy(&s->lock);
    if (s->dir != NULL)
        file_remove_tree(s->dir);
    free(s->dir);
    free(s->devices);
    free(s->wants);
    free(s);
}

struct account *rotate_site_account(struct rotate_site *s)
{
    return s->account;
}

struct broker *rotate_site_broker(struct rotate_site *s)
{
    return s->broker;
}

int rotate_site_port(const struct rotate_site *s)
{
    return s->port;
}

const char *rotate_site_dir(const struct rotate_site *s)
{
    return s->dir;
}

const char *rotate_site_want(const struct rotate_site *s, size_t stack)
{
    return s->wants[stack];
}

int64_t rotate_site_now(const struct rotate_site *s)
{
    return atomic_load(&s->now);
}

void rotate_site_set_day(struct rotate_site *s, int day)
{
    atomic_store(&s->now, s->start + (int64_t)day * ROTATE_DAY);
}
