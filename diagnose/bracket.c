/* Bisection that starts at what was measured. */
#include "diagnose/bracket.h"

enum { PRECISION = 64 };

void bracket_init(struct bracket *b, int64_t bad, int64_t good, int64_t seed)
{
    b->bad = bad;
    b->good = good;
    b->seed = seed;
    b->below = 0;
    b->tries = 0;
}

int64_t bracket_next(const struct bracket *b)
{
    int64_t gap = b->good - b->bad;

    if (b->tries >= BRACKET_TRIES || gap <= 1)
        return 0;
    if (b->seed > b->bad && b->seed < b->good)
        return b->seed;
    if (gap <= b->good / PRECISION)
        return 0;
    return b->bad + gap / 2;
}

void bracket_answer(struct bracket *b, int64_t value, int does)
{
    b->tries++;
    /* Where the measured value does, the one below it is the proof that no less
     * would; where that does too, halves are quicker. */
    if (value == b->seed) {
        b->seed = does && !b->below ? value - 1 : 0;
        b->below = 1;
    }
    if (does)
        b->good = value;
    else
        b->bad = value;
}
