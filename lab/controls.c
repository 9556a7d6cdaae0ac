/* Three cells per stack build against one state of the controls' own. */
#include "lab/controls.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/file.h"
#include "lab/certificates.h"
#include "lab/plan_state.h"
#include "lab/stacks.h"
#include "model/device.h"

struct controls {
    struct certificates *certificates; /* borrowed */
    const struct stack **stacks;       /* those that are built */
    size_t stacks_count;
    struct endpoint_tls policy;
};

enum { KINDS = 3 };

static const struct {
    const char *name;
    enum outcome outcome;
    enum reason reason;
    enum party by;
} expected[KINDS] = {
    {"connects", OUTCOME_CONNECTED, REASON_NONE, PARTY_NOBODY},
    {"refuses", OUTCOME_REFUSED, REASON_UNKNOWN_CA, PARTY_CLIENT},
    {"declines", OUTCOME_UNSUPPORTED, REASON_NONE, PARTY_NOBODY},
};

static char text_control[] = "control";
static char text_policy[] = "free";
static char text_endpoint[] = "control.iot.example.com";
static char text_state[] = "state";
static char text_none[] = "none";
static char text_leaf[] = "leaf";
static char text_right_rsa[] = "amazon-root-ca-1";
static char text_right_ec[] = "amazon-root-ca-3";
static char text_wrong_rsa[] = "untrusted-root";
static char text_wrong_ec[] = "chainbreak-device-ca";
static char text_template[] = "control";

/* For builds that have no RSA, and those that have nothing else. */
static char *rsa_names[] = {text_leaf, text_right_rsa};
static char *ec_names[] = {text_leaf, text_right_ec};

static struct state control_state = {
    .name = text_state,
    .now = 1719792000, /* 2024-07-01 */
    .policy = text_policy,
    .endpoint = text_endpoint,
    .leaf = {.template_name = text_template},
    .rsa = {rsa_names, 2},
    .ecdsa = {ec_names, 2},
    .client_auth = text_none,
};

static const struct scenario control_scenario = {
    .id = text_control,
    .title = text_control,
    .file = text_control,
    .states = &control_state,
    .states_count = 1,
};

static char *right_store[] = {text_right_rsa, text_right_ec};
static char *wrong_store[] = {text_wrong_rsa, text_wrong_ec};

static const struct device trusting = {
    .security_level = -1,
    .id = text_control,
    .trust_store = right_store,
    .trust_store_count = 2,
    .tls = {.sni = 1},
    .verify = {.chain = 1, .name = 1, .time = 1},
};

static const struct device refusing = {
    .security_level = -1,
    .id = text_control,
    .trust_store = wrong_store,
    .trust_store_count = 2,
    .tls = {.sni = 1},
    .verify = {.chain = 1, .name = 1, .time = 1},
};

int controls_want(struct certificates *c)
{
    if (certificates_want_scenario(c, &control_scenario) ||
        certificates_want_device(c, &trusting) ||
        certificates_want_device(c, &refusing))
        return -1;
    return 0;
}

struct controls *controls_new(struct certificates *certificates,
                              const struct stacks *stacks)
{
    struct controls *c = calloc(1, sizeof *c);

    if (!c || !(c->stacks = calloc(stacks->count + 1, sizeof(void *)))) {
        diag("out of memory");
        controls_free(c);
        return NULL;
    }
    c->certificates = certificates;
    for (size_t i = 0; i < stacks->count; i++)
        if (stacks->items[i].program)
            c->stacks[c->stacks_count++] = &stacks->items[i];
    if (plan_state_tls(&control_scenario, &control_state, &c->policy) == 0)
        return c;
    controls_free(c);
    return NULL;
}

void controls_free(struct controls *c)
{
    if (!c)
        return;
    endpoint_tls_clear(&c->policy);
    free(c->stacks);
    free(c);
}

size_t controls_count(const struct controls *c)
{
    return c->stacks_count * KINDS;
}

const struct stack *controls_stack(const struct controls *c, size_t index)
{
    return c->stacks[index / KINDS];
}

static int fill_list(struct trial_list *to, const struct certificate_list *from)
{
    for (size_t i = 0; from && i < from->count; i++)
        if (trial_list_insert(to, i, from->items[i]))
            return -1;
    return 0;
}

/* A build without SNI or without a clock is held to what it has. */
static void fill(struct trial *t, const struct controls *c, size_t index)
{
    const struct stack *stack = controls_stack(c, index);
    size_t kind = index % KINDS;

    t->stack = stack;
    t->device = kind == 1 ? &refusing : &trusting;
    t->tls = t->device->tls;
    t->tls.sni = stacks_has(stack, "sni");
    t->verify = t->device->verify;
    t->verify.time = stacks_has(stack, "clock");
    t->clock = t->now = control_state.now;
    t->security_level = -1;
    t->name = control_state.endpoint;
    t->require = kind == 2 ? "no-such-feature" : NULL;
    t->policy = c->policy;
    t->client_auth = control_state.client_auth;
}

struct trial *controls_trial(const struct controls *c, size_t index)
{
    struct trial *t = calloc(1, sizeof *t);

    if (!t) {
        diag("out of memory");
        return NULL;
    }
    fill(t, c, index);
    t->id = format("control/state/%s-%s", expected[index % KINDS].name,
                   t->stack->name);
    if (!t->id || fill_list(&t->anchors,
                            certificates_of_device(c->certificates, t->device)))
        goto fail;
    for (int e = 0; e < CHAINS; e++)
        if (fill_list(&t->chains[e], certificates_of_state(c->certificates,
                                                           &control_state, e)))
            goto fail;
    return t;
fail:
    trial_free(t);
    return NULL;
}

int controls_check(const struct controls *c, size_t index,
                   const struct record *r)
{
    size_t kind = index % KINDS;

    if (r->outcome == expected[kind].outcome &&
        r->reason == expected[kind].reason &&
        r->refused_by == expected[kind].by)
        return 0;
    diag("control of %s failed: it must give %s (%s), and gave %s (%s): %s",
         controls_stack(c, index)->name, outcome_name(expected[kind].outcome),
         reason_name(expected[kind].reason), outcome_name(r->outcome),
         reason_name(r->reason), r->note ? r->note : "no more is known");
    return -1;
}
