/* Changes of what the device trusts: anchors, pins, distrust. */
#include "diagnose/change_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "diagnose/words.h"

/* Is it worth an anchor? Not if the store has that authority, and a leaf is
 * none. */
static int wants_anchor(const struct situation *s, size_t at)
{
    const struct seen *c = &s->chain.items[at];

    return !situation_anchor_of(s, c) && (at > 0 || s->chain.count == 1);
}

static int add_anchor(const struct situation *s, const struct change *c,
                      struct edits *out, const struct seen *it)
{
    struct edit e = {.it = *it};

    return edits_add(out, c, words_issuer(s, it), &e);
}

/* The root above the intermediate is what a store needs to hold; then who
 * signed the last that was sent; then what stands between. */
int emit_add_anchor(const struct situation *s, const struct change *c,
                    struct edits *out)
{
    size_t n = s->chain.count, at;

    if (!s->trial->verify.chain || n == 0)
        return 0;
    if (n > 1 && wants_anchor(s, 1) &&
        add_anchor(s, c, out, &s->chain.items[1]))
        return -1;
    for (size_t i = n; i > 0; i--)
        if (wants_anchor(s, i - 1) &&
            add_anchor(s, c, out, &s->chain.items[i - 1]))
            return -1;
    /* An anchor that is no root: its own issuer. */
    if (situation_anchored(s, &at)) {
        const struct seen *a = situation_anchor_of(s, &s->chain.items[at]);

        if (!a->fact->same_issuer && !situation_anchor_above(s, a) &&
            add_anchor(s, c, out, a))
            return -1;
    }
    return 0;
}

/* What is sent and no root: enough where any certificate may be an anchor. */
int emit_anchor_intermediate(const struct situation *s, const struct change *c,
                             struct edits *out)
{
    for (size_t i = 1; i < s->chain.count; i++) {
        struct edit e = {.it = s->chain.items[i]};

        if (e.it.fact->same_issuer || seen_has(&s->anchors, e.it.fact) ||
            !situation_issued(&s->chain.items[i - 1], &e.it))
            continue;
        return edits_add(out, c, words_certificate(s, &e.it), &e);
    }
    return 0;
}

int apply_anchor_intermediate(struct trial *t, const struct edit *e,
                              struct scrap *scrap, const char **why)
{
    (void)scrap;
    *why = "out of memory";
    return trial_list_insert(&t->anchors, t->anchors.count, e->it.cert);
}

static int push_issuer(struct trial *t, struct scrap *scrap,
                       struct pki_cert *cert, const char **why)
{
    struct pki_cert *anchor =
        cert ? pki_issuer_certificate(scrap->pki, cert) : NULL;

    if (!anchor) {
        *why = "the key that signed it is not here";
        return -1;
    }
    return trial_list_insert(&t->anchors, t->anchors.count, anchor);
}

int apply_add_anchor(struct trial *t, const struct edit *e, struct scrap *scrap,
                     const char **why)
{
    return push_issuer(t, scrap, e->it.cert, why);
}

/* The certificate of a chain whose issuer is its root: the one above the leaf,
 * or the leaf. */
static const struct seen *below_root(const struct seen_list *l)
{
    return l->count == 0 ? NULL : &l->items[l->count > 1];
}

/* "Install Amazon Root CA 1 and Amazon Root CA 3": where the endpoint has both
 * chains, a store should have both roots. */
int emit_add_anchors(const struct situation *s, const struct change *c,
                     struct edits *out)
{
    const struct seen *one = below_root(&s->chain),
                      *two = below_root(&s->other);
    struct edit e = {0};
    char *a, *b, *text;

    if (!one || !two || !s->trial->verify.chain ||
        situation_anchor_of(s, one) || situation_anchor_of(s, two) ||
        !strcmp(one->fact->issuer, two->fact->issuer))
        return 0;
    a = words_issuer(s, one);
    b = words_issuer(s, two);
    text = a && b ? format("%s and %s", a, b) : NULL;
    free(a);
    free(b);
    e.it = *one;
    return edits_add(out, c, text, &e);
}

