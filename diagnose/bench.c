/* A changed cell is judged by the same rules as any other, over a device and a
 * state that say what the changed trial says. */
#include "diagnose/bench.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/file.h"
#include "judge/outcome.h"

struct described {
    struct pki_cert *key;
    struct certificate fact;
};

void bench_init(struct bench *b, const struct diagnose_options *o)
{
    memset(b, 0, sizeof *b);
    b->options = o;
    b->scrap.pki = o->pki;
}

void bench_clear(struct bench *b)
{
    for (size_t i = 0; i < b->facts.room; i++) {
        struct described *d = b->facts.slots[i].value;

        if (!d)
            continue;
        certificate_clear(&d->fact);
        free(d);
    }
    map_clear(&b->facts);
    scrap_clear(&b->scrap);
}

static const struct certificate *fact_of(void *arg, struct pki_cert *c)
{
    struct bench *b = arg;
    struct described *d = map_get(&b->facts, &c, sizeof(void *));

    if (d)
        return &d->fact;
    d = calloc(1, sizeof *d);
    if (!d) {
        diag("out of memory");
        return NULL;
    }
    d->key = c;
    if (pki_describe(c, &d->fact) ||
        map_put(&b->facts, &d->key, sizeof(void *), d)) {
        certificate_clear(&d->fact);
        free(d);
        return NULL;
    }
    return &d->fact;
}

struct situation_calls bench_calls(struct bench *b)
{
    struct situation_calls calls = {fact_of, b};

    return calls;
}

char *bench_name(const struct edit *const *edits, size_t count, int64_t value)
{
    char *out = strdup("");

    for (size_t i = 0; out && i < count; i++) {
        const struct edit *e = edits[i];
        char *name = e->good ? format("%s %lld", e->change->name,
                                      (long long)(value ? value : e->value))
                             : edit_name(e);
        char *longer =
            name ? format("%s%s%s", out, i ? " + " : "", name) : NULL;

        free(name);
        free(out);
        out = longer;
    }
    if (!out)
        diag("out of memory");
    return out;
}

struct trial *bench_apply(struct bench *b, const struct trial *t,
                          const struct edit *const *edits, size_t count,
                          int64_t value, const char **why)
{
    char *name = bench_name(edits, count, value);
    char *suffix = name ? format("#%s", count ? name : "again") : NULL;
    struct trial *out = suffix ? trial_copy(t, suffix) : NULL;

    *why = "out of memory";
    for (size_t i = 0; out && i < count; i++) {
        struct edit e = *edits[i];

        if (value && e.good)
            e.value = value;
        if (e.change->apply(out, &e, &b->scrap, why)) {
            trial_free(out);
            out = NULL;
        }
    }
    free(name);
    free(suffix);
    return out;
}

static int facts_list(struct bench *b, const struct trial_list *from,
                      struct certificates_list *out)
{
    out->items = calloc(from->count + 1, sizeof(void *));
    out->count = 0;
    if (!out->items)
        return -1;
    for (size_t i = 0; i < from->count; i++) {
        out->items[i] = fact_of(b, from->items[i]);
        if (!out->items[i])
            return -1;
        out->count++;
    }
    return 0;
}

/* The device as the trial has it. */
static void device_of(const struct trial *t, const struct plan_device *from,
                      struct plan_device *out, struct device *d)
{
    static char kind[] = "rsa-2048";

    *out = *from;
    *d = *from->device;
    d->verify = t->verify;
    d->tls = t->tls;
    d->clock = CLOCK_FIXED;
    d->clock_value = t->clock;
    d->heap = t->heap;
    d->max_depth = t->max_depth;
    d->max_certificate = t->max_certificate;
    if (t->identity && !d->identity)
        d->identity = kind;
    out->device = d;
}

static const struct plan_stack *stack_of(const struct bench *b,
                                         const struct trial *t,
                                         const struct plan_stack *was)
{
    const struct build *builds = b->options->builds;

    for (size_t i = 0; i < b->options->builds_count; i++)
        if (builds[i].stack == t->stack &&
            strcmp(builds[i].name, was->name) != 0)
            return plan_stack(b->options->plan, builds[i].name);
    return was;
}

int bench_judge(struct bench *b, const struct trial *t,
                const struct situation *s, struct record *r)
{
    struct plan_device pd;
    struct device d;
    struct plan_state ps = *s->state;
    struct state st = *s->state->state;
    int status = -1;

    device_of(t, s->device, &pd, &d);
    memset(ps.chains, 0, sizeof ps.chains);
    memset(&pd.store, 0, sizeof pd.store);
    st.client_auth = (char *)t->client_auth;
    st.now = t->now;
    ps.state = &st;
    ps.tls = t->policy;
    if (facts_list(b, &t->anchors, &pd.store) == 0 &&
        facts_list(b, &t->chains[CHAIN_RSA], &ps.chains[CHAIN_RSA]) == 0 &&
        facts_list(b, &t->chains[CHAIN_ECDSA], &ps.chains[CHAIN_ECDSA]) == 0) {
        outcome_judge(r, &pd, stack_of(b, t, s->stack), &ps);
        status = 0;
    }
    free(pd.store.items);
    free(ps.chains[CHAIN_RSA].items);
    free(ps.chains[CHAIN_ECDSA].items);
    return status;
}
