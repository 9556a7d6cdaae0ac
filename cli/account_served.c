/* A trial is made of two states: the port's, and the one that has the chain.
 * Both stay while the account is served: certificates are found by a state's
 * address. Must not know what an account is. */
#include "cli/account_served.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/diag.h"
#include "base/file.h"
#include "lab/certificates.h"
#include "lab/policies.h"
#include "lab/selection.h"
#include "lab/trial_make.h"
#include "model/host.h"

enum { THREADS = 2 };

struct source { /* where a chain comes from */
    struct source *next;
    char *chain;
    struct selection selection; /* its scenario; or none */
    const struct scenario *scenario;
    const struct state *state; /* the chain's */
    struct state of_file;
    char *path; /* of a file */
};

struct made {
    struct made *next;
    char *key;
    struct scenario scenario; /* of one state, shallow */
    struct state state;
    struct endpoint_tls policy;
    struct trial *trial;
};

struct account_served {
    const char *dir;
    struct certificates *certificates;
    struct policies *policies;
    struct selection ports; /* account/endpoints.yaml */
    struct source *sources;
    struct made *sides;
};

static void source_free(struct source *s)
{
    if (s == NULL)
        return;
    selection_clear(&s->selection);
    free(s->of_file.rsa.certificates);
    free(s->path);
    free(s->chain);
    free(s);
}

static void side_free(struct made *s)
{
    if (s == NULL)
        return;
    trial_free(s->trial);
    free(s->state.policy);
    free(s->state.endpoint);
    free(s->key);
    free(s);
}

void account_served_free(struct account_served *c)
{
    if (c == NULL)
        return;
    while (c->sides != NULL) {
        struct made *next = c->sides->next;

        side_free(c->sides);
        c->sides = next;
    }
    while (c->sources != NULL) {
        struct source *next = c->sources->next;

        source_free(c->sources);
        c->sources = next;
    }
    policies_free(c->policies);
    certificates_free(c->certificates);
    selection_clear(&c->ports);
    free(c);
}

/* 0, or -1 reported. */
static int scenario_read(struct selection *s, const char *name)
{
    char *const files[] = {(char *)name, NULL};
    struct plan_options want = {.scenarios = files};

    if (selection_scenarios(s, &want) != 0)
        return -1;
    if (s->scenarios_count == 1)
        return 0;
    diag("%s: %zu scenarios have this name, not one", name, s->scenarios_count);
    return -1;
}

struct account_served *account_served_new(const char *dir)
{
    struct account_served *c = calloc(1, sizeof *c);
    char *file = format("%s/account/endpoints.yaml",
                        home_dir() == NULL ? "." : home_dir());

    if (c == NULL || file == NULL)
        diag("out of memory");
    if (c != NULL && file != NULL) {
        c->dir = dir;
        c->policies = policies_new();
        c->certificates = certificates_new(0);
        if (c->policies != NULL && c->certificates != NULL &&
            scenario_read(&c->ports, file) == 0) {
            free(file);
            return c;
        }
    }
    free(file);
    account_served_free(c);
    return NULL;
}

struct pki *account_served_pki(struct account_served *c)
{
    return certificates_pki(c->certificates);
}

static const struct state *state_of(const struct scenario *sc, const char *name)
{
    for (size_t i = 0; i < sc->states_count; i++)
        if (strcmp(sc->states[i].name, name) == 0)
            return &sc->states[i];
    return NULL;
}

/* --- Where a chain comes from --- */

/* 0, or -1 reported. */
static int of_state(struct source *s)
{
    char *scenario = strdup(s->chain);
    char *name = scenario == NULL ? NULL : strchr(scenario, '/');

    if (name == NULL) {
        diag("out of memory");
        free(scenario);
        return -1;
    }
    *name++ = '\0';
    if (scenario_read(&s->selection, scenario) != 0) {
        free(scenario);
        return -1;
    }
    s->scenario = s->selection.scenarios[0];
    s->state = state_of(s->scenario, name);
    if (s->state == NULL)
        diag("%s: scenario %s has no state %s", s->chain, scenario, name);
    free(scenario);
    return s->state == NULL ? -1 : 0;
}

/* A chain without a leaf of ours: what the file says, in twins. 0; 1: there is
 * no such file; -1 reported. */
static int of_file(struct account_served *c, struct source *s)
{
    struct pki *pki = certificates_pki(c->certificates);
    struct pki_cert **certs = NULL;
    struct chain chain = {NULL, 1};
    size_t count = 0;
    int is_rsa;

    s->path = format("%s/certificates/%s.pem", c->dir, s->chain);
    if (s->path == NULL || !file_exists(s->path))
        return s->path == NULL ? -1 : 1;
    if (pki_want_file(pki, s->path, 0, &certs, &count) != 0 ||
        pki_mint(pki, THREADS) != 0)
        return -1;
    is_rsa = strncmp(pki_key_kind(certs[0]), "rsa", 3) == 0;
    free(certs);
    chain.certificates = malloc(sizeof(char *));
    if (chain.certificates == NULL) {
        diag("out of memory");
        return -1;
    }
    chain.certificates[0] = s->path;
    s->of_file.rsa = chain; /* the owner, whichever it is */
    if (!is_rsa) {
        s->of_file.ecdsa = chain;
        s->of_file.rsa.count = 0;
    }
    s->state = &s->of_file;
    s->scenario = c->ports.scenarios[0];
    return 0;
}

