/* Three cells per stack build against one state of the controls' own. */
#include "lab/controls.h"

#include <stdlib.h>
#include <string.h>

#include "model/device.h"
#include "base/diag.h"
#include "base/file.h"
#include "lab/certificates.h"
#include "lab/stacks.h"
#include "lab/trial_make.h"

enum { KINDS = 3 };

static const struct {
    const char *name, *outcome, *reason, *by;
} expected[KINDS] = {
    {"connects", "connected", "none", NULL},
    {"refuses", "refused", "unknown-ca", "client"},
    {"declines", "unsupported", "none", NULL},
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
    .id = text_control,
    .trust_store = right_store,
    .trust_store_count = 2,
    .tls = {.sni = 1},
    .verify = {.chain = 1, .name = 1, .time = 1},
    .security_level = -1,
};

static const struct device refusing = {
    .id = text_control,
    .trust_store = wrong_store,
    .trust_store_count = 2,
    .tls = {.sni = 1},
    .verify = {.chain = 1, .name = 1, .time = 1},
    .security_level = -1,
};

int controls_want(struct certificates *c)
{
    if (certificates_want_scenario(c, &control_scenario) ||
        certificates_want_device(c, &trusting) ||
        certificates_want_device(c, &refusing))
        return -1;
    return 0;
}

struct course { /* one run of the controls */
    const struct controls_setting *setting;
    struct endpoint_tls policy;
    struct lab_order *order; /* KINDS in a row per stack */
    size_t count, failed;
};

/* A build without SNI or without a clock is held to what it has. */
static void trial_fit(struct trial *t, const struct stack *stack)
{
    t->tls.sni = stacks_has(stack, "sni");
    t->verify.time = stacks_has(stack, "clock");
}

static struct trial *control_trial(void *arg, size_t index)
{
    const struct course *c = arg;
    const struct stack *stack = c->order[index].stack;
    size_t kind = index % KINDS;
    char *id = format("control/state/%s-%s", expected[kind].name, stack->name);
    struct trial_cell cell = {.id = id,
                              .stack = stack,
                              .scenario = &control_scenario,
                              .state = &control_state,
                              .policy = &c->policy,
                              .device = kind == 1 ? &refusing : &trusting};
    struct trial *t = id ? trial_make(c->setting->certificates, &cell) : NULL;

    if (t)
        trial_fit(t, stack);
    if (t && kind == 2)
        t->require = "no-such-feature";
    free(id);
    return t;
}

static int is_as_expected(const struct record *r, size_t kind)
{
    const char *by = expected[kind].by;

    return !strcmp(outcome_name(r->outcome), expected[kind].outcome) &&
           !strcmp(reason_name(r->reason), expected[kind].reason) &&
           (!by || r->refused_by == PARTY_CLIENT);
}

static int on_control(void *arg, size_t index, struct record *r)
{
    struct course *c = arg;
    size_t kind = index % KINDS;

    c->setting->judge(c->setting->arg, r);
    if (!is_as_expected(r, kind)) {
        c->failed++;
        diag("control of %s failed: it must give %s (%s), and gave %s (%s): %s",
             r->stack, expected[kind].outcome, expected[kind].reason,
             outcome_name(r->outcome), reason_name(r->reason),
             r->note ? r->note : "none");
    }
    record_free(r);
    return 0;
}

static int course_init(struct course *c, const struct controls_setting *s)
{
    c->setting = s;
    c->order = calloc(s->stacks->count * KINDS + 1, sizeof *c->order);
    if (!c->order) {
        diag("out of memory");
        return -1;
    }
    for (size_t i = 0; i < s->stacks->count; i++)
        for (size_t kind = 0; kind < KINDS; kind++)
            if (s->stacks->items[i].program)
                c->order[c->count++] =
                    (struct lab_order){&s->stacks->items[i], 0};
    return policies_merge(s->policies, &control_scenario, &control_state,
                          &c->policy);
}

int controls_run(struct lab *lab, const struct controls_setting *s)
{
    struct course c = {0};
    int status = course_init(&c, s);

    if (status == 0)
        status = lab_run(lab, c.order, c.count, control_trial, on_control, &c);
    if (status == 0 && c.failed > 0) {
        diag("%zu controls failed: this run would say nothing; no cell was run",
             c.failed);
        status = -1;
    }
    free(c.order);
    return status;
}
