/* Looks things up; draws no conclusion. */
#include "diagnose/situation.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"

enum { PATH_MOST = 32 };

static int fill(const struct situation *s, struct seen_list *out,
                const struct trial_list *from)
{
    out->items = calloc(from->count + 1, sizeof *out->items);
    if (!out->items) {
        diag("out of memory");
        return -1;
    }
    for (size_t i = 0; i < from->count; i++) {
        out->items[i].cert = from->items[i];
        out->items[i].fact = s->calls.fact(s->calls.arg, from->items[i]);
        if (!out->items[i].fact)
            return -1;
        out->count++;
    }
    return 0;
}

/* The chain that the endpoint chose, or the only one. */
static int served_of(const struct record *r, const struct trial *t)
{
    const char *chose = r && r->endpoint ? r->endpoint->chain : NULL;

    if (chose && !strcmp(chose, "ecdsa"))
        return CHAIN_ECDSA;
    if (chose && !strcmp(chose, "rsa"))
        return CHAIN_RSA;
    return t->chains[CHAIN_RSA].count > 0 ? CHAIN_RSA : CHAIN_ECDSA;
}

int situation_init(struct situation *s)
{
    int other;

    s->served = served_of(s->record, s->trial);
    other = s->served == CHAIN_RSA ? CHAIN_ECDSA : CHAIN_RSA;
    if (fill(s, &s->chain, &s->trial->chains[s->served]) ||
        fill(s, &s->other, &s->trial->chains[other]) ||
        fill(s, &s->anchors, &s->trial->anchors))
        return -1;
    if (!s->before)
        return 0;
    return fill(s, &s->earlier,
                &s->before->chains[served_of(s->record_before, s->before)]);
}

void situation_clear(struct situation *s)
{
    free(s->chain.items);
    free(s->other.items);
    free(s->anchors.items);
    free(s->earlier.items);
    memset(&s->chain, 0, sizeof s->chain);
    memset(&s->other, 0, sizeof s->other);
    memset(&s->anchors, 0, sizeof s->anchors);
    memset(&s->earlier, 0, sizeof s->earlier);
}

int situation_issued(const struct seen *c, const struct seen *issuer)
{
    return certificate_is_issued_by(c->fact, issuer->fact);
}

const struct seen *situation_anchor_of(const struct situation *s,
                                       const struct seen *c)
{
    for (size_t i = 0; i < s->anchors.count; i++) {
        const struct seen *a = &s->anchors.items[i];

        if (!strcmp(a->fact->sha256, c->fact->sha256) ||
            (!strcmp(a->fact->subject, c->fact->subject) &&
             !strcmp(a->fact->spki_sha256, c->fact->spki_sha256)))
            return a;
        if (situation_issued(c, a))
            return a;
    }
    return NULL;
}

const struct seen *situation_anchor_above(const struct situation *s,
                                          const struct seen *anchor)
{
    for (size_t i = 0; i < s->anchors.count; i++)
        if (situation_issued(anchor, &s->anchors.items[i]))
            return &s->anchors.items[i];
    return NULL;
}

/* The one that issued number `at`, of those not yet on the path; count: none.
 */
static size_t next_on_path(const struct situation *s, size_t at,
                           unsigned long used)
{
    for (size_t i = 1; i < s->chain.count && i < PATH_MOST; i++)
        if (!(used >> i & 1) &&
            situation_issued(&s->chain.items[at], &s->chain.items[i]))
            return i;
    return s->chain.count;
}

size_t situation_top(const struct situation *s)
{
    unsigned long used = 1;
    size_t at = 0, next = 0;

    while (next < s->chain.count) {
        at = next;
        used |= 1UL << at;
        next = next_on_path(s, at, used);
    }
    return at;
}

const struct seen *situation_anchored(const struct situation *s, size_t *at)
{
    unsigned long used = 1;
    size_t next = 0;

    while (next < s->chain.count) {
        *at = next;
        used |= 1UL << next;
        if (situation_anchor_of(s, &s->chain.items[next]))
            return &s->chain.items[next];
        next = next_on_path(s, next, used);
    }
    return NULL;
}

int seen_has(const struct seen_list *l, const struct certificate *c)
{
    for (size_t i = 0; i < l->count; i++)
        if (!strcmp(l->items[i].fact->sha256, c->sha256))
            return 1;
    return 0;
}

int seen_has_authority(const struct seen_list *l, const struct certificate *c)
{
    for (size_t i = 0; i < l->count; i++)
        if (!strcmp(l->items[i].fact->spki_sha256, c->spki_sha256) &&
            !strcmp(l->items[i].fact->subject, c->subject))
            return 1;
    return 0;
}

size_t situation_disorder(const struct situation *s)
{
    const struct seen *chain = s->chain.items;
    size_t n = s->chain.count;

    for (size_t i = 0; i + 1 < n; i++) {
        if (chain[i].fact->same_issuer ||
            situation_issued(&chain[i], &chain[i + 1]))
            continue;
        for (size_t k = 1; k < n; k++)
            if (k != i && situation_issued(&chain[i], &chain[k]))
                return i;
    }
    return n;
}

int situation_in_time(const struct situation *s, const struct certificate *c)
{
    if (!s->trial->verify.time ||
        (s->trial->device && s->trial->device->clock == CLOCK_NONE))
        return 1;
    return certificate_is_valid_at(c, s->trial->clock);
}

int64_t situation_message_limit(const struct situation *s)
{
    if (s->trial->max_certificate)
        return s->trial->max_certificate;
    if (!s->stack)
        return 0;
    return s->stack->max_certificate ? s->stack->max_certificate
                                     : s->stack->in_content;
}
