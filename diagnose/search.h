/* The search for the smallest change that flips a failure: the unchanged cell
 * first, then single changes, then several, within a bound. Pure: it says what
 * to run and is told what came of it. Knows no change and no cell. */
#ifndef DIAGNOSE_SEARCH_H
#define DIAGNOSE_SEARCH_H

#include <stddef.h>
#include <stdint.h>

#include "model/experiment.h"

enum {
    SEARCH_DEPTH = 3, /* changes at a time, at most */
    SIDES = 2
};

enum answer {
    ANSWER_NONE,       /* not run yet */
    ANSWER_SAME,       /* failed as before */
    ANSWER_OTHER,      /* failed for another reason: a step on the way */
    ANSWER_FLIPPED,    /* does what it should */
    ANSWER_CANNOT_TELL /* unsupported, an error, or the change cannot be made */
};

struct candidate {
    size_t edit; /* the caller's number for it */
    enum side side;
    int order;         /* the lowest is tried first */
    int64_t bad, good; /* a limit that is lifted: bad fails; once it flipped,
                          the least value up to good is looked for. 0: none */
};

struct attempt {
    size_t edits[SEARCH_DEPTH];
    size_t count;   /* 0: the unchanged cell */
    enum side side; /* device, if any of the changes is */
    int order;
    int64_t value;  /* of the limit that is lifted; 0: as emitted */
    size_t narrows; /* the attempt whose value it narrows, or itself */
    enum answer answer;
};

enum search_end {
    SEARCH_RUNNING,
    SEARCH_FOUND,       /* something flips it */
    SEARCH_NOTHING,     /* nothing flips it */
    SEARCH_CANNOT_TELL, /* nothing does, and some could not be tried */
    SEARCH_BOUND,       /* nothing yet, and the bound is reached */
    SEARCH_UNSTABLE     /* the unchanged cell did not fail as it had */
};

struct search_bounds {
    size_t soft;  /* experiments after which it stops once something flips */
    size_t hard;  /* experiments in all */
    size_t width; /* of a round */
    size_t mends; /* per side: enough */
    int far;      /* attempts of this order and above only if nothing flips; 0:
                     all are alike */
};

struct search;

/* The candidates that stand once these changes are made (attempt number
 * `index`, which failed for another reason). Appends with search_add. 0, or -1
 * reported. */
typedef int search_expand_fn(void *arg, struct search *s, size_t index);

/* NULL: memory is out, reported. */
struct search *search_new(const struct search_bounds *bounds,
                          search_expand_fn *expand, void *arg);
void search_free(struct search *s);
/* 0, or -1 reported. Before the first round, or from within expand. */
int search_add(struct search *s, const struct candidate *c);

/* Picks what to run now: indexes of attempts, *count of them, valid until the
 * next call. 0; -1 reported. *count 0: it is over. */
int search_round(struct search *s, const size_t **indexes, size_t *count);
const struct attempt *search_attempt(const struct search *s, size_t index);
size_t search_attempts(const struct search *s);
/* What came of it. measured: how much of what was lifted was used, 0: not
 * known; the search for the least value begins there. */
void search_answer(struct search *s, size_t index, enum answer answer,
                   int64_t measured);
/* The attempt with the least value that flips, of those that narrow this one;
 * `index` itself where nothing was narrowed. */
size_t search_least(const struct search *s, size_t index);

enum search_end search_end(const struct search *s);
/* How many ran, the unchanged cell included. */
size_t search_ran(const struct search *s);

#endif
