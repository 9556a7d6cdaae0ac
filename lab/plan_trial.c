/* A plan's cell as a trial. */
#include "lab/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "lab/certificates.h"

struct making {
    const struct lab_plan *plan;
    struct lab_cell cell;
    struct trial *trial;
};

static int fill_list(struct trial_list *to, const struct certificate_list *from)
{
    size_t count = from ? from->count : 0;

    to->items = malloc((count + 1) * sizeof(struct pki_cert *));
    if (!to->items) {
        diag("out of memory");
        return -1;
    }
    if (count > 0)
        memcpy(to->items, from->items, count * sizeof(struct pki_cert *));
    to->count = count;
    return 0;
}

static const struct certificate_list *chain_of(const struct making *m,
                                               size_t state, int key_type)
{
    const struct lab_plan *p = m->plan;
    size_t scenario = (size_t)(m->cell.scenario - p->plan.scenarios);

    return p->chains[p->first_state[scenario] + state][key_type];
}

static int add_pin(struct making *m, const struct pin *pin, const char *hash,
                   enum pin_match match)
{
    struct trial *t = m->trial;
    struct trial_pin *grown =
        realloc(t->pins, (t->pins_count + 1) * sizeof *grown);

    if (!grown) {
        diag("out of memory");
        return -1;
    }
    t->pins = grown;
    grown += t->pins_count++;
    memset(grown, 0, sizeof *grown);
    grown->what = pin->what;
    grown->match = match;
    snprintf(grown->hash, sizeof grown->hash, "%s", hash);
    return 0;
}

static int add_pin_of(struct making *m, const struct pin *pin,
                      const struct pki_cert *c)
{
    return add_pin(m, pin,
                   pin->match == PIN_SPKI_SHA256 ? pki_spki_sha256(c)
                                                 : pki_certificate_sha256(c),
                   pin->match);
}

/* A leaf is pinned as it is today: in the first state. */
static int add_pin_of_leaf(struct making *m, const struct pin *pin)
{
    for (int e = 0; e < CHAINS; e++) {
        const struct certificate_list *l = chain_of(m, 0, e);

        if (l && l->count > 0 && add_pin_of(m, pin, l->items[0]))
            return -1;
    }
    return 0;
}

static int resolve_pin(struct making *m, const struct pin *pin)
{
    const struct device *d = m->cell.device->device;
    const char *hash;
    int is_spki;

    if (pin->of && !strcmp(pin->of, "leaf"))
        return add_pin_of_leaf(m, pin);
    if (pin->of) {
        struct pki_cert *c =
            certificates_named(m->plan->certificates, d, pin->of);

        return c ? add_pin_of(m, pin, c) : -1;
    }
    if (pki_pin(certificates_pki(m->plan->certificates), pin->sha256, &hash,
                &is_spki))
        return -1;
    return add_pin(m, pin, hash,
                   is_spki ? PIN_SPKI_SHA256 : PIN_CERTIFICATE_SHA256);
}

static int fill_distrust(struct making *m)
{
    const struct distrust *d = m->cell.device->device->distrust;

    for (size_t i = 0; d && i < d->anchors_count; i++) {
        struct pki_cert *c = pki_want(
            certificates_pki(m->plan->certificates), d->anchors[i]);

        if (!c || trial_list_insert(&m->trial->distrusted, i, c))
            return -1;
    }
    m->trial->distrusted_after = d ? d->after : 0;
    return 0;
}

static int64_t clock_of(const struct device *d, const struct state *st)
{
    if (d->clock == CLOCK_FIXED)
        return d->clock_value;
    return d->clock == CLOCK_OFFSET ? st->now + d->clock_value : st->now;
}

/* The device's certificate, and the CA that the endpoint wants it from. */
static int fill_identity(struct making *m)
{
    const struct device *d = m->cell.device->device;
    const struct state *st = &m->cell.scenario->scenario->states[m->cell.state];
    int asked = strcmp(m->trial->client_auth, "none") != 0;
    struct pki_cert *ca = NULL, *c;

    if (!d->identity && !asked)
        return 0;
    c = pki_want_identity(certificates_pki(m->plan->certificates),
                          d->identity ? d->identity : "rsa-2048", st->now, &ca);
    if (!c)
        return -1;
    m->trial->identity = d->identity ? c : NULL;
    m->trial->identity_ca = ca;
    return 0;
}

static void fill_device(struct making *m, const struct state *st)
{
    const struct device *d = m->cell.device->device;
    struct trial *t = m->trial;

    t->device = d;
    t->tls = d->tls;
    t->verify = d->verify;
    t->verify.time = d->verify.time && d->clock != CLOCK_NONE;
    t->clock = clock_of(d, st);
    t->heap = d->heap;
    t->max_depth = d->max_depth;
    t->max_certificate = d->max_certificate;
    t->security_level = (int)d->security_level;
    t->name = st->endpoint;
}

static int fill(struct making *m, size_t cell)
{
    const struct lab_plan *p = m->plan;
    const struct plan_state *ps = &m->cell.scenario->states[m->cell.state];
    const struct device *d = m->cell.device->device;
    struct trial *t = m->trial;

    t->id = lab_plan_cell_id(p, cell);
    t->stack = m->cell.stack;
    fill_device(m, ps->state);
    t->now = ps->state->now;
    t->policy = ps->tls;
    t->client_auth = ps->state->client_auth ? ps->state->client_auth : "none";
    if (ps->left_out_count > 0 && !(t->left_out = strdup(ps->left_out[0])))
        return -1;
    if (!t->id ||
        fill_list(&t->anchors, p->stores[m->cell.device - p->plan.devices]))
        return -1;
    for (int e = 0; e < CHAINS; e++)
        if (fill_list(&t->chains[e], chain_of(m, m->cell.state, e)))
            return -1;
    for (size_t i = 0; i < d->pins_count; i++)
        if (resolve_pin(m, &d->pins[i]))
            return -1;
    return fill_distrust(m) || fill_identity(m) ? -1 : 0;
}

struct trial *lab_plan_trial(const struct lab_plan *p, size_t cell)
{
    struct making m = {p, lab_plan_cell(p, cell), NULL};

    m.trial = calloc(1, sizeof *m.trial);
    if (!m.trial) {
        diag("out of memory");
        return NULL;
    }
    if (fill(&m, cell) == 0)
        return m.trial;
    trial_free(m.trial);
    return NULL;
}

int lab_plan_anchor(const struct lab_plan *p, size_t cell, struct record *r)
{
    struct making m = {p, lab_plan_cell(p, cell), NULL};
    const struct certificate_list *store =
        p->stores[m.cell.device - p->plan.devices];
    const struct certificate_list *rsa = chain_of(&m, m.cell.state, CHAIN_RSA);
    const struct certificate_list *ecdsa =
        chain_of(&m, m.cell.state, CHAIN_ECDSA);
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
