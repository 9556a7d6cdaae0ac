/* All failures of a run, a window of them at a time: each round is one batch of
 * trials in the lab. */
#include "diagnose/diagnose.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"
#include "diagnose/evidence.h"
#include "diagnose/failure.h"
#include "diagnose/keys.h"

enum {
    WINDOW = 256, /* failures at a time */
    LEAST = 5,    /* experiments of a failure, if it must be */
    USUAL = 24,
    LONG = 40, /* if nothing flips */
    MOST = 60,
    ROOMY = 12, /* from that many on, several mends per side are looked for */
    MENDS = 3,
    WIDE = 8
};

struct entry { /* a distinct failure */
    struct evidence evidence;
    size_t first; /* the judgement that is run */
    struct failure *failure;
};

struct run {
    const struct diagnose_options *options;
    struct judgements *judgements;
    struct bench bench;
    struct entry *entries;
    size_t entries_count, next; /* next: not begun yet */
    size_t *entry_of;           /* of a judgement; SIZE_MAX: none */
    struct map by_evidence;
    size_t active[WINDOW], active_count;
    struct search_bounds bounds;
    size_t spent;
    double told;
};

struct batch {
    struct trial **trials;
    struct lab_order *order;
    struct failure **failures;
    size_t *attempts;
    size_t count;
    struct run *run;
    int status;
};

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* In place on a terminal, a line every two seconds elsewhere. */
static void progress(struct run *r, int last)
{
    int terminal = isatty(STDERR_FILENO);
    double now = seconds();
    size_t done = r->next - r->active_count;

    if (r->options->quiet || (!last && now - r->told < (terminal ? 0.2 : 2.0)))
        return;
    if (last && !terminal)
        return;
    r->told = now;
    fprintf(stderr, "%s%zu of %zu failures diagnosed, %zu experiments%s",
            terminal ? "\r" : "", done, r->entries_count, r->spent,
            terminal && !last ? "   " : "\n");
}

static int is_failure(const struct judgement *j)
{
    return j->verdict == VERDICT_BREAKS || j->verdict == VERDICT_INSECURE ||
           j->verdict == VERDICT_ALREADY_BROKEN;
}

static char *cell_before(const struct judgement *j)
{
    return j->verdict == VERDICT_BREAKS
               ? format("%s/%s/%s", j->scenario, j->before, j->device)
               : NULL;
}

static int trials_of(const struct run *r, const struct judgement *j,
                     struct trial **trial, struct trial **before)
{
    const struct diagnose_options *o = r->options;
    char *cell = cell_before(j);

    *before = cell ? o->trial(o->arg, cell) : NULL;
    *trial = o->trial(o->arg, j->cell);
    free(cell);
    if (*trial && (*before || j->verdict != VERDICT_BREAKS))
        return 0;
    trial_free(*trial);
    trial_free(*before);
    return -1;
}

/* One entry per distinct failure. */
static int entry_add(struct run *r, size_t index)
{
    const struct judgement *j = &r->judgements->items[index];
    struct trial *trial, *before;
    struct evidence e;
    struct entry *known;

    if (trials_of(r, j, &trial, &before))
        return -1;
    e = evidence_of(j, trial, before);
    trial_free(trial);
    trial_free(before);
    known = map_get(&r->by_evidence, &e, sizeof e);
    if (!known) {
        known = &r->entries[r->entries_count++];
        known->evidence = e;
        known->first = index;
        if (map_put(&r->by_evidence, &known->evidence, sizeof e, known)) {
            diag("out of memory");
            return -1;
        }
    }
    r->entry_of[index] = (size_t)(known - r->entries);
    return 0;
}

static int entries_find(struct run *r)
{
    size_t n = r->judgements->count;

    r->entries = calloc(n + 1, sizeof *r->entries);
    r->entry_of = calloc(n + 1, sizeof *r->entry_of);
    if (!r->entries || !r->entry_of) {
        diag("out of memory");
        return -1;
    }
    for (size_t i = 0; i < n; i++) {
        r->entry_of[i] = SIZE_MAX;
        if (is_failure(&r->judgements->items[i]) && entry_add(r, i))
            return -1;
    }
    return 0;
}

