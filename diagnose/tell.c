/* What a search found, as the words of a judgement. */
#include "diagnose/failure.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/file.h"
#include "diagnose/cause.h"
#include "diagnose/words.h"

enum { MENDS = 3 }; /* per side */

struct flip {              /* an attempt that does what it should */
    size_t attempt, least; /* least: the one that proves the least value */
    int cost, explains;
    size_t count;
    enum side side;
};

struct flips {
    struct flip *items;
    size_t count;
};

static const struct edit *edit_of(const struct failure *f,
                                  const struct attempt *a, size_t i)
{
    return &f->edits.items[a->edits[i]];
}

/* Does fewer of its changes do too? */
static int has_too_many(const struct failure *f, const struct attempt *a)
{
    for (size_t i = 1; i < search_attempts(f->search); i++) {
        const struct attempt *o = search_attempt(f->search, i);
        size_t shared = 0;

        if (o->answer != ANSWER_FLIPPED || o->count >= a->count)
            continue;
        for (size_t k = 0; k < o->count; k++)
            for (size_t l = 0; l < a->count; l++)
                shared += o->edits[k] == a->edits[l];
        if (shared == o->count)
            return 1;
    }
    return 0;
}

/* Cheapest first; of one cost the first that was tried. */
static int compare(const void *one, const void *two)
{
    const struct flip *a = one, *b = two;

    if (a->cost != b->cost)
        return a->cost < b->cost ? -1 : 1;
    return (a->attempt > b->attempt) - (a->attempt < b->attempt);
}

static int flips_find(const struct failure *f, struct flips *out)
{
    size_t n = search_attempts(f->search);

    out->count = 0;
    out->items = calloc(n + 1, sizeof *out->items);
    if (!out->items) {
        diag("out of memory");
        return -1;
    }
    for (size_t i = 1; i < n; i++) {
        const struct attempt *a = search_attempt(f->search, i);
        struct flip flip = {i, i, 0, 0, a->count, a->side};

        if (a->answer != ANSWER_FLIPPED || a->narrows != i ||
            has_too_many(f, a))
            continue;
        for (size_t k = 0; k < a->count; k++) {
            flip.cost += edit_of(f, a, k)->change->cost;
            flip.explains += edit_of(f, a, k)->change->explains;
        }
        flip.least = search_least(f->search, i);
        out->items[out->count++] = flip;
    }
    qsort(out->items, out->count, sizeof *out->items, compare);
    return 0;
}

/* The nearest to the cause: fewest changes first. */
static const struct flip *nearest(const struct flips *l)
{
    const struct flip *best = NULL;

    for (size_t i = 0; i < l->count; i++) {
        const struct flip *c = &l->items[i];

        if (!best || c->count < best->count ||
            (c->count == best->count && c->explains < best->explains))
            best = c;
    }
    return best;
}

/* The edit with the value that was found to be enough. */
static struct edit edit_at(const struct failure *f, const struct flip *flip,
                           size_t i)
{
    const struct attempt *a = search_attempt(f->search, flip->attempt);
    struct edit e = *edit_of(f, a, i);
    int64_t value = search_attempt(f->search, flip->least)->value;

    if (e.good && value)
        e.value = value;
    return e;
}

/* The situation in which a change was made: that of the unchanged cell, or what
 * the changes before it had led to. */
static const struct situation *place_of(const struct failure *f,
                                        const struct attempt *a, size_t at)
{
    for (size_t i = 0; at > 0 && i < f->steps_count; i++) {
        const struct attempt *s =
            search_attempt(f->search, f->steps[i]->attempt);
        int same = s->count == at && f->steps[i]->trial;

        for (size_t k = 0; same && k < at; k++)
            same = s->edits[k] == a->edits[k];
        if (same)
            return &f->steps[i]->at;
    }
    return &f->at;
}

static char *cause_one(const struct situation *s, const struct edit *e)
{
    char *cause = e->change->cause(s, e);

    return cause ? cause : cause_observed(s);
}

static char *join(char *a, const char *between, char *b)
{
    char *out = a && b ? format("%s%s%s", a, between, b) : NULL;

    free(a);
    free(b);
    return out;
}

static char *cause_of(const struct failure *f, const struct flip *flip)
{
    const struct attempt *a = search_attempt(f->search, flip->attempt);
    char *out = NULL;

    for (size_t i = 0; i < a->count; i++) {
        struct edit e = edit_at(f, flip, i);
        char *next = cause_one(place_of(f, a, i), &e);

        if (out && next && !strcmp(out, next))
            free(next);
        else
            out = i ? join(out, "; with that mended, ", next) : next;
    }
    return words_sentence(out);
}

static char *mend_of(const struct failure *f, const struct flip *flip)
{
    const struct attempt *a = search_attempt(f->search, flip->attempt);
    char *out = NULL;

    for (size_t i = 0; i < a->count; i++) {
        struct edit e = edit_at(f, flip, i);
        char *next = words_fill(e.change->mend, place_of(f, a, i), &e);

        out = i ? join(out, ", and ", next) : next;
    }
    return out;
}

static const struct experiment *experiment_of(const struct failure *f,
                                              size_t attempt)
{
    for (size_t i = 0; i < f->experiments_count; i++)
        if (f->attempt_of[i] == attempt)
            return &f->experiments[i];
    return NULL;
}

