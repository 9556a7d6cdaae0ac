/* Bisection that starts at what was measured. */
#include "diagnose/bracket.h"

enum { PRECISION = 64, NEAR = 16 };

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
    /* Near what was measured it is told to the byte. */
    if (gap <= b->good / PRECISION && !(b->below && gap <= NEAR))
        return 0;
    return b->bad + gap / 2;
}

void bracket_answer(struct bracket *b, int64_t value, int does)
{
    b->tries++;
    /* Where the measured value does, the one below it is the proof that no less
     * would; where that does too, one a little below it. */
    if (value == b->seed) {
        static const int64_t below[] = {1, NEAR - 1, 0};
        int64_t step = b->below < 3 ? below[b->below] : 0;

        b->seed = does && step ? value - step : 0;
        b->below++;
    }
    if (does)
        b->good = value;
    else
        b->bad = value;
}
