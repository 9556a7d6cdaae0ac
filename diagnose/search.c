/* Best first: what is meant for the reason, then what stands after a change that
 * failed for another reason, then mere tries, then pairs. */
#include "diagnose/search.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "diagnose/bracket.h"

/* More attempts than that are never run. */
enum { KEPT = 3 };

struct narrowing {
    size_t attempt; /* the one that flipped */
    struct bracket bracket;
    int64_t tried; /* in flight; 0: none */
};

struct search {
    struct search_bounds bounds;
    search_expand_fn *expand;
    void *arg;
    struct candidate *candidates;
    size_t candidates_count;
    struct attempt *attempts;
    size_t attempts_count;
    struct narrowing *narrowings;
    size_t narrowings_count;
    size_t *round;
    size_t round_count;
    unsigned char *expanded; /* of each attempt: its followers are there */
    size_t expanded_count;
    int paired;
    size_t seed; /* the attempt that expand works for */
    size_t ran;
    enum search_end end;
};

static void *grow(void *list, size_t count, size_t size)
{
    void *grown = realloc(list, (count + 1) * size);

    if (!grown)
        diag("out of memory");
    return grown;
}

static int attempt_add(struct search *s, const struct attempt *a)
{
    struct attempt *grown = grow(s->attempts, s->attempts_count, sizeof *grown);

    if (!grown)
        return -1;
    s->attempts = grown;
    grown[s->attempts_count] = *a;
    s->attempts_count++;
    return 0;
}

struct search *search_new(const struct search_bounds *bounds,
                          search_expand_fn *expand, void *arg)
{
    struct search *s = calloc(1, sizeof *s);
    struct attempt unchanged = {.answer = ANSWER_NONE};

    if (!s) {
        diag("out of memory");
        return NULL;
    }
    s->bounds = *bounds;
    s->expand = expand;
    s->arg = arg;
    if (attempt_add(s, &unchanged)) {
        search_free(s);
        return NULL;
    }
    return s;
}

void search_free(struct search *s)
{
    if (!s)
        return;
    free(s->candidates);
    free(s->attempts);
    free(s->narrowings);
    free(s->round);
    free(s->expanded);
    free(s);
}

static int holds(const struct attempt *a, size_t edit)
{
    for (size_t i = 0; i < a->count; i++)
        if (a->edits[i] == edit)
            return 1;
    return 0;
}

static int same_edits(const struct attempt *a, const struct attempt *b)
{
    if (a->count != b->count)
        return 0;
    for (size_t i = 0; i < a->count; i++)
        if (!holds(b, a->edits[i]))
            return 0;
    return 1;
}

static int is_known(const struct search *s, const struct attempt *a)
{
    for (size_t i = 0; i < s->attempts_count; i++)
        if (same_edits(&s->attempts[i], a))
            return 1;
    return 0;
}

/* The changes of `seed` and this one. */
static int attempt_with(struct search *s, size_t seed,
                        const struct candidate *c)
{
    struct attempt a = s->attempts[seed];

    if (a.count == SEARCH_DEPTH || holds(&a, c->edit) ||
        s->attempts_count > KEPT * s->bounds.hard)
        return 0;
    if (a.count == 0 || c->side == SIDE_DEVICE)
        a.side = c->side;
    a.edits[a.count++] = c->edit;
    a.order += c->order;
    a.answer = ANSWER_NONE;
    a.value = 0;
    a.narrows = s->attempts_count;
    return is_known(s, &a) ? 0 : attempt_add(s, &a);
}

static struct candidate *candidate_of(const struct search *s, size_t edit)
{
    for (size_t i = 0; i < s->candidates_count; i++)
        if (s->candidates[i].edit == edit)
            return &s->candidates[i];
    return NULL;
}

int search_add(struct search *s, const struct candidate *c)
{
    struct candidate *grown;

    if (!candidate_of(s, c->edit)) {
        grown = grow(s->candidates, s->candidates_count, sizeof *grown);
        if (!grown)
            return -1;
        s->candidates = grown;
        s->candidates[s->candidates_count++] = *c;
    }
    return attempt_with(s, s->seed, c);
}

const struct attempt *search_attempt(const struct search *s, size_t index)
{
    return &s->attempts[index];
}

size_t search_attempts(const struct search *s)
{
    return s->attempts_count;
}

enum search_end search_end(const struct search *s)
{
    return s->end;
}

size_t search_ran(const struct search *s)
{
    return s->ran;
}

static size_t flipped(const struct search *s, enum side side)
{
    size_t count = 0;

    for (size_t i = 1; i < s->attempts_count; i++) {
        const struct attempt *a = &s->attempts[i];

        count +=
            a->answer == ANSWER_FLIPPED && a->side == side && a->narrows == i;
    }
    return count;
}

