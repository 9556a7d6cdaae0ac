/* Changes of which certificates the endpoint sends, and in which order. */
#include "diagnose/change_rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "diagnose/words.h"

/* The chain that this certificate stands in, and its place; NULL: in none. */
static struct trial_list *list_with(struct trial *t, const struct pki_cert *c,
                                    size_t *at)
{
    for (int k = 0; k < CHAINS; k++)
        for (size_t i = 0; i < t->chains[k].count; i++)
            if (t->chains[k].items[i] == c) {
                *at = i;
                return &t->chains[k];
            }
    return NULL;
}

static const char gone[] = "the certificate is not sent any more";

int emit_order(const struct situation *s, const struct change *c,
               struct edits *out)
{
    struct edit e = {0};

    if (situation_disorder(s) == s->chain.count)
        return 0;
    e.it = s->chain.items[0];
    return edits_add(out, c, strdup(""), &e);
}

/* The next of a path: the issuer among those that are left, one that is not
 * self-signed before the root itself. */
static size_t issuer_in(const struct trial_list *l, const struct pki_cert *c)
{
    size_t found = l->count;

    for (size_t i = 0; i < l->count; i++) {
        if (strcmp(pki_issuer(c), pki_subject(l->items[i])) != 0 ||
            !pki_is_signed_by(c, l->items[i]))
            continue;
        if (found == l->count)
            found = i;
    }
    return found;
}

int apply_order(struct trial *t, const struct edit *e, struct scrap *scrap,
                const char **why)
{
    size_t at = 0;
    struct trial_list *l = list_with(t, e->it.cert, &at), left = {0};

    (void)scrap;
    *why = gone;
    if (!l)
        return -1;
    while (l->count > 1) { /* all but the leaf */
        if (trial_list_insert(&left, left.count, l->items[1]))
            break;
        trial_list_remove(l, 1);
    }
    while (left.count > 0) {
        size_t next = issuer_in(&left, l->items[l->count - 1]);

        if (next == left.count) /* what is on no path goes last */
            next = 0;
        if (trial_list_insert(l, l->count, left.items[next]))
            break;
        trial_list_remove(&left, next);
    }
    free(left.items);
    return 0;
}

/* Leaving out can help where the rest still leads to an anchor, or where it is
 * the number, the size or a certificate itself that the device refuses. */
static int worth_less(const struct situation *s)
{
    size_t at;

    if (!s->trial->verify.chain || situation_anchored(s, &at))
        return 1;
    return strcmp(reason_class(s->record->reason), "trust") != 0;
}

int emit_leave_out(const struct situation *s, const struct change *c,
                   struct edits *out)
{
    if (!worth_less(s))
        return 0;
    for (size_t i = s->chain.count; i > 1; i--) {
        struct edit e = {.it = s->chain.items[i - 1]};

        if (edits_add(out, c, words_certificate(s, &e.it), &e))
            return -1;
    }
    return 0;
}

int apply_leave_out(struct trial *t, const struct edit *e, struct scrap *scrap,
                    const char **why)
{
    size_t at = 0;
    struct trial_list *l = list_with(t, e->it.cert, &at);

    (void)scrap;
    *why = gone;
    if (!l || at == 0)
        return -1;
    trial_list_remove(l, at);
    return 0;
}

int emit_nothing_behind(const struct situation *s, const struct change *c,
                        struct edits *out)
{
    size_t at = 0;

    if (!worth_less(s))
        return 0;
    /* Where an anchor is met first; then shorter and shorter. */
    if (situation_anchored(s, &at) && at + 2 < s->chain.count) {
        struct edit e = {.it = s->chain.items[at]};

        if (edits_add(out, c, words_certificate(s, &e.it), &e))
            return -1;
    }
    for (size_t i = s->chain.count; i > 2; i--) {
        struct edit e = {.it = s->chain.items[i - 3]};

        if (edits_add(out, c, words_certificate(s, &e.it), &e))
            return -1;
    }
    return 0;
}

