/* Changes of the device's clock, limits and offer, and of its TLS library. */
#include "diagnose/change_rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/tls_names.h"
#include "diagnose/words.h"

int emit_set_clock(const struct situation *s, const struct change *c,
                   struct edits *out)
{
    struct edit e = {.value = s->trial->now};

    return s->trial->verify.time && s->trial->clock != s->trial->now
               ? edits_add(out, c, strdup(""), &e)
               : 0;
}

int apply_set_clock(struct trial *t, const struct edit *e, struct scrap *scrap,
                    const char **why)
{
    (void)scrap;
    (void)why;
    t->clock = e->value;
    return 0;
}

/* A limit that the device sets, lifted to `good`, and narrowed from there. */
static int emit_limit(const struct change *c, struct edits *out, int64_t now,
                      int64_t good)
{
    struct edit e = {.value = good, .bad = now, .good = good};

    return now > 0 && good > now ? edits_add(out, c, strdup(""), &e) : 0;
}

int emit_heap(const struct situation *s, const struct change *c,
              struct edits *out)
{
    enum { ENOUGH = 16 << 20 };

    return emit_limit(c, out, s->trial->heap, ENOUGH);
}

int apply_heap(struct trial *t, const struct edit *e, struct scrap *scrap,
               const char **why)
{
    (void)scrap;
    (void)why;
    t->heap = e->value;
    return 0;
}

int emit_message(const struct situation *s, const struct change *c,
                 struct edits *out)
{
    enum { ENOUGH = 65535 };

    return emit_limit(c, out, s->trial->max_certificate, ENOUGH);
}

int apply_message(struct trial *t, const struct edit *e, struct scrap *scrap,
                  const char **why)
{
    (void)scrap;
    (void)why;
    t->max_certificate = e->value;
    return 0;
}

int emit_depth(const struct situation *s, const struct change *c,
               struct edits *out)
{
    return emit_limit(c, out, s->trial->max_depth, (int64_t)s->chain.count + 1);
}

int apply_depth(struct trial *t, const struct edit *e, struct scrap *scrap,
                const char **why)
{
    (void)scrap;
    (void)why;
    t->max_depth = e->value;
    return 0;
}

int emit_no_fragment(const struct situation *s, const struct change *c,
                     struct edits *out)
{
    return s->trial->tls.max_fragment_length
               ? edits_add(out, c, strdup(""), NULL)
               : 0;
}

int apply_no_fragment(struct trial *t, const struct edit *e,
                      struct scrap *scrap, const char **why)
{
    (void)e;
    (void)scrap;
    (void)why;
    t->tls.max_fragment_length = 0;
    return 0;
}

int emit_no_resume(const struct situation *s, const struct change *c,
                   struct edits *out)
{
    return s->trial->tls.resume ? edits_add(out, c, strdup(""), NULL) : 0;
}

int apply_no_resume(struct trial *t, const struct edit *e, struct scrap *scrap,
                    const char **why)
{
    (void)e;
    (void)scrap;
    (void)why;
    t->tls.resume = 0;
    return 0;
}

static int offers_version(const struct situation *s, const char *version)
{
    const struct hello *h =
        s->record->endpoint ? s->record->endpoint->hello : NULL;

    for (size_t i = 0; h && i < h->versions_count; i++)
        if (!strcmp(h->versions[i], version))
            return 1;
    return 0;
}

/* What the endpoint speaks and the device does not, the newest first. */
int emit_offer_version(const struct situation *s, const struct change *c,
                       struct edits *out)
{
    static const char *const versions[] = {"1.3", "1.2", "1.1", "1.0"};
    const struct endpoint_tls *p = &s->trial->policy;

    for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++) {
        const char *v = versions[i];

        if ((p->min && strcmp(v, p->min) < 0) ||
            (p->max && strcmp(v, p->max) > 0) || offers_version(s, v))
            continue;
        if (edits_add(out, c, strdup(v), NULL))
            return -1;
    }
    return 0;
}

int apply_offer_version(struct trial *t, const struct edit *e,
                        struct scrap *scrap, const char **why)
{
    char *version = scrap_text(scrap, e->text);

    *why = "out of memory";
    if (!version)
        return -1;
    if (t->tls.max && strcmp(t->tls.max, version) < 0)
        t->tls.max = version;
    if (t->tls.min && strcmp(t->tls.min, version) > 0)
        t->tls.min = version;
    if (!t->tls.max)
        t->tls.max = version;
    return 0;
}

