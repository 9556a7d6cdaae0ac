/* How a device comes back after it was refused: from the pauses between the end
 * of one connection that failed and the start of the next. Pure. */
#ifndef BOARD_RETRY_H
#define BOARD_RETRY_H

#include <stddef.h>

enum retry_kind {
    RETRY_UNKNOWN,     /* too few pauses to tell */
    RETRY_NONE,        /* it did not come back */
    RETRY_AT_ONCE,     /* without a pause */
    RETRY_CONSTANT,    /* the same pause each time, jitter or not */
    RETRY_LINEAR,      /* longer by the same time */
    RETRY_EXPONENTIAL, /* longer by the same factor, perhaps up to a limit */
    RETRY_JITTERED     /* longer, and never quite as long as a rule says */
};

enum { RETRY_PAUSES_MIN = 4 }; /* that tell anything */

/* Pauses in ms, in order. came_back: 0 where the last wait was in vain. */
enum retry_kind retry_judge(const double *pauses, size_t count, int came_back);
/* "constant", ...; and the sentence. */
const char *retry_name(enum retry_kind kind);
const char *retry_sentence(enum retry_kind kind);

#endif
