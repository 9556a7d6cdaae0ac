/* Causes that lie in certificates: who signed what, what is trusted, dates,
 * extensions. Each sentence says only what the situation holds. */
#include "diagnose/change_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/quantity.h"
#include "diagnose/cause.h"
#include "diagnose/words.h"

/* An anchor has the name of the issuer of something that was sent, and another
 * key. */
static char *same_name(const struct situation *s)
{
    for (size_t i = s->chain.count; i > 0; i--) {
        const struct seen *c = &s->chain.items[i - 1];

        for (size_t k = 0; k < s->anchors.count; k++) {
            const struct seen *a = &s->anchors.items[k];
            char *issued, *anchor, *wanted, *out;

            if (strcmp(a->fact->subject, c->fact->issuer) != 0 ||
                situation_issued(c, a))
                continue;
            issued = words_certificate(s, c);
            anchor = words_issuer(s, c);
            wanted =
                format("%.8s", a->fact->subject_key_id ? a->fact->subject_key_id
                                                       : a->fact->spki_sha256);
            out = issued && anchor && wanted
                      ? format("%s is signed by %s, and the anchor of that "
                               "name in the device's store has another key "
                               "(%s)",
                               issued, anchor, wanted)
                      : NULL;
            free(issued);
            free(anchor);
            free(wanted);
            return out;
        }
    }
    return NULL;
}

/* An anchor is met, but more was sent behind it. */
static char *beyond_anchor(const struct situation *s)
{
    size_t at = 0;
    const struct seen *held = situation_anchored(s, &at);
    const struct seen *last;
    char *anchor, *holder, *top, *out = NULL;

    if (!held || at + 1 >= s->chain.count)
        return NULL;
    last = &s->chain.items[s->chain.count - 1];
    anchor = words_certificate(s, situation_anchor_of(s, held));
    holder = words_certificate(s, held);
    top = words_certificate(s, last);
    if (anchor && holder && top)
        out = strcmp(anchor, holder) != 0
                  ? format("the device trusts %s, which signed %s, but more is "
                           "sent behind it, up to %s, and this stack build "
                           "wants the end of what is sent to lead to an anchor",
                           anchor, holder, top)
                  : format("the device trusts %s, but more is sent behind it, "
                           "up to %s, and this stack build wants the end of "
                           "what is sent to lead to an anchor",
                           anchor, top);
    if (anchor && holder && top && !strcmp(anchor, top)) {
        free(out);
        out = format("the device trusts %s, which signed %s and is sent behind "
                     "it, and this stack build wants the end of what is sent "
                     "to lead to an anchor above it",
                     anchor, holder);
    }
    free(anchor);
    free(holder);
    free(top);
    return out;
}

/* An anchor signed the last that was sent, and still it is refused. */
static char *not_used(const struct situation *s)
{
    size_t at = 0;
    const struct seen *held = situation_anchored(s, &at);
    unsigned refused = s->record->shim ? s->record->shim->anchors_refused : 0;
    char *anchor, *holder, *out = NULL;

    if (!held)
        return NULL;
    anchor = words_certificate(s, situation_anchor_of(s, held));
    holder = words_certificate(s, held);
    if (anchor && holder && refused)
        out = format("%s signed %s and is in the device's trust store, of "
                     "which the library refused to load %u",
                     anchor, holder, refused);
    else if (anchor && holder)
        out = format("%s signed %s and is in the device's trust store, and "
                     "this stack build does not take it for an anchor of this "
                     "chain",
                     anchor, holder);
    free(anchor);
    free(holder);
    return out;
}

/* The device's anchor signed a certificate that was sent before. */
static char *lost_words(const char *anchor, const char *holder, const char *top)
{
    if (!anchor || !holder || !top)
        return NULL;
    if (!strcmp(holder, top))
        return format("the device trusts %s, which signed %s, and that "
                      "certificate is no longer sent: what is sent ends below "
                      "it",
                      anchor, holder);
    return format("the device trusts %s, which signed %s, and that "
                  "certificate is no longer sent: what is sent now leads to %s",
                  anchor, holder, top);
}

static char *lost_link(const struct situation *s)
{
    for (size_t i = 1; i < s->earlier.count; i++) {
        const struct seen *old = &s->earlier.items[i];
        const struct seen *a = situation_anchor_of(s, old);
        const struct seen *last = &s->chain.items[situation_top(s)];
        char *anchor, *holder, *top, *out;

        if (!a || seen_has(&s->chain, old->fact) ||
            seen_has_authority(&s->anchors, old->fact))
            continue;
        anchor = words_certificate(s, a);
        holder = words_certificate(s, old);
        top = words_issuer(s, last);
        out = lost_words(anchor, holder, top);
        free(anchor);
        free(holder);
        free(top);
        return out;
    }
    return NULL;
}

