/* A plan's cell as a trial, and what anchors its chain. */
#include "lab/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "lab/certificates.h"
#include "lab/trial_make.h"

struct trial *lab_plan_trial(const struct lab_plan *p, size_t cell)
{
    struct lab_cell c = lab_plan_cell(p, cell);
    const struct plan_state *st = &c.scenario->states[c.state];
    struct trial_cell made = {
        .stack = c.stack,
        .scenario = c.scenario->scenario,
        .state = st->state,
        .policy = &st->tls,
        .device = c.device->device,
    };

    return trial_make(p->certificates, &made);
}

static const struct certificate_list *
chain_of(const struct lab_plan *p, const struct lab_cell *c, int key_type)
{
    size_t scenario = (size_t)(c->scenario - p->plan.scenarios);

    return p->chains[p->first_state[scenario] + c->state][key_type];
}

int lab_plan_anchor(const struct lab_plan *p, size_t cell, struct record *r)
{
    struct lab_cell c = lab_plan_cell(p, cell);
    const struct certificate_list *store =
        p->stores[c.device - p->plan.devices];
    const struct certificate_list *rsa = chain_of(p, &c, CHAIN_RSA);
    const struct certificate_list *ecdsa = chain_of(p, &c, CHAIN_ECDSA);
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
