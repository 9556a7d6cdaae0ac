/* The search for the least value that is enough: the largest known to fail, the
 * smallest known to do. Pure; the caller runs the trials. */
#ifndef DIAGNOSE_BRACKET_H
#define DIAGNOSE_BRACKET_H

#include <stdint.h>

enum { BRACKET_TRIES = 12 };

struct bracket {
    int64_t bad, good; /* bad fails, good does; bad < good */
    int64_t seed;      /* what was measured: tried first; 0: none */
    int below;         /* tries at the seed and below it */
    int tries;
};

/* bad < good, or there is nothing to narrow. */
void bracket_init(struct bracket *b, int64_t bad, int64_t good, int64_t seed);
/* The next value to try, between bad and good; 0: narrow enough (to 1/64 of the
 * value, to 1 near the seed), or BRACKET_TRIES are used up. */
int64_t bracket_next(const struct bracket *b);
/* What came of `value`, one that bracket_next gave. */
void bracket_answer(struct bracket *b, int64_t value, int does);

#endif