int emit_offer_suites(const struct situation *s, const struct change *c,
                      struct edits *out)
{
    return s->trial->tls.suites_count ? edits_add(out, c, strdup(""), NULL) : 0;
}

int apply_offer_suites(struct trial *t, const struct edit *e,
                       struct scrap *scrap, const char **why)
{
    (void)e;
    (void)scrap;
    (void)why;
    t->tls.suites_count = 0;
    return 0;
}

int emit_offer_groups(const struct situation *s, const struct change *c,
                      struct edits *out)
{
    return s->trial->tls.groups_count ? edits_add(out, c, strdup(""), NULL) : 0;
}

int apply_offer_groups(struct trial *t, const struct edit *e,
                       struct scrap *scrap, const char **why)
{
    (void)e;
    (void)scrap;
    (void)why;
    t->tls.groups_count = 0;
    return 0;
}

int emit_offer_algorithms(const struct situation *s, const struct change *c,
                          struct edits *out)
{
    return s->trial->tls.signature_algorithms_count
               ? edits_add(out, c, strdup(""), NULL)
               : 0;
}

int apply_offer_algorithms(struct trial *t, const struct edit *e,
                           struct scrap *scrap, const char **why)
{
    (void)e;
    (void)scrap;
    (void)why;
    t->tls.signature_algorithms_count = 0;
    return 0;
}

/* Where the endpoint has both chains and took the one that the device cannot
 * anchor. */
int emit_offer_key(const struct situation *s, const struct change *c,
                   struct edits *out)
{
    const char *other = s->served == CHAIN_RSA ? "ECDSA" : "RSA";
    const struct hello *h =
        s->record->endpoint ? s->record->endpoint->hello : NULL;
    size_t usable = 0;

    for (size_t i = 0; h && i < h->suites_count; i++)
        usable += strstr(h->suites[i], other) != NULL &&
                  strncmp(h->suites[i], "TLS_", 4) == 0;
    return s->other.count && usable && !offers_version(s, "1.3")
               ? edits_add(out, c, strdup(other), NULL)
               : 0;
}

/* The suites of the other key type among those that are offered now: in TLS
 * 1.2 the name has it. The list is made when the edit is applied, from what the
 * device was told to offer or what the endpoint accepts. */
int apply_offer_key(struct trial *t, const struct edit *e, struct scrap *scrap,
                    const char **why)
{
    char *const *from = t->tls.suites_count ? t->tls.suites : t->policy.suites;
    size_t count =
        t->tls.suites_count ? t->tls.suites_count : t->policy.suites_count;
    char **list = scrap_alloc(scrap, (count + 1) * sizeof *list);
    size_t kept = 0;

    *why = "no suite of that key type is known to both";
    for (size_t i = 0; list && i < count; i++)
        if (strstr(from[i], e->text) &&
            (e->text[0] == 'E' || !strstr(from[i], "ECDSA")))
            list[kept++] = from[i];
    if (!list || kept == 0)
        return -1;
    t->tls.suites = list;
    t->tls.suites_count = kept;
    return 0;
}

static int lists(char *const *items, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (!strcmp(items[i], name))
            return 1;
    return 0;
}

int emit_offer_alpn(const struct situation *s, const struct change *c,
                    struct edits *out)
{
    const struct endpoint_tls *p = &s->trial->policy;

    for (size_t i = 0; i < p->alpn_count; i++)
        if (!lists(s->trial->tls.alpn, s->trial->tls.alpn_count, p->alpn[i]) &&
            edits_add(out, c, strdup(p->alpn[i]), NULL))
            return -1;
    return 0;
}

/* A list and one name more. */
static int list_add(char ***items, size_t *count, const char *name,
                    struct scrap *scrap)
{
    char **grown = scrap_alloc(scrap, (*count + 1) * sizeof *grown);
    char *text = scrap_text(scrap, name);

    if (!grown || !text)
        return -1;
    for (size_t i = 0; i < *count; i++)
        grown[i] = (*items)[i];
    grown[(*count)++] = text;
    *items = grown;
    return 0;
}

int apply_offer_alpn(struct trial *t, const struct edit *e, struct scrap *scrap,
                     const char **why)
{
    *why = "out of memory";
    return list_add(&t->tls.alpn, &t->tls.alpn_count, e->text, scrap);
}