static size_t flipped_any(const struct search *s)
{
    return flipped(s, SIDE_DEVICE) + flipped(s, SIDE_ENDPOINT);
}

static int is_chosen(const struct search *s, size_t index)
{
    for (size_t i = 0; i < s->round_count; i++)
        if (s->round[i] == index)
            return 1;
    return 0;
}

/* The first of a side that is still to run; attempts_count: none. near: mere
 * tries are left alone. */
static size_t next_of(const struct search *s, enum side side, int near)
{
    size_t best = s->attempts_count;

    for (size_t i = 1; i < s->attempts_count; i++) {
        const struct attempt *a = &s->attempts[i];

        if (a->side != side || a->answer != ANSWER_NONE || is_chosen(s, i) ||
            (near && s->bounds.far && a->order >= s->bounds.far))
            continue;
        if (best == s->attempts_count || a->order < s->attempts[best].order)
            best = i;
    }
    return best;
}

static int choose(struct search *s, size_t index)
{
    size_t *grown = grow(s->round, s->round_count, sizeof *grown);

    if (!grown)
        return -1;
    s->round = grown;
    s->round[s->round_count++] = index;
    return 0;
}

static size_t room(const struct search *s)
{
    size_t most = flipped_any(s) ? s->bounds.soft : s->bounds.hard;

    if (s->ran >= most)
        return 0;
    most -= s->ran;
    return most < s->bounds.width ? most : s->bounds.width;
}

/* Both sides in turn, the cheapest first, those that have enough left out. */
static int choose_changes(struct search *s, int near)
{
    size_t most = room(s), before;

    do {
        before = s->round_count;
        for (int side = 0; side < SIDES && s->round_count < most; side++) {
            size_t next = next_of(s, (enum side)side, near);

            if (next < s->attempts_count &&
                flipped(s, (enum side)side) < s->bounds.mends &&
                choose(s, next))
                return -1;
        }
    } while (s->round_count > before);
    return 0;
}

static int choose_narrowing(struct search *s)
{
    for (size_t i = 0; i < s->narrowings_count; i++) {
        struct narrowing *n = &s->narrowings[i];
        int64_t value = bracket_next(&n->bracket);
        struct attempt a = s->attempts[n->attempt];

        if (!value)
            continue;
        a.value = n->tried = value;
        a.narrows = n->attempt;
        a.answer = ANSWER_NONE;
        if (attempt_add(s, &a) || choose(s, s->attempts_count - 1))
            return -1;
    }
    return 0;
}

/* Could it not be tried alone? */
static int is_beyond(const struct search *s, const struct candidate *c)
{
    for (size_t i = 1; i < s->attempts_count; i++)
        if (s->attempts[i].count == 1 && s->attempts[i].edits[0] == c->edit)
            return s->attempts[i].answer == ANSWER_CANNOT_TELL;
    return 0;
}

/* Of several changes that flip, each may be one too many: what is left without
 * it is tried, whatever else is enough. */
static int subsets_add(struct search *s, size_t index)
{
    for (size_t skip = 0; skip < s->attempts[index].count; skip++) {
        struct attempt a = s->attempts[index];

        a.count = 0;
        a.answer = ANSWER_NONE;
        a.narrows = s->attempts_count;
        for (size_t i = 0; i < s->attempts[index].count; i++)
            if (i != skip)
                a.edits[a.count++] = s->attempts[index].edits[i];
        if (a.count == 0 || is_known(s, &a))
            continue;
        if (attempt_add(s, &a) || choose(s, s->attempts_count - 1))
            return -1;
    }
    return 0;
}

static int choose_subsets(struct search *s)
{
    size_t n = s->attempts_count;

    for (size_t i = 1; i < n; i++)
        if (s->attempts[i].answer == ANSWER_FLIPPED &&
            s->attempts[i].count > 1 && subsets_add(s, i))
            return -1;
    return 0;
}

static int is_step(const struct search *s, size_t index)
{
    const struct attempt *a = &s->attempts[index];

    return a->answer == ANSWER_OTHER && a->count > 0 &&
           a->count < SEARCH_DEPTH && a->narrows == index &&
           (index >= s->expanded_count || !s->expanded[index]);
}

static int has_steps(const struct search *s)
{
    for (size_t i = 1; i < s->attempts_count; i++)
        if (is_step(s, i))
            return 1;
    return 0;
}

static int mark_expanded(struct search *s, size_t index)
{
    if (index >= s->expanded_count) {
        unsigned char *grown = realloc(s->expanded, s->attempts_count);

        if (!grown) {
            diag("out of memory");
            return -1;
        }
        memset(grown + s->expanded_count, 0,
               s->attempts_count - s->expanded_count);
        s->expanded = grown;
        s->expanded_count = s->attempts_count;
    }
    s->expanded[index] = 1;
    return 0;
}

