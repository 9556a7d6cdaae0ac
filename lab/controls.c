/* Three cells per stack build against one state of the controls' own. */
#include "lab/controls.h"

#include <stdlib.h>
#include <string.h>

#include "model/device.h"
#include "base/diag.h"
#include "base/file.h"
#include "lab/certificates.h"
#include "lab/endpoint_config.h"
#include "lab/stacks.h"
#include "lab/want.h"

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

int controls_want(struct lab_plan *p)
{
    if (certificates_want_scenario(p->certificates, &control_scenario) ||
        certificates_want_device(p->certificates, &trusting) ||
        certificates_want_device(p->certificates, &refusing))
        return -1;
    return 0;
}

/* A build without SNI or without a clock is held to what it has. */
static void want_fit(json_t *want, const struct stack *stack)
{
    if (!stacks_has(stack, "sni"))
        json_object_set_new(want, "sni", json_false());
    if (!stacks_has(stack, "clock"))
        json_object_set_new(json_object_get(want, "verify"), "time",
                            json_false());
}

static json_t *control_want(struct lab_plan *p, const struct stack *stack,
                            size_t kind)
{
    json_t *want = want_new(p->certificates, &control_scenario, &control_state,
                            kind == 1 ? &refusing : &trusting);

    if (want)
        want_fit(want, stack);
    if (want && kind == 2)
        json_object_set_new(want, "require",
                            json_pack("[s]", "no-such-feature"));
    return want;
}

static int control_add(struct lab_plan *p, const struct stack *stack,
                       size_t kind)
{
    struct plan_cell *cell = &p->controls[p->controls_count];

    cell->id = format("control/state/%s-%s", expected[kind].name, stack->name);
    cell->stack = stack->name;
    cell->want = control_want(p, stack, kind);
    if (!cell->id || !cell->want)
        return -1;
    p->controls_count++;
    return 0;
}

int controls_make(struct lab_plan *p)
{
    if (endpoint_config_add(p->endpoint, &control_scenario, p->certificates))
        return -1;
    p->controls = calloc(p->stacks->count * KINDS + 1, sizeof *p->controls);
    if (!p->controls) {
        diag("out of memory");
        return -1;
    }
    for (size_t i = 0; i < p->stacks->count; i++)
        for (size_t kind = 0; kind < KINDS; kind++)
            if (p->stacks->items[i].program &&
                control_add(p, &p->stacks->items[i], kind))
                return -1;
    return 0;
}

void controls_free(struct lab_plan *p)
{
    for (size_t i = 0; i < p->controls_count; i++) {
        free(p->controls[i].id);
        json_decref(p->controls[i].want);
    }
    free(p->controls);
}

static const char *text(const json_t *record, const char *key)
{
    const char *value = json_string_value(json_object_get(record, key));

    return value ? value : "none";
}

int controls_check(const struct lab_plan *p, size_t index, const json_t *record)
{
    size_t kind = index % KINDS;
    const char *by = expected[kind].by;

    if (!strcmp(text(record, "outcome"), expected[kind].outcome) &&
        !strcmp(text(record, "reason"), expected[kind].reason) &&
        (!by || !strcmp(text(record, "refused_by"), by)))
        return 0;
    diag("control of %s failed: it must give %s (%s), and gave %s (%s): %s",
         p->controls[index].stack, expected[kind].outcome,
         expected[kind].reason, text(record, "outcome"), text(record, "reason"),
         text(record, "note"));
    return -1;
}