int apply_add_anchors(struct trial *t, const struct edit *e,
                      struct scrap *scrap, const char **why)
{
    for (int k = 0; k < CHAINS; k++) {
        const struct trial_list *l = &t->chains[k];

        if (l->count > 0 && push_issuer(t, scrap, l->items[l->count > 1], why))
            return -1;
    }
    return e ? 0 : -1;
}

/* The place of a certificate in a list; count: it is not there. */
static size_t place_of(const struct trial_list *l, const struct pki_cert *c)
{
    size_t i = 0;

    while (i < l->count && l->items[i] != c)
        i++;
    return i;
}

/* Is it out of its time whatever the device believes? */
static int is_stale(const struct situation *s, const struct certificate *c)
{
    return !situation_in_time(s, c) &&
           !certificate_is_valid_at(c, s->trial->now);
}

int emit_replace_anchor(const struct situation *s, const struct change *c,
                        struct edits *out)
{
    for (size_t i = 0; i < s->anchors.count; i++) {
        struct edit e = {.it = s->anchors.items[i]};

        if (is_stale(s, e.it.fact) &&
            edits_add(out, c, words_certificate(s, &e.it), &e))
            return -1;
    }
    return 0;
}

int apply_replace_anchor(struct trial *t, const struct edit *e,
                         struct scrap *scrap, const char **why)
{
    enum { YEAR = 365 * 24 * 3600 };
    int64_t from = t->now - YEAR, to = t->now + YEAR;
    struct pki_variation v = {.not_before = &from, .not_after = &to};
    size_t at = place_of(&t->anchors, e->it.cert);
    struct pki_cert *fresh;

    *why = "the anchor is not in the store any more";
    fresh = at < t->anchors.count ? pki_vary(scrap->pki, e->it.cert, &v, why)
                                  : NULL;
    if (!fresh)
        return -1;
    t->anchors.items[at] = fresh;
    return 0;
}

/* One that may mislead: out of its time, or of the name of another one. */
static int may_mislead(const struct situation *s, size_t at)
{
    const struct certificate *c = s->anchors.items[at].fact;

    if (is_stale(s, c))
        return 1;
    for (size_t i = 0; i < s->anchors.count; i++)
        if (i != at && !strcmp(s->anchors.items[i].fact->subject, c->subject))
            return 1;
    for (size_t i = 0; i < s->chain.count; i++)
        if (!strcmp(s->chain.items[i].fact->subject, c->subject) &&
            strcmp(s->chain.items[i].fact->sha256, c->sha256) != 0)
            return 1;
    return 0;
}

int emit_remove_anchor(const struct situation *s, const struct change *c,
                       struct edits *out)
{
    enum { MOST = 4 };
    size_t found = 0;

    for (size_t i = 0; i < s->anchors.count && found < MOST; i++) {
        struct edit e = {.it = s->anchors.items[i]};

        if (s->anchors.count < 2 || !may_mislead(s, i))
            continue;
        found++;
        if (edits_add(out, c, words_certificate(s, &e.it), &e))
            return -1;
    }
    return 0;
}

int apply_remove_anchor(struct trial *t, const struct edit *e,
                        struct scrap *scrap, const char **why)
{
    size_t at = place_of(&t->anchors, e->it.cert);

    (void)scrap;
    if (at == t->anchors.count) {
        *why = "the anchor is not in the store any more";
        return -1;
    }
    trial_list_remove(&t->anchors, at);
    return 0;
}

/* Did it sign something that was sent, or is it of its signer's name? */
static int may_anchor(const struct situation *s, const struct seen *anchor)
{
    for (size_t i = 0; i < s->chain.count; i++)
        if (!strcmp(s->chain.items[i].fact->issuer, anchor->fact->subject))
            return 1;
    return 0;
}

