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

enum { FIRST_SET = 2, LAST_SET = 5 };

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
    }
    return 0;
}

static struct trial *with_set(struct pki *p, const struct trial *t, int set)
{
    char *suffix = format("#keys %d", set);
    struct trial *out = suffix ? trial_copy(t, suffix) : NULL;

    free(suffix);
    if (out && list_swap(p, out, &out->anchors, set) == 0 &&
        list_swap(p, out, &out->chains[CHAIN_RSA], set) == 0 &&
        list_swap(p, out, &out->chains[CHAIN_ECDSA], set) == 0)
        return out;
    trial_free(out);
    return NULL;
}

struct check {
    struct bench *bench;
    struct trial *trials[LAST_SET - FIRST_SET + 1];
    struct situation at;
    enum outcome was;
    size_t count, others;
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

static int check_one(struct bench *b, struct judgement *j, struct check *c)
{
    const struct diagnose_options *o = b->options;
    struct lab_order order[LAST_SET - FIRST_SET + 1] = {{0}};
    struct trial *t = o->trial(o->arg, j->cell);
    int status = t ? 0 : -1;

    c->bench = b;
    c->was = outcome_of(o, j);
    for (int set = FIRST_SET; t && set <= LAST_SET; set++) {
        struct trial *other = with_set(o->pki, t, set);

        if (!other)
            continue;
        c->trials[c->count] = other;
        order[c->count++].stack = other->stack;
    }
    trial_free(t);
    if (status == 0 && c->count > 0)
        status = lab_run(o->lab, order, c->count, on_trial, on_result, c);
    if (status == 0 && c->others > 0)
        status = note_add(
            j, format("depends on the twin's keys: certificates of one name "
                      "have no key identifier, and with %zu of %zu other sets "
                      "of keys the outcome is another one",
                      c->others, c->count));
    for (size_t i = 0; i < c->count; i++)
        trial_free(c->trials[i]);
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
