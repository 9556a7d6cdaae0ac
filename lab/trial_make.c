/* Resolves a cell: names to certificates, pins to hashes, clocks to seconds. */
#include "lab/trial_make.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/file.h"
#include "pki/staple.h"

enum { MINT_JOBS = 2 }; /* of one trial; a plan mints ahead with more */

static int list_take(struct trial_list *out, const struct certificate_list *l)
{
    if (!l || l->count == 0)
        return 0;
    out->items = malloc(l->count * sizeof(struct pki_cert *));
    if (!out->items) {
        diag("out of memory");
        return -1;
    }
    memcpy(out->items, l->items, l->count * sizeof(struct pki_cert *));
    out->count = l->count;
    return 0;
}

static int set_settings(struct trial *t, const struct certificate_list *l)
{
    size_t size = l ? l->settings_count * sizeof *l->settings : 0;

    if (size == 0)
        return 0;
    t->settings = malloc(size);
    if (!t->settings) {
        diag("out of memory");
        return -1;
    }
    memcpy(t->settings, l->settings, size);
    t->settings_count = l->settings_count;
    return 0;
}

static int64_t clock_of(const struct device *d, const struct state *st)
{
    if (d->clock == CLOCK_FIXED)
        return d->clock_value;
    if (d->clock == CLOCK_OFFSET)
        return st->now + d->clock_value;
    return st->now;
}

static int set_pins(struct trial *t, struct certificates *c,
                    const struct trial_cell *cell)
{
    const struct trial_pin *pins;
    size_t count;

    if (certificates_pins(c, cell->scenario, cell->device, &pins, &count))
        return -1;
    if (count == 0)
        return 0;
    t->pins = malloc(count * sizeof *t->pins);
    if (!t->pins) {
        diag("out of memory");
        return -1;
    }
    memcpy(t->pins, pins, count * sizeof *t->pins);
    t->pins_count = count;
    return 0;
}

static int set_distrust(struct trial *t, struct certificates *c,
                        const struct distrust *d)
{
    for (size_t i = 0; d && i < d->anchors_count; i++) {
        struct pki_cert *cert = pki_want(certificates_pki(c), d->anchors[i]);

        if (!cert ||
            trial_list_insert(&t->distrusted, t->distrusted.count, cert))
            return -1;
    }
    t->distrusted_after = d ? d->after : 0;
    return 0;
}

static int set_device(struct trial *t, struct certificates *c,
                      const struct trial_cell *cell)
{
    const struct device *d = cell->device;

    t->device = d;
    t->tls = d->tls;
    t->mqtt = d->mqtt;
    t->verify = d->verify;
    t->verify.time = d->verify.time && d->clock != CLOCK_NONE;
    t->clock = clock_of(d, cell->state);
    t->heap = d->heap;
    t->max_depth = d->max_depth;
    t->max_certificate = d->max_certificate;
    t->security_level = (int)d->security_level;
    t->identity = certificates_identity(c, d, cell->state);
    return list_take(&t->anchors, certificates_of_device(c, d)) ||
                   set_settings(t, certificates_of_device(c, d)) ||
                   set_pins(t, c, cell) || set_distrust(t, c, d->distrust)
               ? -1
               : 0;
}

static char *left_out(const struct certificates *c, const struct state *st)
{
    const char *rsa = certificates_left_out(c, st, CHAIN_RSA);
    const char *ecdsa = certificates_left_out(c, st, CHAIN_ECDSA);

    if (!rsa && !ecdsa)
        return NULL;
    return format("this chain cannot be served as it is: %s",
                  rsa ? rsa : ecdsa);
}

/* What of its chains cannot have the state's OCSP response, or NULL. */
static char *without_staple(const struct trial *t)
{
    for (int i = 0; t->policy.staple && i < CHAINS; i++)
        if (t->chains[i].count > 0 && !pki_can_staple(t->chains[i].items[0]))
            return format("no OCSP response about %s can be signed: the key of "
                          "its issuer is not ours",
                          pki_name(t->chains[i].items[0]));
    return NULL;
}

/* Is the device one of those that send no server name, where it matters? */
static int is_unnamed(const struct trial_cell *cell)
{
    return cell->unnamed && cell->device && !cell->device->tls.sni;
}

/* The endpoint's side for the others. */
static int set_other(struct trial *t, struct certificates *c,
                     const struct trial_cell *cell)
{
    struct trial_cell other = {.id = cell->id,
                               .scenario = cell->scenario,
                               .state = cell->unnamed,
                               .policy = cell->unnamed_policy};

    if (is_unnamed(cell)) {
        other.state = cell->state;
        other.policy = cell->policy;
    }
    t->other = trial_make(c, &other);
    return t->other ? 0 : -1;
}

static int set_state(struct trial *t, struct certificates *c,
                     const struct trial_cell *cell)
{
    const struct state *st = cell->state;

    t->name = st->endpoint;
    t->now = st->now;
    t->client_auth = st->client_auth ? st->client_auth : "none";
    t->identity_ca = certificates_identity_ca(c, st);
    if (cell->unnamed && set_other(t, c, cell))
        return -1;
    if (is_unnamed(cell))
        st = cell->unnamed;
    t->policy = is_unnamed(cell) ? *cell->unnamed_policy : *cell->policy;
    t->left_out = left_out(c, st);
    for (int i = 0; i < CHAINS; i++)
        if (list_take(&t->chains[i], certificates_of_state(c, st, i)))
            return -1;
    if (!t->left_out)
        t->left_out = without_staple(t);
    return 0;
}

/* Everything that the files of the two processes are made of; most of it is
 * minted already. */
static int mint_parts(struct trial *t, struct certificates *c)
{
    const struct trial_list *lists[] = {&t->anchors, &t->distrusted,
                                        &t->chains[CHAIN_RSA],
                                        &t->chains[CHAIN_ECDSA]};
    struct pki_cert *single[] = {t->identity, t->identity_ca};
    struct pki *pki = certificates_pki(c);

    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        if (pki_mint_these(pki, lists[i]->items, lists[i]->count, MINT_JOBS))
            return -1;
    for (size_t i = 0; i < sizeof single / sizeof single[0]; i++)
        if (single[i] && pki_mint_these(pki, &single[i], 1, MINT_JOBS))
            return -1;
    return 0;
}

struct trial *trial_make(struct certificates *c, const struct trial_cell *cell)
{
    struct trial *t = calloc(1, sizeof *t);

    if (!t) {
        diag("out of memory");
        return NULL;
    }
    t->stack = cell->stack;
    t->security_level = -1;
    t->id = cell->id ? strdup(cell->id)
                     : format("%s/%s/%s", cell->scenario->id, cell->state->name,
                              cell->device ? cell->device->id : "none");
    if (t->id && set_state(t, c, cell) == 0 &&
        (!cell->device || set_device(t, c, cell) == 0) && mint_parts(t, c) == 0)
        return t;
    diag("%s: this cell cannot be made", t->id ? t->id : "out of memory");
    trial_free(t);
    return NULL;
}