int emit_list_alpn(const struct situation *s, const struct change *c,
                   struct edits *out)
{
    const struct endpoint_tls *p = &s->trial->policy;
    const struct device_tls *d = &s->trial->tls;

    for (size_t i = 0; p->alpn_count && i < d->alpn_count; i++)
        if (!lists(p->alpn, p->alpn_count, d->alpn[i]) &&
            edits_add(out, c, strdup(d->alpn[i]), NULL))
            return -1;
    return 0;
}

int apply_list_alpn(struct trial *t, const struct edit *e, struct scrap *scrap,
                    const char **why)
{
    *why = "out of memory";
    return list_add(&t->policy.alpn, &t->policy.alpn_count, e->text, scrap);
}

int emit_no_alpn_demand(const struct situation *s, const struct change *c,
                        struct edits *out)
{
    if (!s->trial->policy.alpn_required || s->trial->tls.alpn_count > 0)
        return 0;
    return edits_add(out, c, strdup(""), NULL);
}

int apply_no_alpn_demand(struct trial *t, const struct edit *e,
                         struct scrap *scrap, const char **why)
{
    (void)e;
    (void)scrap;
    (void)why;
    t->policy.alpn_required = 0;
    return 0;
}

int emit_send_name(const struct situation *s, const struct change *c,
                   struct edits *out)
{
    return s->trial->tls.sni ? 0 : edits_add(out, c, strdup(""), NULL);
}

int apply_send_name(struct trial *t, const struct edit *e, struct scrap *scrap,
                    const char **why)
{
    (void)e;
    (void)scrap;
    (void)why;
    t->tls.sni = 1;
    if (t->other)
        trial_swap_sides(t);
    return 0;
}

/* One version below the one that a box before the endpoint minds. */
int emit_cap_version(const struct situation *s, const struct change *c,
                     struct edits *out)
{
    int minded = s->trial->policy.close.offers;
    const char *max = s->trial->tls.max, *below;

    if (s->trial->policy.close.how == CLOSE_NEVER || minded <= 0x0301)
        return 0;
    below = tls_version_name((uint16_t)(minded - 1));
    if (max && strcmp(max, below) <= 0)
        return 0;
    return edits_add(out, c, strdup(below), NULL);
}

int apply_cap_version(struct trial *t, const struct edit *e,
                      struct scrap *scrap, const char **why)
{
    (void)scrap;
    if (t->tls.min && strcmp(t->tls.min, e->text) > 0) {
        *why = "the device offers no such version";
        return -1;
    }
    t->tls.max = (char *)tls_version_name(tls_version_parse(e->text));
    return 0;
}

int emit_let_through(const struct situation *s, const struct change *c,
                     struct edits *out)
{
    const struct endpoint_side *e = s->record->endpoint;

    if (s->trial->policy.close.how == CLOSE_NEVER)
        return 0;
    return edits_add(out, c, strdup(e && e->closed_on ? e->closed_on : ""),
                     NULL);
}

int apply_let_through(struct trial *t, const struct edit *e,
                      struct scrap *scrap, const char **why)
{
    (void)e;
    (void)scrap;
    (void)why;
    t->policy.close.how = CLOSE_NEVER;
    return 0;
}

int emit_security_level(const struct situation *s, const struct change *c,
                        struct edits *out)
{
    int level = s->record->shim ? s->record->shim->security_level : -1;
    struct edit e = {.value = level - 1};

    return level > 0 ? edits_add(out, c, format("%d", level - 1), &e) : 0;
}

int apply_security_level(struct trial *t, const struct edit *e,
                         struct scrap *scrap, const char **why)
{
    (void)scrap;
    (void)why;
    t->security_level = (int)e->value;
    return 0;
}

int emit_build(const struct situation *s, const struct change *c,
               struct edits *out)
{
    for (size_t i = s->builds_count; s->stack && i > 0; i--) {
        const struct build *b = &s->builds[i - 1];
        struct edit e = {.build = b};

        if (s->stack->family && !strcmp(b->family, s->stack->family) &&
            strcmp(b->name, s->stack->name) != 0 &&
            edits_add(out, c, strdup(b->name), &e))
            return -1;
    }
    return 0;
}

int apply_build(struct trial *t, const struct edit *e, struct scrap *scrap,
                const char **why)
{
    (void)scrap;
    (void)why;
    t->stack = e->build->stack;
    return 0;
}