int apply_nothing_behind(struct trial *t, const struct edit *e,
                         struct scrap *scrap, const char **why)
{
    size_t at = 0;
    struct trial_list *l = list_with(t, e->it.cert, &at);

    (void)scrap;
    *why = gone;
    if (!l)
        return -1;
    while (l->count > at + 1)
        trial_list_remove(l, l->count - 1);
    return 0;
}

/* Certificates of the state before that signed something that is sent now. */
int emit_send(const struct situation *s, const struct change *c,
              struct edits *out)
{
    for (size_t k = 1; k < s->earlier.count; k++) {
        const struct seen *old = &s->earlier.items[k];

        if (seen_has(&s->chain, old->fact))
            continue;
        for (size_t i = 0; i < s->chain.count; i++) {
            struct edit e = {.it = *old, .value = (int64_t)i + 1};

            if (!situation_issued(&s->chain.items[i], old))
                continue;
            if (edits_add(out, c, words_certificate(s, old), &e))
                return -1;
            break;
        }
    }
    return 0;
}

/* Behind what it signed; what was above it in the state before comes along, for
 * as long as the store does not anchor it: else the path would end there. */
int apply_send(struct trial *t, const struct edit *e, struct scrap *scrap,
               const char **why)
{
    (void)scrap;
    *why = gone;
    for (int k = 0; k < CHAINS; k++) {
        struct trial_list *l = &t->chains[k];

        for (size_t i = 0; i < l->count; i++)
            if (!strcmp(pki_issuer(l->items[i]), pki_subject(e->it.cert)) &&
                pki_is_signed_by(l->items[i], e->it.cert))
                return trial_list_insert(l, i + 1, e->it.cert);
    }
    return -1;
}

/* The last that was sent was signed by an authority that an anchor of the
 * device could sign: that is a cross-signed certificate. */
int emit_cross_sign(const struct situation *s, const struct change *c,
                    struct edits *out)
{
    size_t at;
    const struct seen *top =
        s->chain.count ? &s->chain.items[situation_top(s)] : NULL;

    if (!top || situation_anchored(s, &at) || situation_top(s) == 0 ||
        top->fact->same_issuer)
        return 0;
    for (size_t i = 0; i < s->anchors.count; i++) {
        struct edit e = {.it = s->anchors.items[i], .below = *top};

        if (!situation_in_time(s, e.it.fact) || e.it.fact->ca == 0 ||
            !e.it.fact->self_signed)
            continue;
        return edits_add(out, c, words_issuer(s, top), &e);
    }
    return 0;
}

int apply_cross_sign(struct trial *t, const struct edit *e, struct scrap *scrap,
                     const char **why)
{
    size_t at = 0;
    struct trial_list *l = list_with(t, e->below.cert, &at);
    struct pki_cert *cross;

    *why = gone;
    if (!l)
        return -1;
    cross = pki_cross_sign(scrap->pki, e->below.cert, e->it.cert, why);
    return cross ? trial_list_insert(l, at + 1, cross) : -1;
}

/* Some stacks want to see the root. */
int emit_send_root(const struct situation *s, const struct change *c,
                   struct edits *out)
{
    const struct seen *last =
        s->chain.count ? &s->chain.items[s->chain.count - 1] : NULL;
    struct edit e = {0};

    for (size_t i = 0; last && i < s->anchors.count; i++) {
        e.it = s->anchors.items[i];
        if (situation_issued(last, &e.it) && !seen_has(&s->chain, e.it.fact))
            return edits_add(out, c, words_certificate(s, &e.it), &e);
    }
    return 0;
}

int apply_send_root(struct trial *t, const struct edit *e, struct scrap *scrap,
                    const char **why)
{
    (void)scrap;
    *why = gone;
    for (int k = 0; k < CHAINS; k++) {
        struct trial_list *l = &t->chains[k];

        if (l->count > 0 &&
            pki_is_signed_by(l->items[l->count - 1], e->it.cert))
            return trial_list_insert(l, l->count, e->it.cert);
    }
    return -1;
}