/* Those that failed for another reason are a step on the way: what stands then
 * is asked for. */
static int take_steps(struct search *s)
{
    size_t end = s->attempts_count;

    for (size_t i = 1; i < end; i++) {
        if (!is_step(s, i))
            continue;
        s->seed = i;
        if (mark_expanded(s, i) || s->expand(s->arg, s, i))
            return -1;
    }
    return 0;
}

/* Of those that changed nothing, pairs (two certificates that have both
 * expired). */
static int pair_all(struct search *s)
{
    size_t end = s->attempts_count, candidates = s->candidates_count;

    s->paired = 1;
    for (size_t i = 1; i < end; i++) {
        if (s->attempts[i].answer != ANSWER_SAME || s->attempts[i].count != 1)
            continue;
        for (size_t k = 0; k < candidates; k++)
            if (!is_beyond(s, &s->candidates[k]) &&
                attempt_with(s, i, &s->candidates[k]))
                return -1;
    }
    return 0;
}

static enum search_end ending(const struct search *s)
{
    if (flipped_any(s))
        return SEARCH_FOUND;
    for (size_t i = 1; i < s->attempts_count; i++)
        if (s->attempts[i].answer == ANSWER_NONE)
            return SEARCH_BOUND;
    for (size_t i = 1; i < s->attempts_count; i++)
        if (s->attempts[i].answer == ANSWER_CANNOT_TELL)
            return SEARCH_CANNOT_TELL;
    return SEARCH_NOTHING;
}

/* The unchanged cell is attempt 0, and its answer decides whether to go on. */
static int begin(struct search *s, int *running)
{
    *running = s->attempts[0].answer == ANSWER_SAME;
    if (s->attempts[0].answer == ANSWER_NONE)
        return choose(s, 0);
    if (!*running)
        s->end = SEARCH_UNSTABLE;
    return 0;
}

/* What is meant for the reason; then the steps on the way; then mere tries;
 * then pairs. Sets s->end when nothing is left. */
static int choose_some(struct search *s)
{
    if (choose_narrowing(s) || choose_subsets(s) || choose_changes(s, 1))
        return -1;
    if (s->round_count > 0)
        return 0;
    if (flipped_any(s) || room(s) == 0) {
        s->end = ending(s);
        return 0;
    }
    if (has_steps(s))
        return take_steps(s);
    if (choose_changes(s, 0))
        return -1;
    if (s->round_count > 0)
        return 0;
    if (!s->paired)
        return pair_all(s);
    s->end = ending(s);
    return 0;
}

int search_round(struct search *s, const size_t **indexes, size_t *count)
{
    int running = 1;

    s->round_count = 0;
    *count = 0;
    if (begin(s, &running))
        return -1;
    while (running && s->end == SEARCH_RUNNING && s->round_count == 0)
        if (choose_some(s))
            return -1;
    *indexes = s->round;
    *count = s->round_count;
    return 0;
}

static void narrow_begin(struct search *s, size_t index, int64_t measured)
{
    const struct attempt *a = &s->attempts[index];
    struct narrowing *grown;

    for (size_t i = 0; i < a->count; i++) {
        const struct candidate *c = candidate_of(s, a->edits[i]);

        if (!c || c->bad >= c->good)
            continue;
        grown = grow(s->narrowings, s->narrowings_count, sizeof *grown);
        if (!grown)
            return;
        s->narrowings = grown;
        grown += s->narrowings_count++;
        grown->attempt = index;
        grown->tried = 0;
        bracket_init(&grown->bracket, c->bad, c->good, measured);
        return;
    }
}

static void narrow_answer(struct search *s, size_t index, enum answer answer)
{
    const struct attempt *a = &s->attempts[index];

    for (size_t i = 0; i < s->narrowings_count; i++)
        if (s->narrowings[i].attempt == a->narrows)
            bracket_answer(&s->narrowings[i].bracket, a->value,
                           answer == ANSWER_FLIPPED);
}

void search_answer(struct search *s, size_t index, enum answer answer,
                   int64_t measured)
{
    struct attempt *a = &s->attempts[index];

    s->ran++;
    a->answer = answer;
    if (a->count > 0 && a->narrows != index)
        narrow_answer(s, index, answer);
    else if (a->count > 0 && answer == ANSWER_FLIPPED)
        narrow_begin(s, index, measured);
}

size_t search_least(const struct search *s, size_t index)
{
    size_t least = index;

    for (size_t i = 1; i < s->attempts_count; i++) {
        const struct attempt *a = &s->attempts[i];

        if (a->narrows == index && i != index && a->answer == ANSWER_FLIPPED &&
            (least == index || a->value < s->attempts[least].value))
            least = i;
    }
    return least;
}
