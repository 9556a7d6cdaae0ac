/* Makes a plan: select, describe, want, and write down what it is about. */
#include "lab/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/file.h"
#include "lab/certificates.h"
#include "lab/controls.h"
#include "lab/plan_facts.h"
#include "lab/policies.h"
#include "lab/selection.h"
#include "lab/stacks.h"

/* A built-in device that no rule of a scenario matches would never be noticed
 * when its verdict changes. */
static int check_expectations(const struct selection *s)
{
    for (size_t i = 0; i < s->scenarios_count; i++) {
        const struct scenario *sc = s->scenarios[i];

        for (size_t j = 0; sc->expect_count > 0 && j < s->devices_count; j++) {
            const struct device *d = s->devices[j];

            if (!selection_has(s, i, j) ||
                !selection_is_builtin(d->file, "devices") ||
                scenario_expectation(sc, d->id, d->stacks[0]))
                continue;
            diag("%s: expect: no rule matches the device %s", sc->file, d->id);
            return -1;
        }
    }
    return 0;
}

static int find_stacks(struct lab_plan *p)
{
    const struct selection *s = p->selection;

    p->stacks = stacks_new();
    if (!p->stacks)
        return -1;
    for (size_t i = 0; i < s->devices_count; i++)
        if (stacks_add_client(p->stacks, s->devices[i]->stacks[0],
                              device_client(s->devices[i])))
            return -1;
    return stacks_describe(p->stacks);
}

static int want_identities(struct lab_plan *p, size_t scenario)
{
    const struct selection *sel = p->selection;
    const struct scenario *s = sel->scenarios[scenario];

    for (size_t k = 0; k < s->states_count; k++)
        for (size_t j = 0; j < sel->devices_count; j++)
            if (selection_has(sel, scenario, j) &&
                certificates_want_identity(p->certificates, sel->devices[j],
                                           &s->states[k]))
                return -1;
    return 0;
}

static int want_all(struct lab_plan *p, const struct plan_options *o)
{
    const struct selection *s = p->selection;

    p->certificates = certificates_new(o->skip);
    if (!p->certificates || controls_want(p->certificates))
        return -1;
    for (size_t i = 0; i < s->devices_count; i++)
        if (certificates_want_device(p->certificates, s->devices[i]) ||
            certificates_settle(
                p->certificates, s->devices[i],
                stacks_has(stacks_find(p->stacks, s->devices[i]->stacks[0]),
                           "trust-settings")))
            return -1;
    for (size_t i = 0; i < s->scenarios_count; i++)
        if (certificates_want_scenario(p->certificates, s->scenarios[i]) ||
            want_identities(p, i))
            return -1;
    return certificates_check(p->certificates, o->jobs);
}

static size_t count_pairs(const struct selection *s)
{
    size_t n = 0;

    for (size_t i = 0; i < s->scenarios_count; i++)
        for (size_t j = 0; j < s->devices_count; j++)
            n += selection_has(s, i, j) != 0;
    return n;
}

static int make_pairs(struct lab_plan *p)
{
    const struct selection *s = p->selection;
    size_t count = count_pairs(s);

    p->plan.pairs = calloc(count + 1, sizeof *p->plan.pairs);
    p->first = calloc(count + 1, sizeof *p->first);
    if (!p->plan.pairs || !p->first) {
        diag("out of memory");
        return -1;
    }
    for (size_t i = 0; i < s->scenarios_count; i++)
        for (size_t j = 0; j < s->devices_count; j++) {
            if (!selection_has(s, i, j))
                continue;
            p->first[p->plan.pairs_count] = p->cells_count;
            p->plan.pairs[p->plan.pairs_count++] = (struct plan_pair){i, j};
            p->cells_count += s->scenarios[i]->states_count;
        }
    return 0;
}

/* A pin that matches nothing is told before anything is run. */
static int check_pins(const struct lab_plan *p)
{
    const struct selection *s = p->selection;

    for (size_t i = 0; i < s->devices_count; i++)
        if (certificates_check_pins(p->certificates, s->devices[i]))
            return -1;
    return 0;
}

struct lab_plan *lab_plan_new(const struct plan_options *o)
{
    struct lab_plan *p = calloc(1, sizeof *p);

    if (!p || !(p->selection = calloc(1, sizeof *p->selection))) {
        diag("out of memory");
        goto fail;
    }
    p->jobs = o->jobs;
    p->engine = o->engine;
    p->policies = policies_new();
    if (!p->policies)
        goto fail;
    if (selection_init(p->selection, o) || check_expectations(p->selection) ||
        find_stacks(p) || want_all(p, o) || make_pairs(p) || check_pins(p) ||
        plan_facts_fill(p, o))
        goto fail;
    return p;
fail:
    lab_plan_free(p);
    return NULL;
}

void lab_plan_free(struct lab_plan *p)
{
    if (!p)
        return;
    plan_clear(&p->plan);
    free(p->first);
    free(p->first_state);
    free(p->stores);
    free(p->chains);
    free(p->table);
    free(p->minted);
    map_drop(&p->numbers, NULL);
    certificates_free(p->certificates);
    policies_free(p->policies);
    stacks_free(p->stacks);
    if (p->selection)
        selection_clear(p->selection);
    free(p->selection);
    free(p);
}

struct lab_cell lab_plan_cell(const struct lab_plan *p, size_t cell)
{
    size_t low = 0, high = p->plan.pairs_count;
    struct lab_cell c = {0};
    const struct plan_pair *pair;

    while (low + 1 < high) {
        size_t middle = low + (high - low) / 2;

        if (p->first[middle] <= cell)
            low = middle;
        else
            high = middle;
    }
    pair = &p->plan.pairs[low];
    c.pair = low;
    c.state = cell - p->first[low];
    c.scenario = &p->plan.scenarios[pair->scenario];
    c.device = &p->plan.devices[pair->device];
    c.stack = stacks_find(p->stacks, c.device->device->stacks[0]);
    return c;
}

char *lab_plan_cell_id(const struct lab_plan *p, size_t cell)
{
    struct lab_cell c = lab_plan_cell(p, cell);
    const struct scenario *s = c.scenario->scenario;
    char *id = format("%s/%s/%s", s->id, s->states[c.state].name,
                      c.device->device->id);

    if (!id)
        diag("out of memory");
    return id;
}

size_t lab_plan_find(const struct lab_plan *p, const char *id)
{
    const char *state = strchr(id, '/');
    const char *device = state ? strchr(state + 1, '/') : NULL;
    char *name = device ? strndup(id, (size_t)(state - id)) : NULL;
    const struct plan_scenario *s = name ? plan_scenario(&p->plan, name) : NULL;
    const struct plan_device *d = s ? plan_device(&p->plan, device + 1) : NULL;
    size_t pair = d ? plan_pair(&p->plan, s, d) : p->plan.pairs_count;

    free(name);
    if (pair == p->plan.pairs_count)
        return p->cells_count;
    for (size_t k = 0; k < s->scenario->states_count; k++) {
        const char *own = s->scenario->states[k].name;

        if (strlen(own) == (size_t)(device - state - 1) &&
            !strncmp(own, state + 1, strlen(own)))
            return p->first[pair] + k;
    }
    return p->cells_count;
}