int emit_other_key(const struct situation *s, const struct change *c,
                   struct edits *out)
{
    const char *text = s->served == CHAIN_RSA ? "ECDSA" : "RSA";

    return s->other.count ? edits_add(out, c, strdup(text), NULL) : 0;
}

int apply_other_key(struct trial *t, const struct edit *e, struct scrap *scrap,
                    const char **why)
{
    int drop = e->text[0] == 'E' ? CHAIN_RSA : CHAIN_ECDSA;

    (void)scrap;
    *why = "there is no other chain";
    if (t->chains[drop == CHAIN_RSA ? CHAIN_ECDSA : CHAIN_RSA].count == 0)
        return -1;
    t->chains[drop].count = 0;
    return 0;
}

/* Is the chain of the state before another one but for its leaf? */
static int chain_changed(const struct situation *s)
{
    if (s->chain.count != s->earlier.count)
        return 1;
    for (size_t i = 0; i < s->chain.count; i++)
        if (strcmp(s->chain.items[i].fact->sha256,
                   s->earlier.items[i].fact->sha256) != 0)
            return 1;
    return 0;
}

int emit_chain_before(const struct situation *s, const struct change *c,
                      struct edits *out)
{
    struct edit e = {.before = s->before};

    if (!s->before || s->earlier.count == 0 || !chain_changed(s))
        return 0;
    return edits_add(out, c, strdup(s->state_before->state->name), &e);
}

static int list_copy(struct trial_list *to, const struct trial_list *from)
{
    while (to->count > 0)
        trial_list_remove(to, to->count - 1);
    for (size_t i = 0; i < from->count; i++)
        if (trial_list_insert(to, i, from->items[i]))
            return -1;
    return 0;
}

int apply_chain_before(struct trial *t, const struct edit *e,
                       struct scrap *scrap, const char **why)
{
    (void)scrap;
    *why = "out of memory";
    for (int k = 0; k < CHAINS; k++)
        if (list_copy(&t->chains[k], &e->before->chains[k]))
            return -1;
    return 0;
}

/* A new leaf, straight under an anchor of the device: that any chain under it
 * would do is what this shows. */
int emit_reissue(const struct situation *s, const struct change *c,
                 struct edits *out)
{
    enum { MOST = 2 };
    size_t found = 0, at;

    if (!s->trial->verify.chain || !s->state || s->chain.count == 0)
        return 0;
    if (situation_anchored(s, &at) &&
        !strcmp(reason_class(s->record->reason), "trust"))
        return 0; /* what is served is under an anchor of the device */
    for (size_t i = 0; i < s->anchors.count && found < MOST; i++) {
        struct edit e = {.it = s->anchors.items[i],
                         .state = s->state->state,
                         .value = s->served};

        if (!situation_in_time(s, e.it.fact) ||
            !certificate_is_valid_at(e.it.fact, s->trial->now) ||
            e.it.fact->ca == 0)
            continue;
        found++;
        if (edits_add(out, c, words_certificate(s, &e.it), &e))
            return -1;
    }
    return 0;
}

int apply_reissue(struct trial *t, const struct edit *e, struct scrap *scrap,
                  const char **why)
{
    struct trial_list *l = &t->chains[e->value];
    struct pki_cert *leaf = pki_want_leaf(
        scrap->pki, &e->state->leaf, e->it.cert,
        e->value == CHAIN_ECDSA ? "ec-p256" : "rsa-2048", t->name, t->now);

    *why = "its key is not here";
    if (!leaf || pki_mint(scrap->pki, 1))
        return -1;
    for (int k = 0; k < CHAINS; k++)
        t->chains[k].count = 0;
    return trial_list_insert(l, 0, leaf);
}
