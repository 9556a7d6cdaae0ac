/* Says what is there; what a library makes of it is the record's business. */
#include "diagnose/path.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/file.h"

enum { MOST = 64 };

int64_t path_clock(const struct device *d, int64_t now)
{
    if (d->clock == CLOCK_FIXED)
        return d->clock_value;
    return d->clock == CLOCK_OFFSET ? now + d->clock_value : now;
}

static const struct certificates_list *served(const struct plan_state *st,
                                              const struct record *r)
{
    const char *chose = r && r->endpoint ? r->endpoint->chain : NULL;

    if (chose)
        return &st->chains[strcmp(chose, "ecdsa") ? CHAIN_RSA : CHAIN_ECDSA];
    return &st->chains[st->chains[CHAIN_RSA].count ? CHAIN_RSA : CHAIN_ECDSA];
}

static int same_authority(const struct certificate *a,
                          const struct certificate *b)
{
    return !strcmp(a->subject, b->subject) &&
           !strcmp(a->spki_sha256, b->spki_sha256);
}

static enum path_ids ids_of(const struct certificate *c,
                            const struct certificate *next)
{
    if (!c->authority_key_id || !next->subject_key_id)
        return PATH_IDS_ABSENT;
    return strcmp(c->authority_key_id, next->subject_key_id) ? PATH_IDS_DIFFER
                                                             : PATH_IDS_MATCH;
}

static int may_sign(const struct certificate *c, size_t number)
{
    int usage = !c->has_key_usage;

    for (size_t i = 0; i < c->key_usage_count; i++)
        usage |= !strcmp(c->key_usage[i], "keyCertSign");
    return number == 0 || (c->ca == 1 && usage &&
                           (c->path_length == CERTIFICATE_ABSENT ||
                            (size_t)c->path_length + 1 >= number));
}

static int in_time(const struct path *p, const struct certificate *c)
{
    return !p->looks_at_time || certificate_is_valid_at(c, p->clock);
}

static void link_fill(struct path *p, const struct certificates_list *chain,
                      const struct certificates_list *store, size_t i)
{
    struct path_link *l = &p->links[i];
    const struct certificate *c = chain->items[i];

    l->certificate = c;
    l->number = i;
    l->in_time = in_time(p, c);
    l->may_sign = may_sign(c, i);
    l->has_next = i + 1 < chain->count;
    l->issuer = -1;
    if (l->has_next) {
        const struct certificate *next = chain->items[i + 1];

        l->name_fits = !strcmp(c->issuer, next->subject);
        l->signed_by_next = certificate_is_issued_by(c, next);
        l->ids = ids_of(c, next);
    }
    for (size_t k = chain->count; k > 0; k--)
        if (k - 1 != i && certificate_is_issued_by(c, chain->items[k - 1]))
            l->issuer = (int)k - 1;
    for (size_t k = 0; k < store->count && !l->anchor; k++)
        if (same_authority(c, store->items[k]) ||
            certificate_is_issued_by(c, store->items[k]))
            l->anchor = store->items[k];
}

/* Which of those that were sent are on the way up from the leaf, by number. */
static unsigned long long way_up(const struct path *p)
{
    unsigned long long on = 0;
    int at = p->links_count ? 0 : -1;

    while (at >= 0 && at < MOST && !(on >> at & 1)) {
        on |= 1ULL << at;
        at = p->links[at].issuer;
    }
    return on;
}

static char *why_not(const struct path *p, const struct certificate *a)
{
    for (size_t i = 0; i < p->links_count; i++) {
        const struct certificate *c = p->links[i].certificate;

        if (!strcmp(c->issuer, a->subject))
            return format("has the name of the issuer of number %zu (%s), but "
                          "another key signed that",
                          i, c->common_name);
    }
    return strdup("signed nothing that was sent");
}

static char *why_of(const struct path *p, const struct certificate *a,
                    unsigned long long on, int *reached)
{
    for (size_t i = 0; i < p->links_count && i < MOST; i++) {
        const struct certificate *c = p->links[i].certificate;
        int is = same_authority(c, a);

        if (!is && !certificate_is_issued_by(c, a))
            continue;
        *reached = (int)(on >> i & 1);
        return format("%s number %zu (%s)%s",
                      is ? "is the authority of" : "signed", i, c->common_name,
                      *reached ? "" : ", which is on no way up from the leaf");
    }
    return why_not(p, a);
}

int path_make(struct path *p, const struct plan_device *d,
              const struct plan_state *st, const struct record *r)
{
    const struct certificates_list *chain = served(st, r);
    unsigned long long on;

    memset(p, 0, sizeof *p);
    p->clock = path_clock(d->device, st->state->now);
    p->looks_at_time = d->device->verify.time && d->device->clock != CLOCK_NONE;
    p->links = calloc(chain->count + 1, sizeof *p->links);
    p->anchors = calloc(d->store.count + 1, sizeof *p->anchors);
    if (!p->links || !p->anchors)
        goto fail;
    for (p->links_count = 0; p->links_count < chain->count; p->links_count++)
        link_fill(p, chain, &d->store, p->links_count);
    on = way_up(p);
    for (size_t i = 0; i < d->store.count; i++) {
        struct path_anchor *a = &p->anchors[p->anchors_count++];

        a->certificate = d->store.items[i];
        a->in_time = in_time(p, a->certificate);
        a->why = why_of(p, a->certificate, on, &a->reached);
        if (!a->why)
            goto fail;
    }
    return 0;
fail:
    diag("out of memory");
    return -1;
}

void path_clear(struct path *p)
{
    for (size_t i = 0; i < p->anchors_count; i++)
        free(p->anchors[i].why);
    free(p->links);
    free(p->anchors);
    memset(p, 0, sizeof *p);
}
