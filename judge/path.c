/* Goes up by names and key identifiers, the nearest anchor first. */
#include "judge/path.h"

#include <string.h>

#include "judge/fault.h"

struct path { /* leaf first; an anchor of the store may be last */
    const struct certificate *items[PATH_MAX];
    size_t count;
    int ends_in_store; /* the last one is the store's */
};

/* Could `issuer` have signed c (RFC 5280 section 4.2.1.1)? */
static int fits(const struct certificate *c, const struct certificate *issuer)
{
    if (strcmp(c->issuer, issuer->subject) != 0)
        return 0;
    return !c->authority_key_id || !issuer->subject_key_id ||
           !strcmp(c->authority_key_id, issuer->subject_key_id);
}

static const struct certificate *issuer_in(const struct certificates_list *l,
                                           const struct certificate *c,
                                           const struct path *p)
{
    for (size_t i = 0; l && i < l->count; i++) {
        int used = 0;

        for (size_t k = 0; k < p->count; k++)
            used |= p->items[k] == l->items[i];
        if (!used && fits(c, l->items[i]))
            return l->items[i];
    }
    return NULL;
}

static const struct certificates_list *served(const struct record *r,
                                              const struct plan_state *st)
{
    const char *chain = r->endpoint ? r->endpoint->chain : NULL;

    if (!st || !chain)
        return NULL;
    return &st->chains[!strcmp(chain, "ecdsa") ? CHAIN_ECDSA : CHAIN_RSA];
}

static void build(const struct certificates_list *chain,
                  const struct certificates_list *store, struct path *p)
{
    const struct certificate *at = chain->items[0];

    memset(p, 0, sizeof *p);
    do {
        const struct certificate *anchor;

        p->items[p->count++] = at;
        if (p->ends_in_store)
            return;
        anchor = issuer_in(store, at, p);
        if (at->same_issuer && !anchor)
            return;
        p->ends_in_store = anchor != NULL;
        at = anchor ? anchor : issuer_in(chain, at, p);
    } while (at && p->count < PATH_MAX);
}

static int64_t time_of(const struct plan_device *d, const struct plan_state *st)
{
    if (d->device->clock == CLOCK_FIXED)
        return d->device->clock_value;
    if (d->device->clock == CLOCK_OFFSET)
        return st->state->now + d->device->clock_value;
    return st->state->now;
}

static int looks_at_dates(const struct plan_device *d)
{
    return d->device->verify.time && d->device->clock != CLOCK_NONE;
}

static void find_along(const struct path *p, const struct plan_device *d,
                       const struct plan_state *st, struct path_faults *out)
{
    size_t below = 0;

    out->faults = fault_of_leaf(p->items[0]);
    for (size_t i = 1; i < p->count; i++) {
        const struct certificate *c = p->items[i];

        out->faults |=
            fault_of_signer(c, below, p->ends_in_store && i + 1 == p->count);
        out->faults |= fault_of_link(p->items[i - 1], c);
        if (d && looks_at_dates(d) && !out->untimely &&
            c->not_after != CERTIFICATE_NO_TIME &&
            !certificate_is_valid_at(c, time_of(d, st))) {
            out->untimely = c;
            out->faults |= FAULT_TIME;
        }
        below += !c->same_issuer;
    }
}

/* Both say which key it is. */
static int has_key_ids(const struct certificate *c,
                       const struct certificate *issuer)
{
    return c->authority_key_id && issuer->subject_key_id;
}

/* Is the path what was sent, in order? A signature that is not good is that of
 * the certificate it names only if the key identifiers say so too. */
static int is_plain(const struct path *p, const struct certificates_list *chain)
{
    const struct certificate *anchor = p->items[p->count - 1];
    size_t sent = p->count - 1;

    if (!p->ends_in_store || !anchor->same_issuer || chain->count < sent ||
        chain->count > sent + 1 ||
        (chain->count > sent &&
         strcmp(chain->items[sent]->sha256, anchor->sha256) != 0))
        return 0;
    for (size_t i = 0; i < sent; i++)
        if (p->items[i] != chain->items[i] ||
            ((fault_of_link(p->items[i], p->items[i + 1]) & FAULT_SIGNATURE) &&
             !has_key_ids(p->items[i], p->items[i + 1])))
            return 0;
    return 1;
}

/* Who signed is known; how the name is written is not looked at. */
static int is_signed_by(const struct certificate *c,
                        const struct certificate *issuer)
{
    return c->signer_spki_sha256 &&
           !strcmp(c->signer_spki_sha256, issuer->spki_sha256);
}

/* By good signatures, from any certificate that the leaf leads to. */
static const struct certificate *
find_anchor(const struct certificates_list *chain,
            const struct certificates_list *store)
{
    const struct certificate *queue[PATH_MAX] = {chain->items[0]};
    size_t count = 1;

    for (size_t at = 0; at < count; at++) {
        for (size_t i = 0; i < store->count; i++)
            if (!strcmp(store->items[i]->sha256, queue[at]->sha256) ||
                is_signed_by(queue[at], store->items[i]))
                return store->items[i];
        for (size_t i = 0; i < chain->count && count < PATH_MAX; i++) {
            size_t k = 0;

            while (k < count && queue[k] != chain->items[i])
                k++;
            if (k == count && is_signed_by(queue[at], chain->items[i]))
                queue[count++] = chain->items[i];
        }
    }
    return NULL;
}

/* Also of an anchor that only the name of an issuer leads to. */
static int has_rare_critical(const struct certificates_list *chain,
                             const struct certificates_list *store)
{
    for (size_t i = 0; i < chain->count; i++) {
        if (fault_rare_critical(chain->items[i]))
            return 1;
        for (size_t k = 0; store && k < store->count; k++)
            if (!strcmp(chain->items[i]->issuer, store->items[k]->subject) &&
                fault_rare_critical(store->items[k]))
                return 1;
    }
    return 0;
}

void path_find_faults(const struct record *r, const struct plan_device *d,
                      const struct plan_state *st, struct path_faults *out)
{
    const struct certificates_list *chain = served(r, st);
    struct path p;

    memset(out, 0, sizeof *out);
    if (!chain || chain->count == 0)
        return;
    out->chain = 1;
    build(chain, d ? &d->store : NULL, &p);
    find_along(&p, d, st, out);
    out->plain = is_plain(&p, chain);
    out->anchor = d ? find_anchor(chain, &d->store) : NULL;
    out->critical = has_rare_critical(chain, d ? &d->store : NULL);
}