int emit_drop_settings(const struct situation *s, const struct change *c,
                       struct edits *out)
{
    const struct trial *t = s->trial;

    for (size_t i = 0; i < t->settings_count; i++) {
        struct edit e = {0};

        for (size_t k = 0; k < s->anchors.count; k++)
            if (s->anchors.items[k].cert == t->settings[i].cert)
                e.it = s->anchors.items[k];
        if (t->settings[i].trust < PKI_TRUST_OTHERS || !e.it.fact ||
            !may_anchor(s, &e.it))
            continue;
        if (edits_add(out, c, words_certificate(s, &e.it), &e))
            return -1;
    }
    return 0;
}

int apply_drop_settings(struct trial *t, const struct edit *e,
                        struct scrap *scrap, const char **why)
{
    (void)scrap;
    for (size_t i = 0; i < t->settings_count; i++)
        if (t->settings[i].cert == e->it.cert) {
            t->settings[i].trust = PKI_TRUST_UNSET;
            return 0;
        }
    *why = "it has no trust settings";
    return -1;
}

static int build_has(const struct situation *s, const char *feature)
{
    for (size_t i = 0; s->stack && i < s->stack->features_count; i++)
        if (!strcmp(s->stack->features[i], feature))
            return 1;
    return 0;
}

/* Only where an anchor that is no root signed something that was sent. */
int emit_partial_chain(const struct situation *s, const struct change *c,
                       struct edits *out)
{
    size_t at;
    const struct seen *held = situation_anchored(s, &at);
    struct edit e = {0};

    if (!held || s->trial->verify.partial_chain ||
        !build_has(s, "partial-chain"))
        return 0;
    e.it = *situation_anchor_of(s, held);
    return e.it.fact->self_signed ? 0 : edits_add(out, c, strdup(""), &e);
}

int apply_partial_chain(struct trial *t, const struct edit *e,
                        struct scrap *scrap, const char **why)
{
    (void)e;
    (void)scrap;
    (void)why;
    t->verify.partial_chain = 1;
    return 0;
}

int emit_drop_pin(const struct situation *s, const struct change *c,
                  struct edits *out)
{
    return s->trial->pins_count ? edits_add(out, c, strdup(""), NULL) : 0;
}

int apply_drop_pin(struct trial *t, const struct edit *e, struct scrap *scrap,
                   const char **why)
{
    (void)e;
    (void)scrap;
    (void)why;
    t->pins_count = 0;
    return 0;
}

/* The root is what is renewed least. */
int emit_move_pin(const struct situation *s, const struct change *c,
                  struct edits *out)
{
    size_t at;
    const struct seen *held = situation_anchored(s, &at);
    struct edit e = {0};

    if (!s->trial->pins_count || !held)
        return 0;
    e.it = *situation_anchor_of(s, held);
    return edits_add(out, c, words_certificate(s, &e.it), &e);
}

int apply_move_pin(struct trial *t, const struct edit *e, struct scrap *scrap,
                   const char **why)
{
    struct trial_pin *pin = scrap_alloc(scrap, sizeof *pin);

    if (!pin) {
        *why = "out of memory";
        return -1;
    }
    pin->what = PIN_ANCHOR;
    pin->match = PIN_SPKI_SHA256;
    snprintf(pin->hash, sizeof pin->hash, "%s", e->it.fact->spki_sha256);
    free(t->pins);
    t->pins = malloc(sizeof *pin);
    t->pins_count = t->pins ? 1 : 0;
    if (t->pins)
        *t->pins = *pin;
    return t->pins ? 0 : -1;
}

int emit_drop_distrust(const struct situation *s, const struct change *c,
                       struct edits *out)
{
    return s->trial->distrusted.count ? edits_add(out, c, strdup(""), NULL) : 0;
}

int apply_drop_distrust(struct trial *t, const struct edit *e,
                        struct scrap *scrap, const char **why)
{
    (void)e;
    (void)scrap;
    (void)why;
    t->distrusted.count = 0;
    return 0;
}
