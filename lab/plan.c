/* Makes a plan: select, want, mint, and write every job. Starts nothing but
 * `shim --describe`. */
#include "lab/plan.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"
#include "lab/certificates.h"
#include "lab/controls.h"
#include "lab/endpoint_config.h"
#include "lab/plan_document.h"
#include "lab/selection.h"
#include "lab/stacks.h"
#include "lab/want.h"

/* A built-in device that no rule of a scenario matches would never be noticed
 * when its verdict changes. */
static int check_expectations(const struct lab_plan *p)
{
    for (size_t i = 0; i < p->scenarios_count; i++) {
        const struct scenario *s = p->scenarios[i];

        for (size_t j = 0; s->expect_count > 0 && j < p->devices_count; j++) {
            const struct device *d = p->devices[j];

            if (!selection_has(p->selection, i, j) ||
                !selection_is_builtin(d->file, "devices") ||
                scenario_expectation(s, d->id, d->stacks[0]))
                continue;
            diag("%s: expect: no rule matches the device %s", s->file, d->id);
            return -1;
        }
    }
    return 0;
}

static int find_stacks(struct lab_plan *p)
{
    p->stacks = stacks_new();
    if (!p->stacks)
        return -1;
    for (size_t i = 0; i < p->devices_count; i++)
        if (stacks_add_client(p->stacks, p->devices[i]->stacks[0],
                              device_client(p->devices[i])))
            return -1;
    return stacks_describe(p->stacks);
}

static int want_identities(struct lab_plan *p, size_t scenario)
{
    const struct scenario *s = p->scenarios[scenario];

    for (size_t k = 0; k < s->states_count; k++)
        for (size_t j = 0; j < p->devices_count; j++)
            if (selection_has(p->selection, scenario, j) &&
                certificates_want_identity(p->certificates, p->devices[j],
                                           &s->states[k]))
                return -1;
    return 0;
}

static int mint(struct lab_plan *p, const struct plan_options *o)
{
    p->certificates = certificates_new(o->work_dir, o->skip_unsupported);
    if (!p->certificates || controls_want(p))
        return -1;
    for (size_t i = 0; i < p->devices_count; i++)
        if (certificates_want_device(p->certificates, p->devices[i]))
            return -1;
    for (size_t i = 0; i < p->scenarios_count; i++)
        if (certificates_want_scenario(p->certificates, p->scenarios[i]) ||
            want_identities(p, i))
            return -1;
    return certificates_mint(p->certificates, o->jobs);
}

static const char *anchor_name(const struct lab_plan *p, const struct state *st,
                               int ecdsa, const struct device *d)
{
    const struct certificate_list *chain =
        certificates_of_state(p->certificates, st, ecdsa);
    const struct certificate_list *store =
        certificates_of_device(p->certificates, d);
    const struct pki_cert *anchor =
        chain ? pki_anchor_of(chain->items, chain->count, store->items,
                              store->count)
              : NULL;

    return anchor ? pki_name(anchor) : NULL;
}

static int cell_make(struct lab_plan *p, size_t i, size_t k, size_t j)
{
    const struct scenario *s = p->scenarios[i];
    const struct state *st = &s->states[k];
    const struct device *d = p->devices[j];
    struct plan_cell *cell = &p->cells[p->cells_count];

    cell->id = format("%s/%s/%s", s->id, st->name, d->id);
    cell->scenario = i;
    cell->state = k;
    cell->device = j;
    cell->stack = d->stacks[0];
    cell->want = want_new(p->certificates, s, st, d);
    p->cells_count++;
    if (!cell->id || !cell->want)
        return -1;
    cell->anchored_rsa = anchor_name(p, st, 0, d);
    cell->anchored_ecdsa = anchor_name(p, st, 1, d);
    return 0;
}

static size_t count_cells(const struct lab_plan *p)
{
    size_t n = 0;

    for (size_t i = 0; i < p->scenarios_count; i++)
        for (size_t j = 0; j < p->devices_count; j++)
            if (selection_has(p->selection, i, j))
                n += p->scenarios[i]->states_count;
    return n;
}

static int make_cells(struct lab_plan *p)
{
    p->cells = calloc(count_cells(p) + 1, sizeof *p->cells);
    if (!p->cells) {
        diag("out of memory");
        return -1;
    }
    for (size_t i = 0; i < p->scenarios_count; i++)
        for (size_t j = 0; j < p->devices_count; j++)
            for (size_t k = 0; selection_has(p->selection, i, j) &&
                               k < p->scenarios[i]->states_count;
                 k++)
                if (cell_make(p, i, k, j))
                    return -1;
    return 0;
}

static int make_endpoint(struct lab_plan *p)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);

    p->endpoint = endpoint_config_new(cores > 0 ? (int)cores : 1);
    if (!p->endpoint)
        return -1;
    for (size_t i = 0; i < p->scenarios_count; i++)
        if (endpoint_config_add(p->endpoint, p->scenarios[i], p->certificates))
            return -1;
    return controls_make(p);
}

struct lab_plan *lab_plan_new(const struct plan_options *o)
{
    struct lab_plan *p = calloc(1, sizeof *p);

    if (!p || !(p->selection = calloc(1, sizeof *p->selection))) {
        diag("out of memory");
        goto fail;
    }
    if (selection_init(p->selection, o))
        goto fail;
    p->scenarios = p->selection->scenarios;
    p->scenarios_count = p->selection->scenarios_count;
    p->devices = p->selection->devices;
    p->devices_count = p->selection->devices_count;
    if (check_expectations(p) || find_stacks(p) || mint(p, o) ||
        make_cells(p) || make_endpoint(p))
        goto fail;
    p->document = plan_document_new(p);
    if (!p->document) {
        diag("the plan cannot be written down");
        goto fail;
    }
    return p;
fail:
    lab_plan_free(p);
    return NULL;
}

void lab_plan_free(struct lab_plan *p)
{
    if (!p)
        return;
    for (size_t i = 0; i < p->cells_count; i++) {
        free(p->cells[i].id);
        json_decref(p->cells[i].want);
    }
    free(p->cells);
    controls_free(p);
    json_decref(p->endpoint);
    json_decref(p->document);
    certificates_free(p->certificates);
    stacks_free(p->stacks);
    if (p->selection)
        selection_clear(p->selection);
    free(p->selection);
    free(p);
}
