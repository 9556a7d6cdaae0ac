/* A library that takes its anchors in the order of their keys' hashes connects
 * with one set of random keys and not with another: that is no answer about
 * the device until both were seen. */
#include "diagnose/keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/file.h"
#include "diagnose/failure.h"

/* With a build that takes the right one of two anchors by chance, one verdict
 * in 2^(SETS + 1) is the same with all sets; with four sets it was one in 16.
 * They run in batches, and the first batch that differs ends it. */
enum { FIRST_SET = 2, SETS = 16, BATCH = 4 };

static int clash(const struct certificate *a, const struct certificate *b)
{
    return !strcmp(a->subject, b->subject) &&
           strcmp(a->spki_sha256, b->spki_sha256) != 0 &&
           (!a->subject_key_id || !b->subject_key_id);
}

static int clashes(const struct certificates_list *a,
                   const struct certificates_list *b)
{
    for (size_t i = 0; i < a->count; i++)
        for (size_t k = 0; k < b->count; k++)
            if (clash(a->items[i], b->items[k]))
                return 1;
    return 0;
}

int keys_repeat(const struct plan_device *d, const struct plan_state *st)
{
    if (clashes(&d->store, &d->store))
        return 1;
    for (int k = 0; k < CHAINS; k++)
        if (clashes(&d->store, &st->chains[k]) ||
            clashes(&st->chains[k], &st->chains[k]))
            return 1;
    return 0;
}

static void pin_swap(struct trial_pin *pin, struct pki_cert *was,
                     struct pki_cert *other)
{
    const char *hash = NULL;

    if (!strcmp(pin->hash, pki_certificate_sha256(was)))
        hash = pki_certificate_sha256(other);
    else if (!strcmp(pin->hash, pki_spki_sha256(was)))
        hash = pki_spki_sha256(other);
    if (hash)
        snprintf(pin->hash, sizeof pin->hash, "%s", hash);
}

static int list_swap(struct pki *p, struct trial *t, struct trial_list *l,
                     int set)
{
    for (size_t i = 0; i < l->count; i++) {
        struct pki_cert *was = l->items[i];
        struct pki_cert *other = pki_alternative(p, was, set);

        if (!other)
            return -1;
        l->items[i] = other;
        for (size_t k = 0; k < t->pins_count; k++)
            pin_swap(&t->pins[k], was, other);
        for (size_t k = 0; k < t->settings_count; k++)
            if (t->settings[k].cert == was)
                t->settings[k].cert = other;
    }
    return 0;
}

/* Is it of the name of one of these, or of the name of its issuer? */
static int is_near(const struct pki_cert *c, const struct trial_list *l)
{
    for (size_t i = 0; i < l->count; i++)
        if (!strcmp(pki_subject(c), pki_issuer(l->items[i])) ||
            !strcmp(pki_subject(c), pki_subject(l->items[i])))
            return 1;
    return 0;
}

/* The anchors on a way up from what is sent; the others can have any keys. */
static struct trial_list near_anchors(const struct trial *t)
{
    struct trial_list out = {calloc(t->anchors.count + 1, sizeof(void *)), 0};
    char *taken = calloc(t->anchors.count + 1, 1);
    size_t before = SIZE_MAX;

    while (out.items && taken && before != out.count) {
        before = out.count;
        for (size_t i = 0; i < t->anchors.count; i++) {
            struct pki_cert *c = t->anchors.items[i];

            if (taken[i] ||
                !(is_near(c, &t->chains[CHAIN_RSA]) ||
                  is_near(c, &t->chains[CHAIN_ECDSA]) || is_near(c, &out)))
                continue;
            taken[i] = 1;
            out.items[out.count++] = c;
        }
    }
    free(taken);
    return out;
}

static int is_in(const struct trial_list *l, const struct pki_cert *c)
{
    for (size_t i = 0; i < l->count; i++)
        if (l->items[i] == c)
            return 1;
    return 0;
}

static int anchors_swap(struct pki *p, struct trial *t, struct trial_list *l,
                        const struct trial_list *near, int set)
{
    int status = 0;

    for (size_t i = 0; i < l->count && status == 0; i++) {
        struct trial_list one = {&l->items[i], 1};

        if (is_in(near, l->items[i]))
            status = list_swap(p, t, &one, set);
    }
    return status;
}

