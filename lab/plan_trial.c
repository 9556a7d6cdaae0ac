/* A plan's cell as a trial. */
#include "lab/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "lab/certificates.h"
#include "lab/trial_make.h"

struct trial *lab_plan_trial(const struct lab_plan *p, size_t cell)
{
    struct lab_cell at = lab_plan_cell(p, cell);
    const struct plan_state *st = &at.scenario->states[at.state];
    char *id = lab_plan_cell_id(p, cell);
    struct trial_cell of = {.id = id,
                            .stack = at.stack,
                            .scenario = at.scenario->scenario,
                            .state = st->state,
                            .policy = &st->tls,
                            .device = at.device->device};
    struct trial *t = id ? trial_make(p->certificates, &of) : NULL;

    free(id);
    return t;
}

static const struct certificate_list *
chain_of(const struct lab_plan *p, const struct lab_cell *at, int key_type)
{
    size_t scenario = (size_t)(at->scenario - p->plan.scenarios);

    return p->chains[p->first_state[scenario] + at->state][key_type];
}

int lab_plan_anchor(const struct lab_plan *p, size_t cell, struct record *r)
{
    struct lab_cell at = lab_plan_cell(p, cell);
    const struct certificate_list *store =
        p->stores[at.device - p->plan.devices];
    const struct certificate_list *rsa = chain_of(p, &at, CHAIN_RSA);
    const struct certificate_list *ecdsa = chain_of(p, &at, CHAIN_ECDSA);
    const char *served = r->endpoint ? r->endpoint->chain : NULL;
    const struct certificate_list *chain = rsa && rsa->count ? rsa : ecdsa;
    const struct pki_cert *anchor;

    if (served)
        chain = !strcmp(served, "ecdsa") ? ecdsa : rsa;
    if (!chain || !store)
        return 0;
    anchor =
        pki_anchor_of(chain->items, chain->count, store->items, store->count);
    if (!anchor)
        return 0;
    r->anchored_by = strdup(pki_name(anchor));
    if (r->anchored_by)
        return 0;
    diag("out of memory");
    return -1;
}
