/* One experiment by hand: its changes are made one by one, since what can be
 * changed may stand only once something else was. */
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/file.h"
#include "diagnose/diagnose.h"
#include "diagnose/failure.h"

enum { MOST = SEARCH_DEPTH };

struct hand { /* what is run, and what came of it */
    struct trial *trial;
    struct record *record;
};

struct walk { /* from the unchanged cell to the changed one */
    struct bench *bench;
    const struct trial *trial;
    const struct situation *at;
    const char *change; /* NULL: the cell is run again as it is */
    struct edit edits[MOST];
    size_t count;
    struct step *steps[MOST]; /* with as many changes made, or NULL; edits may
                                 point into them */
};

static struct trial *on_trial(void *arg, size_t index)
{
    struct hand *h = arg;

    (void)index;
    return trial_copy(h->trial, "");
}

static int on_result(void *arg, size_t index, struct record *r)
{
    struct hand *h = arg;

    (void)index;
    h->record = r;
    return 0;
}

static struct record *run(struct bench *b, struct trial *t,
                          const struct situation *s)
{
    struct hand h = {t, NULL};
    struct lab_order order = {t->stack, 0};

    if (lab_run(b->options->lab, &order, 1, on_trial, on_result, &h) ||
        !h.record || bench_judge(b, t, s, h.record)) {
        record_free(h.record);
        return NULL;
    }
    return h.record;
}

/* What the changes so far have led to; NULL reported. */
static struct step *look(struct walk *w)
{
    const struct edit *made[MOST];
    struct step *step = calloc(1, sizeof *step);
    const char *why = "";

    if (!step) {
        diag("out of memory");
        return NULL;
    }
    for (size_t i = 0; i < w->count; i++)
        made[i] = &w->edits[i];
    step->trial = bench_apply(w->bench, w->trial, made, w->count, 0, &why);
    if (!step->trial)
        diag("%s: this cannot be tried: %s", w->change ? w->change : "again",
             why);
    else
        step->record = run(w->bench, step->trial, w->at);
    if (step->record && step_look(step, w->at) == 0)
        return step;
    step_free(step);
    return NULL;
}

/* In a situation as if the chain of the other key type were served: where the
 * handshake did not come so far, nobody knows which is. */
static int find_turned(const struct situation *s, const char *text,
                       struct edit *e)
{
    struct situation turned = *s;

    turned.served = s->served == CHAIN_RSA ? CHAIN_ECDSA : CHAIN_RSA;
    turned.chain = s->other;
    turned.other = s->chain;
    return s->other.count > 0 ? changes_find(&turned, text, e) : 0;
}

/* A change is looked for in what stands once those before it are made, then in
 * the unchanged cell. 1: found; 0: not there; -1 reported. */
static int find(struct walk *w, const char *text)
{
    struct edit *e = &w->edits[w->count];
    struct step **step = &w->steps[w->count];
    int found = 0;

    if (w->count > 0 && !*step) {
        *step = look(w);
        if (!*step)
            return -1;
    }
    if (*step)
        found = changes_find(&(*step)->at, text, e);
    if (found == 0)
        found = changes_find(w->at, text, e);
    if (found == 0)
        found = find_turned(w->at, text, e);
    w->count += found > 0;
    return found;
}

/* The first of `parts` that is there; it is taken out of them. */
static int find_one(struct walk *w, char *parts[MOST], size_t count)
{
    size_t first = MOST;

    for (size_t i = 0; i < count; i++) {
        int found = parts[i] ? find(w, parts[i]) : 0;

        if (found < 0)
            return -1;
        if (found > 0) {
            parts[i] = NULL;
            return 0;
        }
        if (parts[i] && first == MOST)
            first = i;
    }
    changes_refuse(w->steps[w->count] ? &w->steps[w->count]->at : w->at,
                   parts[first]);
    return -1;
}

/* "a + b" to edits. Their order does not matter: b may be there only once a is
 * made, or a once b is. */
static int find_all(struct walk *w)
{
    char *copy = strdup(w->change), *at = copy, *next, *parts[MOST];
    size_t count = 0;
    int status = copy ? 0 : -1;

    for (; at && count < MOST; at = next ? next + 3 : NULL) {
        next = strstr(at, " + ");
        if (next)
            *next = '\0';
        parts[count++] = at;
    }
    if (at) {
        diag("%s: %d changes at a time, at most", w->change, MOST);
        status = -1;
    }
    for (size_t i = 0; i < count && status == 0; i++)
        status = find_one(w, parts, count);
    free(copy);
    return status;
}

static struct record *change_and_run(struct walk *w)
{
    struct step *last = NULL;
    struct record *r = NULL;

    if (!w->change || find_all(w) == 0)
        last = look(w);
    if (last) {
        r = last->record;
        last->record = NULL;
    }
    step_free(last);
    for (size_t i = 0; i < MOST; i++) {
        edit_clear(&w->edits[i]);
        step_free(w->steps[i]);
    }
    return r;
}

static char *cell_before(const struct judgement *j)
{
    return j->verdict == VERDICT_BREAKS
               ? format("%s/%s/%s", j->scenario, j->before, j->device)
               : NULL;
}

struct record *diagnose_try(const struct diagnose_options *o,
                            const struct judgement *j, const char *change)
{
    struct bench b;
    struct situation s = {0};
    char *before = cell_before(j);
    struct trial *t = o->trial(o->arg, j->cell);
    struct trial *earlier = before ? o->trial(o->arg, before) : NULL;
    struct record *seen = o->record(o->arg, j->cell), *r = NULL;
    struct walk walk = {.bench = &b, .trial = t, .at = &s, .change = change};

    bench_init(&b, o);
    s.calls = bench_calls(&b);
    s.trial = t;
    s.before = earlier;
    s.record = seen;
    if (t && seen && failure_place(o, j, &s) == 0 && situation_init(&s) == 0)
        r = change_and_run(&walk);
    situation_clear(&s);
    bench_clear(&b);
    record_free(seen);
    trial_free(earlier);
    trial_free(t);
    free(before);
    return r;
}