static struct trial *with_set(struct pki *p, const struct trial *t, int set)
{
    char *suffix = format("#keys %d", set);
    struct trial *out = suffix ? trial_copy(t, suffix) : NULL;
    struct trial_list near = near_anchors(t);

    free(suffix);
    if (!near.items || !out ||
        anchors_swap(p, out, &out->anchors, &near, set) ||
        anchors_swap(p, out, &out->distrusted, &near, set) ||
        list_swap(p, out, &out->chains[CHAIN_RSA], set) ||
        list_swap(p, out, &out->chains[CHAIN_ECDSA], set)) {
        trial_free(out);
        out = NULL;
    }
    free(near.items);
    return out;
}

struct check {
    struct bench *bench;
    struct trial *trials[BATCH];
    size_t count; /* of trials */
    struct situation at;
    enum outcome was;
    size_t sets, others; /* run so far; of these with another outcome */
};

static struct trial *on_trial(void *arg, size_t index)
{
    struct check *c = arg;

    return trial_copy(c->trials[index], "");
}

static int on_result(void *arg, size_t index, struct record *r)
{
    struct check *c = arg;
    const struct diagnose_options *o = c->bench->options;
    int status = bench_judge(c->bench, c->trials[index], &c->at, r);

    if (status == 0 && outcome_is_statement(r->outcome) && r->outcome != c->was)
        c->others++;
    if (status == 0 && o->keep)
        status = o->keep(o->arg, r);
    record_free(r);
    return status;
}

static int note_add(struct judgement *j, char *note)
{
    char **grown = realloc(j->notes, (j->notes_count + 1) * sizeof *grown);

    if (!grown || !note) {
        if (grown)
            j->notes = grown;
        free(note);
        diag("out of memory");
        return -1;
    }
    j->notes = grown;
    j->notes[j->notes_count++] = note;
    return 0;
}

static enum outcome outcome_of(const struct diagnose_options *o,
                               const struct judgement *j)
{
    struct record *r = o->record(o->arg, j->cell);
    enum outcome out = r ? r->outcome : OUTCOME_ERROR;

    record_free(r);
    return out;
}

/* Sets from first on. 0; 1 interrupted; -1 reported. */
static int run_batch(struct check *c, const struct trial *t, int first)
{
    const struct diagnose_options *o = c->bench->options;
    struct lab_order order[BATCH] = {{0}};
    int status = 0;

    c->count = 0;
    for (int i = 0; i < BATCH; i++) {
        struct trial *other = with_set(o->pki, t, first + i);

        if (!other)
            continue;
        c->trials[c->count] = other;
        order[c->count++].stack = other->stack;
    }
    if (c->count > 0)
        status = lab_run(o->lab, order, c->count, on_trial, on_result, c);
    for (size_t i = 0; i < c->count; i++)
        trial_free(c->trials[i]);
    c->sets += c->count;
    return status;
}

static int check_one(struct bench *b, struct judgement *j, struct check *c)
{
    const struct diagnose_options *o = b->options;
    struct trial *t = o->trial(o->arg, j->cell);
    int status = t ? 0 : -1;

    c->bench = b;
    c->was = outcome_of(o, j);
    for (int i = 0; status == 0 && i < SETS && c->others == 0; i += BATCH)
        status = run_batch(c, t, FIRST_SET + i);
    trial_free(t);
    if (status == 0 && c->others > 0)
        status = note_add(
            j, format("depends on the twin's keys: certificates of one name "
                      "have no key identifier, and with %zu of %zu other sets "
                      "of keys the outcome is another one",
                      c->others, c->sets));
    return status;
}

int keys_check(struct bench *b, struct judgements *all)
{
    for (size_t i = 0; i < all->count; i++) {
        struct judgement *j = &all->items[i];
        struct check c = {0};
        int status;

        if (!verdict_is_statement(j->verdict) ||
            failure_place(b->options, j, &c.at) ||
            !keys_repeat(c.at.device, c.at.state))
            continue;
        status = check_one(b, j, &c);
        if (status)
            return status;
    }
    return 0;
}