static char *leads_nowhere(const struct situation *s)
{
    size_t at = situation_top(s);
    const struct seen *last = &s->chain.items[at];
    char *sent = words_certificate(s, last), *top = words_issuer(s, last);
    char *store = words_store(s), *out = NULL;

    if (sent && top && store)
        out = last->fact->same_issuer
                  ? format("what is sent leads to %s, which signed itself, and "
                           "the device's store holds %s",
                           sent, store)
                  : format("what is sent leads up to %s, which is signed by "
                           "%s, and the device's store holds %s",
                           sent, top, store);
    free(sent);
    free(top);
    free(store);
    return out;
}

/* Which key type was answered with before, and which now. */
static char *key_type_changed(const struct situation *s)
{
    const char *then = s->record_before && s->record_before->endpoint
                           ? s->record_before->endpoint->chain
                           : NULL;
    const char *now = s->record->endpoint ? s->record->endpoint->chain : NULL;

    return then && now && strcmp(then, now) != 0 ? cause_other_key(s, NULL)
                                                 : NULL;
}

char *cause_trust(const struct situation *s, const struct edit *e)
{
    char *(*const ways[])(const struct situation *s) = {
        cause_curve, key_type_changed, same_name,    beyond_anchor,
        not_used,    lost_link,        leads_nowhere};
    char *out = NULL;

    if (s->chain.count == 0 || !cause_is_about_trust(s, e))
        return cause_of_reason(s, NULL);
    if (situation_disorder(s) < s->chain.count)
        return cause_order(s, NULL);
    for (size_t i = 0; i < sizeof ways / sizeof ways[0] && !out; i++)
        out = ways[i](s);
    return out;
}

char *cause_other_key(const struct situation *s, const struct edit *e)
{
    const char *type = s->served == CHAIN_RSA ? "RSA" : "ECDSA";
    const struct seen *last =
        s->chain.count ? &s->chain.items[situation_top(s)] : NULL;
    char *top, *store, *out = NULL;

    if (!last || (e && strcmp(reason_class(s->record->reason), "trust") != 0))
        return cause_of_reason(s, NULL);
    top = words_issuer(s, last);
    store = words_store(s);
    if (top && store)
        out = format("the endpoint answers this device with its %s chain, "
                     "which leads to %s, and the device's store holds %s",
                     type, top, store);
    free(top);
    free(store);
    return out;
}

char *cause_order(const struct situation *s, const struct edit *e)
{
    size_t at = situation_disorder(s), by = 0;
    char *one, *next, *issuer, *out = NULL;

    (void)e;
    if (at + 1 >= s->chain.count)
        return NULL;
    for (size_t k = 1; k < s->chain.count; k++)
        if (k != at &&
            situation_issued(&s->chain.items[at], &s->chain.items[k]))
            by = k;
    one = words_certificate(s, &s->chain.items[at]);
    next = words_certificate(s, &s->chain.items[at + 1]);
    issuer = words_certificate(s, &s->chain.items[by]);
    if (one && next && issuer)
        out = format("the certificates are not sent in order: number %zu (%s) "
                     "did not sign number %zu (%s); its issuer %s comes as "
                     "number %zu",
                     at + 1, next, at, one, issuer, by);
    free(one);
    free(next);
    free(issuer);
    return out;
}

char *cause_not_sent(const struct situation *s, const struct edit *e)
{
    char *issuer, *below, *out = NULL;
    size_t at = e ? (size_t)e->value : 0;

    if (s->record->reason == REASON_PIN_MISMATCH)
        return cause_pin(s, e);
    if (!e || at == 0 || at > s->chain.count)
        return cause_trust(s, e);
    out = lost_link(s);
    if (out)
        return out;
    issuer = words_certificate(s, &e->it);
    below = words_certificate(s, &s->chain.items[at - 1]);
    if (issuer && below)
        out = format("%s, which signed %s and was sent in the state before, is "
                     "not sent",
                     issuer, below);
    free(issuer);
    free(below);
    return out;
}

char *cause_clock_text(const struct situation *s)
{
    char buffer[32];

    return strdup(time_format(s->trial->clock, buffer));
}

