/* Goes up by names and key identifiers, the nearest anchor first. */
#include "judge/path.h"

#include <string.h>

struct path { /* leaf first; an anchor of the store may be last */
    const struct certificate *items[PATH_MAX];
    size_t count;
    int ends_in_store; /* the last one is the store's */
};

static int has(char *const *list, size_t count, const char *text)
{
    for (size_t i = 0; i < count; i++)
        if (!strcmp(list[i], text))
            return 1;
    return 0;
}

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

/* A CA certificate has cA, keyCertSign where it has a key usage, and a path
 * length that reaches (RFC 5280 section 6.1.4 k to n). `below` is the number of
 * intermediates under it. */
static int is_bad_ca(const struct certificate *c, size_t below)
{
    if (c->version >= 3 && c->ca != 1)
        return 1;
    if (c->version < 3)
        return 1;
    if (c->has_key_usage &&
        !has(c->key_usage, c->key_usage_count, "keyCertSign"))
        return 1;
    return c->path_length != CERTIFICATE_ABSENT &&
           (size_t)c->path_length < below;
}

static int excludes_servers(const struct certificate *c)
{
    return c->extended_key_usage_count > 0 &&
           !has(c->extended_key_usage, c->extended_key_usage_count,
                "serverAuth") &&
           !has(c->extended_key_usage, c->extended_key_usage_count,
                "anyExtendedKeyUsage");
}

/* Which of the three a suite needs differs; none of them fits no suite. */
static int leaf_cannot_serve(const struct certificate *c)
{
    static const char *const uses[] = {"digitalSignature", "keyEncipherment",
                                       "keyAgreement"};

    if (!c->has_key_usage)
        return 0;
    for (size_t i = 0; i < sizeof uses / sizeof *uses; i++)
        if (has(c->key_usage, c->key_usage_count, uses[i]))
            return 0;
    return 1;
}

/* Critical extensions that every library here knows, if they are well formed;
 * BearSSL does not know extendedKeyUsage. */
static int has_rare_critical(const struct certificate *c)
{
    static const char *const known[] = {"basicConstraints", "keyUsage",
                                        "subjectAltName"};

    for (size_t i = 0; i < c->extensions_count; i++) {
        const char *e = c->extensions[i];
        int rare = strstr(e, "(critical)") && !strstr(e, "(malformed)");

        for (size_t k = 0; rare && k < sizeof known / sizeof *known; k++)
            rare = strncmp(e, known[k], strlen(known[k])) != 0;
        if (rare)
            return 1;
    }
    return 0;
}

static int has_name_constraints(const struct certificate *c)
{
    static const char name[] = "nameConstraints";

    for (size_t i = 0; i < c->extensions_count; i++)
        if (!strncmp(c->extensions[i], name, sizeof name - 1))
            return 1;
    return 0;
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

    for (size_t i = 1; i < p->count; i++) {
        const struct certificate *c = p->items[i];
        int anchor = p->ends_in_store && i + 1 == p->count;

        /* An anchor is a name and a key; the rest of it is not looked at by
         * all (RFC 5280 section 6.1.1 d). */
        out->ca |= !anchor && is_bad_ca(c, below);
        out->purpose |= !anchor && excludes_servers(c);
        out->constrained |= has_name_constraints(c);
        if (d && looks_at_dates(d) && !out->untimely &&
            !certificate_is_valid_at(c, time_of(d, st)))
            out->untimely = c;
        below += !c->same_issuer;
    }
}

void path_find_faults(const struct record *r, const struct plan_device *d,
                      const struct plan_state *st, struct path_faults *out)
{
    const struct certificates_list *chain = served(r, st);
    struct path p;

    memset(out, 0, sizeof *out);
    out->anchored = r->anchored_by != NULL;
    if (!chain || chain->count == 0)
        return;
    out->chain = 1;
    build(chain, d ? &d->store : NULL, &p);
    out->purpose =
        excludes_servers(p.items[0]) || leaf_cannot_serve(p.items[0]);
    for (size_t i = 0; i < chain->count; i++)
        out->critical |= has_rare_critical(chain->items[i]);
    find_along(&p, d, st, out);
}
