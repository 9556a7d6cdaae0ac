/* Changes of the endpoint's TLS policy and of its records. */
#include "diagnose/change_rows.h"

#include <stdlib.h>
#include <string.h>

#include "diagnose/words.h"

static const struct hello *hello_of(const struct situation *s)
{
    return s->record->endpoint ? s->record->endpoint->hello : NULL;
}

/* The newest that the device offers and the endpoint does not speak. */
int emit_speak_version(const struct situation *s, const struct change *c,
                       struct edits *out)
{
    const struct hello *h = hello_of(s);
    const struct endpoint_tls *p = &s->trial->policy;

    for (size_t i = 0; h && i < h->versions_count; i++) {
        const char *v = h->versions[i];

        if ((p->min && strcmp(v, p->min) < 0) ||
            (p->max && strcmp(v, p->max) > 0))
            if (edits_add(out, c, strdup(v), NULL))
                return -1;
    }
    return 0;
}

static int is_in(char *const *items, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (!strcmp(items[i], name))
            return 1;
    return 0;
}

/* A list and those that hold in it for every version: an older version needs
 * suites that a policy for newer ones has not. */
static int list_join(char ***items, size_t *count, const char *const *more,
                     struct scrap *scrap)
{
    size_t n = 0;
    char **joined;

    while (more[n])
        n++;
    joined = scrap_alloc(scrap, (*count + n + 1) * sizeof *joined);
    if (!joined)
        return -1;
    for (size_t i = 0; i < *count; i++)
        joined[i] = (*items)[i];
    for (size_t i = 0; i < n; i++)
        if (!is_in(joined, *count, more[i])) {
            joined[*count] = scrap_text(scrap, more[i]);
            if (!joined[(*count)++])
                return -1;
        }
    *items = joined;
    return 0;
}

static const char *const suites_of_12[] = {
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
    "TLS_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_RSA_WITH_AES_128_CBC_SHA",
    "TLS_RSA_WITH_AES_256_CBC_SHA",
    NULL};
static const char *const suites_of_13[] = {
    "TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256", NULL};

int apply_speak_version(struct trial *t, const struct edit *e,
                        struct scrap *scrap, const char **why)
{
    char *version = scrap_text(scrap, e->text);
    struct endpoint_tls *p = &t->policy;

    *why = "out of memory";
    if (!version)
        return -1;
    if (p->min && strcmp(version, p->min) < 0)
        p->min = version;
    if (p->max && strcmp(version, p->max) > 0)
        p->max = version;
    return p->suites_count == 0
               ? 0
               : list_join(&p->suites, &p->suites_count,
                           strcmp(version, "1.3") < 0 ? suites_of_12
                                                      : suites_of_13,
                           scrap);
}

int emit_accept_suites(const struct situation *s, const struct change *c,
                       struct edits *out)
{
    return hello_of(s) && s->trial->policy.suites_count
               ? edits_add(out, c, strdup(""), NULL)
               : 0;
}

/* What OpenSSL calls by a name: all of them; the server's order stays. */
int apply_accept_suites(struct trial *t, const struct edit *e,
                        struct scrap *scrap, const char **why)
{
    struct endpoint_tls *p = &t->policy;

    (void)e;
    *why = "out of memory";
    return list_join(&p->suites, &p->suites_count, suites_of_12, scrap);
}

int emit_accept_groups(const struct situation *s, const struct change *c,
                       struct edits *out)
{
    const struct endpoint_tls *p = &s->trial->policy;

    return p->groups_count || p->signature_algorithms_count
               ? edits_add(out, c, strdup(""), NULL)
               : 0;
}

int apply_accept_groups(struct trial *t, const struct edit *e,
                        struct scrap *scrap, const char **why)
{
    (void)e;
    (void)scrap;
    (void)why;
    t->policy.groups_count = 0;
    t->policy.signature_algorithms_count = 0;
    return 0;
}

static int same_text(const char *a, const char *b)
{
    return a == b || (a && b && !strcmp(a, b));
}

static int same_close(const struct endpoint_close *a,
                      const struct endpoint_close *b)
{
    return a->how == b->how && a->offers == b->offers &&
           a->without_name == b->without_name && a->hello_over == b->hello_over;
}

static int same_policy(const struct endpoint_tls *a,
                       const struct endpoint_tls *b)
{
    if (!same_text(a->min, b->min) || !same_text(a->max, b->max) ||
        a->suites_count != b->suites_count ||
        a->groups_count != b->groups_count ||
        a->signature_algorithms_count != b->signature_algorithms_count ||
        a->alpn_count != b->alpn_count ||
        a->alpn_required != b->alpn_required ||
        a->ignore_max_fragment_length != b->ignore_max_fragment_length ||
        a->max_record != b->max_record || a->tickets != b->tickets ||
        a->ticket_padding != b->ticket_padding || a->staple != b->staple ||
        !same_close(&a->close, &b->close))
        return 0;
    for (size_t i = 0; i < a->suites_count; i++)
        if (strcmp(a->suites[i], b->suites[i]) != 0)
            return 0;
    return 1;
}

int emit_policy_before(const struct situation *s, const struct change *c,
                       struct edits *out)
{
    struct edit e = {.before = s->before};

    if (!s->before || same_policy(&s->before->policy, &s->trial->policy))
        return 0;
    return edits_add(out, c, strdup(s->state_before->state->name), &e);
}

int apply_policy_before(struct trial *t, const struct edit *e,
                        struct scrap *scrap, const char **why)
{
    (void)scrap;
    (void)why;
    t->policy = e->before->policy;
    return 0;
}

enum { RECORD_MOST = 16384 };

int emit_larger_records(const struct situation *s, const struct change *c,
                        struct edits *out)
{
    struct edit e = {.value = RECORD_MOST};
    int64_t now = s->trial->policy.max_record;

    return now > 0 && now < RECORD_MOST ? edits_add(out, c, strdup(""), &e) : 0;
}

int emit_smaller_records(const struct situation *s, const struct change *c,
                         struct edits *out)
{
    struct edit e = {.value = 2048};
    int64_t now = s->trial->policy.max_record;

    return now == 0 || now > e.value ? edits_add(out, c, strdup(""), &e) : 0;
}

int apply_records(struct trial *t, const struct edit *e, struct scrap *scrap,
                  const char **why)
{
    (void)scrap;
    (void)why;
    t->policy.max_record = e->value;
    return 0;
}

int emit_smaller_tickets(const struct situation *s, const struct change *c,
                         struct edits *out)
{
    return s->trial->policy.ticket_padding ? edits_add(out, c, strdup(""), NULL)
                                           : 0;
}

int apply_smaller_tickets(struct trial *t, const struct edit *e,
                          struct scrap *scrap, const char **why)
{
    (void)e;
    (void)scrap;
    (void)why;
    t->policy.ticket_padding = 0;
    return 0;
}

int emit_no_tickets(const struct situation *s, const struct change *c,
                    struct edits *out)
{
    return s->trial->policy.tickets ? edits_add(out, c, strdup(""), NULL) : 0;
}

int apply_no_tickets(struct trial *t, const struct edit *e, struct scrap *scrap,
                     const char **why)
{
    (void)e;
    (void)scrap;
    (void)why;
    t->policy.tickets = t->policy.ticket_padding = 0;
    return 0;
}