/* "by the device's clock it is T, and X is valid from A to B". */
static char *out_of_time(const struct situation *s, const struct seen *c,
                         const char *what)
{
    char *clock = cause_clock_text(s), *who = words_certificate(s, c);
    char *dates = words_dates(c->fact, s->trial->clock), *out = NULL;
    char *as = strdup("");

    if (strcmp(reason_class(s->record->reason), "time") != 0) {
        free(as);
        as = s->record->reason == REASON_TRUST_STORE_ERROR
                 ? strdup(": this library checks dates when it loads the trust "
                          "store")
                 : format(", which this library reports as %s",
                          reason_name(s->record->reason));
    }
    if (clock && who && dates && as)
        out = format("by the device's clock it is %s, and %s%s is %s%s", clock,
                     what, who, dates, as);
    free(as);
    free(clock);
    free(who);
    free(dates);
    return out;
}

static const struct seen *first_out_of_time(const struct situation *s,
                                            const struct seen_list *l)
{
    for (size_t i = 0; i < l->count; i++)
        if (!situation_in_time(s, l->items[i].fact))
            return &l->items[i];
    return NULL;
}

char *cause_anchor_time(const struct situation *s, const struct edit *e)
{
    const struct seen *c =
        e && e->it.fact ? &e->it : first_out_of_time(s, &s->anchors);

    return c && !situation_in_time(s, c->fact)
               ? out_of_time(s, c, "the device's trust anchor ")
               : NULL;
}

char *cause_time(const struct situation *s, const struct edit *e)
{
    const struct seen *c =
        e && e->it.fact ? &e->it : first_out_of_time(s, &s->chain);

    if (!c || situation_in_time(s, c->fact))
        return cause_anchor_time(s, NULL);
    return out_of_time(s, c, "");
}

char *cause_clock(const struct situation *s, const struct edit *e)
{
    char *seen = cause_time(s, NULL), *out, now[32];

    (void)e;
    if (!seen) {
        char *clock = cause_clock_text(s);

        out = clock ? format("by the device's clock it is %s, and it is %s",
                             clock, time_format(s->trial->now, now))
                    : NULL;
        free(clock);
        return out;
    }
    out =
        format("%s; in truth it is %s", seen, time_format(s->trial->now, now));
    free(seen);
    return out;
}

char *cause_anchor_misleads(const struct situation *s, const struct edit *e)
{
    char *who, *out;

    if (!e || !situation_in_time(s, e->it.fact))
        return cause_anchor_time(s, e);
    who = words_certificate(s, &e->it);
    out = who ? format("with %s in the trust store this library takes a path "
                       "that it refuses, and without it, it takes another",
                       who)
              : NULL;
    free(who);
    return out;
}

char *cause_settings(const struct situation *s, const struct edit *e)
{
    char *who = e && e->it.fact ? words_certificate(s, &e->it) : NULL;
    char *out = who ? format("the store holds %s, and its trust settings keep "
                             "it from being an anchor for TLS servers",
                             who)
                    : NULL;

    free(who);
    return out;
}

char *cause_partial_chain(const struct situation *s, const struct edit *e)
{
    char *who = e && e->it.fact ? words_certificate(s, &e->it) : NULL;
    char *out = who ? format("the device trusts %s, which is no self-signed "
                             "root, and this library takes only a root for an "
                             "anchor unless the program asks for more",
                             who)
                    : NULL;

    free(who);
    return out;
}

/* Out of its time by a clock that is right, and that may be what was refused.
 */
static int is_stale(const struct situation *s, const struct certificate *c)
{
    const char *kind = reason_class(s->record->reason);

    return !situation_in_time(s, c) &&
           !certificate_is_valid_at(c, s->trial->now) &&
           (!strcmp(kind, "time") || !strcmp(kind, "trust"));
}

/* What it is about a certificate that the device stops at. */
char *cause_leave_out(const struct situation *s, const struct edit *e)
{
    char *who, *out;

    if (e && e->it.fact && is_stale(s, e->it.fact))
        return out_of_time(s, &e->it, "");
    if (!e || strcmp(reason_class(s->record->reason), "trust") != 0)
        return cause_of_reason(s, NULL);
    out = beyond_anchor(s);
    if (out)
        return out;
    who = words_certificate(s, &e->it);
    out = who ? format("%s is sent, and with it this library finds no path to "
                       "an anchor; without it, it does",
                       who)
              : NULL;
    free(who);
    return out;
}

char *cause_nothing_behind(const struct situation *s, const struct edit *e)
{
    size_t first = s->chain.count;

    for (size_t i = 0; e && i < s->chain.count; i++)
        if (!strcmp(s->chain.items[i].fact->sha256, e->it.fact->sha256))
            first = i + 1;
    for (size_t i = first; i < s->chain.count; i++)
        if (is_stale(s, s->chain.items[i].fact))
            return out_of_time(s, &s->chain.items[i], "");
    return cause_of_reason(s, NULL);
}