static int mend_add(struct judgement *j, const struct failure *f,
                    const struct flip *flip)
{
    const struct experiment *e = experiment_of(f, flip->least);
    struct mend *grown =
        e ? realloc(j->mends, (j->mends_count + 1) * sizeof *grown) : NULL;
    struct mend m = {.side = flip->side, .outcome = OUTCOME_CONNECTED};

    if (!grown) {
        diag("out of memory");
        return -1;
    }
    j->mends = grown;
    m.outcome = e->outcome;
    m.change = strdup(e->change);
    m.cell = strdup(e->cell);
    m.text = words_sentence(mend_of(f, flip));
    if (!m.change || !m.cell || !m.text) {
        mend_clear(&m);
        return -1;
    }
    j->mends[j->mends_count++] = m;
    return 0;
}

/* The cheapest of each side in one sentence; where one side has none, the two
 * cheapest of the other. */
static char *mend_sentence(const struct failure *f, const struct flips *l)
{
    size_t of_side[SIDES] = {0}, most, shown[SIDES] = {0};
    char *out = NULL;

    for (size_t i = 0; i < l->count; i++)
        of_side[l->items[i].side]++;
    most = of_side[SIDE_DEVICE] && of_side[SIDE_ENDPOINT] ? 1 : 2;
    for (int side = 0; side < SIDES; side++)
        for (size_t i = 0; i < l->count; i++) {
            if (l->items[i].side != (enum side)side || shown[side] == most)
                continue;
            shown[side]++;
            out = out ? words_or(out, mend_of(f, &l->items[i]))
                      : mend_of(f, &l->items[i]);
        }
    return words_sentence(out);
}

static int tell_found(struct failure *f, struct judgement *j)
{
    struct flips l;
    size_t shown[SIDES] = {0};
    int status = flips_find(f, &l);

    if (status == 0 && l.count > 0) {
        j->cause = cause_of(f, nearest(&l));
        j->mend = mend_sentence(f, &l);
    }
    for (size_t i = 0; i < l.count && status == 0; i++)
        if (shown[l.items[i].side]++ < MENDS)
            status = mend_add(j, f, &l.items[i]);
    free(l.items);
    return status || !j->cause || !j->mend ? -1 : 0;
}

/* Why nothing is said of a mend. */
static char *tried(const struct failure *f)
{
    size_t n = search_ran(f->search);

    switch (search_end(f->search)) {
    case SEARCH_UNSTABLE:
        return format("run again, the unchanged cell did not fail like that "
                      "(%s, %s), so nothing was tried",
                      f->record ? outcome_name(f->record->outcome)
                                : "no record",
                      f->record ? reason_name(f->record->reason) : "no reason");
    case SEARCH_CANNOT_TELL:
        return format("none of %zu changes that could be tried mends it, and "
                      "some could not be tried",
                      n ? n - 1 : 0);
    case SEARCH_BOUND:
        return format("none of the %zu changes that were tried mends it, and "
                      "the bound of experiments is reached",
                      n ? n - 1 : 0);
    default:
        return format("none of the %zu changes that were tried mends it",
                      n ? n - 1 : 0);
    }
}

static int tell_nothing(struct failure *f, struct judgement *j)
{
    char *seen = NULL;

    j->undiagnosed = 1;
    if (f->at.record && f->at.chain.items)
        seen = cause_observed(&f->at);
    if (!seen)
        seen = strdup(reason_sentence(j->reason));
    j->cause = words_sentence(join(seen, "; ", tried(f)));
    return j->cause ? 0 : -1;
}

static int copy_experiments(const struct failure *f, struct judgement *j)
{
    j->experiments = calloc(f->experiments_count + 1, sizeof *j->experiments);
    if (!j->experiments)
        return -1;
    for (size_t i = 0; i < f->experiments_count; i++) {
        struct experiment *e = &j->experiments[i];

        *e = f->experiments[i];
        e->change = strdup(e->change);
        e->cell = strdup(e->cell);
        j->experiments_count++;
        if (!e->change || !e->cell)
            return -1;
    }
    return 0;
}

/* In the order in which they were thought of: which one ended first tells
 * nothing, and the same input gives the same verdicts. */
static void sort_experiments(struct failure *f)
{
    for (size_t i = 1; i < f->experiments_count; i++) {
        struct experiment e = f->experiments[i];
        size_t of = f->attempt_of[i], k = i;

        for (; k > 0 && f->attempt_of[k - 1] > of; k--) {
            f->experiments[k] = f->experiments[k - 1];
            f->attempt_of[k] = f->attempt_of[k - 1];
        }
        f->experiments[k] = e;
        f->attempt_of[k] = of;
    }
}

int failure_tell(struct failure *f, struct judgement *j)
{
    int found = search_end(f->search) == SEARCH_FOUND;
    int status;

    sort_experiments(f);
    status = found ? tell_found(f, j) : tell_nothing(f, j);
    return status ? status : copy_experiments(f, j);
}

/* What is no refusal has its note, what refuses as it should its reason. */
int failure_observe(struct bench *b, struct judgement *j)
{
    const struct diagnose_options *o = b->options;
    struct situation s = {.calls = bench_calls(b)};
    struct record *r = o->record(o->arg, j->cell);
    struct trial *t = NULL;
    int is_refusal = r && r->outcome == OUTCOME_REFUSED;
    int status = 0;

    if (!is_refusal) {
        j->cause = words_sentence(
            strdup(r && r->note ? r->note : "no statement can be made"));
        record_free(r);
        return j->cause ? 0 : -1;
    }
    t = o->trial(o->arg, j->cell);
    s.trial = t;
    s.record = r;
    if (!t || failure_place(o, j, &s) || situation_init(&s))
        status = -1;
    else
        j->cause = words_sentence(cause_observed(&s));
    situation_clear(&s);
    trial_free(t);
    record_free(r);
    return status;
}