static int is_file(const struct account_served *c, const char *chain)
{
    return strchr(chain, '/') == NULL &&
           state_of(c->ports.scenarios[0], chain) == NULL;
}

static int source_fill(struct account_served *c, struct source *s)
{
    if (strchr(s->chain, '/') != NULL)
        return of_state(s);
    if (is_file(c, s->chain))
        return of_file(c, s);
    s->scenario = c->ports.scenarios[0];
    s->state = state_of(s->scenario, s->chain);
    return 0;
}

/* 0; 1: no chain is called so; -1 reported. */
static int source_find(struct account_served *c, const char *chain,
                       const struct source **out)
{
    struct source *s = c->sources;
    int status;

    while (s != NULL && strcmp(s->chain, chain) != 0)
        s = s->next;
    *out = s;
    if (s != NULL)
        return 0;
    s = calloc(1, sizeof *s);
    if (s == NULL || (s->chain = strdup(chain)) == NULL) {
        diag("out of memory");
        free(s);
        return -1;
    }
    status = source_fill(c, s);
    if (status != 0) {
        source_free(s);
        return status;
    }
    s->next = c->sources;
    c->sources = s;
    *out = s;
    return 0;
}

/* --- Trials --- */

/* The same leaf after a restart, for who keeps it: the last multiple of 30
 * days. One whose ends the scenario says is made for now. */
static int64_t clock_of(const struct leaf_spec *leaf)
{
    enum { PERIOD = 30 * 24 * 3600 };
    int64_t now = time(NULL);

    return leaf->not_before || leaf->not_after ? now : now - now % PERIOD;
}

/* The port's clock and TLS, the other's chain. 0, or -1 reported. */
static int state_fill(struct made *s, const struct account_side *side,
                      const struct state *port, const struct source *from)
{
    s->scenario = *from->scenario;
    s->scenario.states = &s->state;
    s->scenario.states_count = 1;
    s->state = *from->state;
    s->state.name = port->name;
    s->state.tls = port->tls;
    s->state.client_auth = NULL;
    s->state.now = clock_of(&s->state.leaf);
    s->state.policy = strdup(side->policy);
    s->state.endpoint = strdup(side->name);
    if (side->is_apart) {
        s->state.tls.alpn_count = 0;
        s->state.tls.alpn_required = 0;
    }
    if (s->state.policy != NULL && s->state.endpoint != NULL)
        return 0;
    diag("out of memory");
    return -1;
}

static void trial_fill(struct account_served *c, struct made *s,
                       const struct account_side *side)
{
    struct trial_cell cell = {
        .scenario = &s->scenario, .state = &s->state, .policy = &s->policy};

    if (certificates_want_scenario(c->certificates, &s->scenario) != 0 ||
        certificates_mint(c->certificates, THREADS) != 0 ||
        policies_merge(c->policies, &s->scenario, &s->state, &s->policy) != 0)
        return;
    s->trial = trial_make(c->certificates, &cell);
    if (s->trial != NULL && side->is_mutual)
        s->trial->client_auth = side->is_asked ? "known" : "any";
    if (s->trial != NULL && s->trial->left_out != NULL) {
        diag("%s: %s", side->name, s->trial->left_out);
        trial_free(s->trial);
        s->trial = NULL;
    }
}

/* NULL: memory is out; what else fails is reported, and there is no trial. */
static struct made *side_new(struct account_served *c,
                             const struct account_side *side, const char *key)
{
    const struct state *port = state_of(c->ports.scenarios[0], side->port);
    struct made *s = calloc(1, sizeof *s);
    const struct source own = {.scenario = c->ports.scenarios[0],
                               .state = port};
    const struct source *from = &own;

    if (s == NULL || (s->key = strdup(key)) == NULL) {
        diag("out of memory");
        free(s);
        return NULL;
    }
    /* without a trial it stays as well: certificates may know its state */
    if (port == NULL)
        diag("account/endpoints.yaml: there is no state %s", side->port);
    else if ((side->chain == NULL || source_find(c, side->chain, &from) >= 0) &&
             state_fill(s, side, port, from == NULL ? &own : from) == 0)
        trial_fill(c, s, side);
    return s;
}

const struct trial *account_served_trial(struct account_served *c,
                                         const struct account_side *side)
{
    char *key = format("%s %s %s %s %d", side->port, side->name, side->policy,
                       side->chain == NULL ? "" : side->chain, side->is_apart);
    struct made *s = c->sides;

    while (key != NULL && s != NULL && strcmp(s->key, key) != 0)
        s = s->next;
    if (s == NULL && key != NULL) {
        s = side_new(c, side, key);
        if (s != NULL) {
            s->next = c->sides;
            c->sides = s;
        }
    }
    free(key);
    return s == NULL ? NULL : s->trial;
}

static int check(void *context, const char *chain, const char *host,
                 char why[static ACCOUNT_WHY])
{
    struct account_served *c = context;
    const struct source *from = NULL;
    int status = 0;

    snprintf(why, ACCOUNT_WHY, "it is not known why");
    if (host != NULL && host_check(host, why, ACCOUNT_WHY) != 0)
        return -1;
    diag_capture(why, ACCOUNT_WHY);
    if (chain != NULL)
        status = source_find(c, chain, &from);
    diag_capture(NULL, 0);
    return status;
}

struct account_chains account_served_chains(struct account_served *c)
{
    return (struct account_chains){c, check};
}