static size_t between(size_t least, size_t n, size_t most)
{
    if (n < least)
        return least;
    return n > most ? most : n;
}

/* What each failure may cost, so that all of them have their share. */
static void bounds_set(struct run *r)
{
    size_t all = r->options->experiments;
    size_t share = r->entries_count ? all / r->entries_count : 0;
    struct search_bounds *b = &r->bounds;

    b->soft = between(LEAST, share, USUAL);
    b->hard = between(LONG, share, MOST);
    b->far = FAILURE_FAR;
    b->mends = b->soft >= ROOMY ? MENDS : 1;
    b->width = b->soft >= ROOMY ? WIDE : SIDES;
    if (!r->options->quiet && r->entries_count)
        fprintf(stderr,
                "%zu distinct failures: at most %zu experiments in all, %zu "
                "each\n",
                r->entries_count, all, b->hard);
}

static int begin_one(struct run *r)
{
    struct entry *e = &r->entries[r->next];
    const struct judgement *j = &r->judgements->items[e->first];
    struct trial *trial, *before;

    if (trials_of(r, j, &trial, &before))
        return -1;
    e->failure = failure_new(&r->bench, j, trial, before, &r->bounds);
    if (!e->failure)
        return -1;
    r->active[r->active_count++] = r->next++;
    return 0;
}

/* Once all that may be spent is spent, nothing more is begun. */
static int begin_some(struct run *r)
{
    while (r->active_count < WINDOW && r->next < r->entries_count &&
           r->spent + r->active_count * LEAST < r->options->experiments)
        if (begin_one(r))
            return -1;
    return 0;
}

/* The list with more room; as it was, and *status -1, when memory is out. */
static void *with_room(void *list, size_t size, int *status)
{
    void *larger = realloc(list, size);

    if (larger)
        return larger;
    *status = -1;
    return list;
}

static int batch_grow(struct batch *b)
{
    size_t room = b->count + WINDOW;
    int status = 0;

    b->trials = with_room(b->trials, room * sizeof(void *), &status);
    b->order = with_room(b->order, room * sizeof *b->order, &status);
    b->failures = with_room(b->failures, room * sizeof(void *), &status);
    b->attempts = with_room(b->attempts, room * sizeof *b->attempts, &status);
    if (status)
        diag("out of memory");
    return status;
}

static int batch_add(struct batch *b, struct failure *f, size_t attempt)
{
    const char *why = NULL;
    struct trial *t = failure_trial(f, attempt, &why);
    size_t n = b->count;

    b->run->spent++;
    if (!t) /* it cannot be made: that is an answer too */
        return failure_answer(f, attempt, NULL);
    if (n % WINDOW == 0 && batch_grow(b)) {
        trial_free(t);
        return -1;
    }
    b->trials[n] = t;
    b->order[n].stack = t->stack;
    b->order[n].group = (size_t)f;
    b->failures[n] = f;
    b->attempts[n] = attempt;
    b->count++;
    return 0;
}

static void batch_clear(struct batch *b)
{
    for (size_t i = 0; i < b->count; i++)
        trial_free(b->trials[i]);
    free(b->trials);
    free(b->order);
    free(b->failures);
    free(b->attempts);
    memset(b, 0, sizeof *b);
}

/* A failure's round; where none of its changes could be made, the next one. */
static int batch_add_round(struct batch *b, struct failure *f)
{
    const size_t *round;
    size_t count, before = b->count;

    do {
        size_t copied[MOST + WIDE];

        if (search_round(f->search, &round, &count))
            return -1;
        count = count < MOST + WIDE ? count : MOST + WIDE;
        memcpy(copied, round, count * sizeof *copied);
        for (size_t k = 0; k < count; k++)
            if (batch_add(b, f, copied[k]))
                return -1;
    } while (count > 0 && b->count == before);
    return 0;
}

/* The rounds of all active failures. */
static int batch_fill(struct run *r, struct batch *b)
{
    for (size_t i = 0; i < r->active_count; i++) {
        struct failure *f = r->entries[r->active[i]].failure;

        if (f && batch_add_round(b, f))
            return -1;
    }
    return 0;
}

static struct trial *on_trial(void *arg, size_t index)
{
    struct batch *b = arg;
    struct trial *t = trial_copy(b->trials[index], "");

    if (!t)
        b->status = -1;
    return t;
}

static int on_result(void *arg, size_t index, struct record *record)
{
    struct batch *b = arg;
    struct failure *f = b->failures[index];

    if (bench_judge(&b->run->bench, b->trials[index], &f->at, record)) {
        record_free(record);
        return -1;
    }
    progress(b->run, 0);
    return failure_answer(f, b->attempts[index], record);
}

/* Those that are over tell every judgement that they explain; the rest moves
 * up. The judgements are told in the end. */
static void retire(struct run *r, const struct batch *b)
{
    size_t kept = 0;

    for (size_t i = 0; i < r->active_count; i++) {
        struct failure *f = r->entries[r->active[i]].failure;
        int in_batch = 0;

        for (size_t k = 0; k < b->count && !in_batch; k++)
            in_batch = b->failures[k] == f;
        if (in_batch || search_end(f->search) == SEARCH_RUNNING)
            r->active[kept++] = r->active[i];
    }
    r->active_count = kept;
}

static int tell_all(struct run *r, size_t from)
{
    for (size_t i = from; i < r->judgements->count; i++) {
        struct judgement *j = &r->judgements->items[i];
        size_t at = r->entry_of[i];
        struct failure *f = at == SIZE_MAX ? NULL : r->entries[at].failure;

        if (f && !j->cause && search_end(f->search) != SEARCH_RUNNING &&
            failure_tell(f, j))
            return -1;
    }
    return 0;
}

/* A failure that nothing needs any more. */
static void free_told(struct run *r)
{
    for (size_t i = 0; i < r->next; i++) {
        struct failure *f = r->entries[i].failure;

        if (!f || search_end(f->search) == SEARCH_RUNNING)
            continue;
        failure_free(f);
        r->entries[i].failure = NULL;
    }
}

static int search_all(struct run *r)
{
    struct batch b = {0};
    int status = 0;

    while (status == 0) {
        memset(&b, 0, sizeof b);
        b.run = r;
        status = begin_some(r);
        if (status == 0)
            status = batch_fill(r, &b);
        if (status || b.count == 0) {
            batch_clear(&b);
            break;
        }
        status =
            lab_run(r->options->lab, b.order, b.count, on_trial, on_result, &b);
        if (status == 0 && b.status)
            status = -1;
        retire(r, &b);
        batch_clear(&b);
        if (status == 0 && r->active_count < WINDOW) {
            status = tell_all(r, 0);
            free_told(r);
        }
    }
    progress(r, 1);
    return status;
}

/* What was not begun for want of experiments, and what needs none. */
static int observe_rest(struct run *r)
{
    for (size_t i = 0; i < r->judgements->count; i++) {
        struct judgement *j = &r->judgements->items[i];

        if (j->cause || j->verdict == VERDICT_SURVIVES ||
            j->verdict == VERDICT_RECOVERS)
            continue;
        j->undiagnosed = is_failure(j);
        if (failure_observe(&r->bench, j))
            return -1;
    }
    return 0;
}

static void run_clear(struct run *r)
{
    for (size_t i = 0; i < r->entries_count; i++)
        failure_free(r->entries[i].failure);
    free(r->entries);
    free(r->entry_of);
    map_clear(&r->by_evidence);
    bench_clear(&r->bench);
}

int diagnose_run(const struct diagnose_options *o, struct judgements *j)
{
    struct run r = {.options = o, .judgements = j};
    int status = 0;

    bench_init(&r.bench, o);
    r.told = seconds();
    if (o->lab && o->experiments) {
        status = entries_find(&r);
        bounds_set(&r);
        if (status == 0)
            status = search_all(&r);
        if (status == 0)
            status = tell_all(&r, 0);
        if (status == 0)
            status = keys_check(&r.bench, j);
    }
    if (status == 0)
        status = observe_rest(&r);
    run_clear(&r);
    return status;
}
