/* How far a board has come through the steps, and what it did at each. Knows no
 * sockets and no clock. */
#ifndef BOARD_COURSE_H
#define BOARD_COURSE_H

#include <stddef.h>
#include <stdint.h>

#include "board/grade.h"
#include "board/retry.h"
#include "board/steps.h"
#include "board/trust.h"

enum { PAUSES_MAX = 64, TRIES_MAX = 3, MISSES_MAX = 2 };

struct course_result { /* of a step */
    int is_there;      /* something came of it */
    enum outcome outcome;
    enum reason reason;
    enum grade grade;
    int alert;  /* the board's, or ALERT_NONE */
    char *note; /* or NULL */
    struct reaction reaction;
    enum retry_kind retry;     /* of a step with repeats */
    double pauses[PAUSES_MAX]; /* ms */
    size_t pauses_count;
};

struct course {
    const struct steps *steps;
    size_t step; /* where it is; steps->count: at the end */
    size_t home; /* a state in which it connects; steps->count: none is known */
    int rests;   /* it gets that one now, so that its pauses are short again */
    struct course_result *results; /* of each step */
    unsigned tries;       /* connections at this step that told nothing */
    unsigned misses;      /* steps in a row to which it did not come */
    unsigned connections; /* in all */
    int64_t
        failed_at; /* the end of the last connection if it failed, in ms; 0 */
    enum grade suites; /* of its last ClientHello */
    unsigned mqtt[3];  /* what was seen of MQTT: CONNECTs that were answered,
                          filters granted, messages published */
};

struct course_connection { /* one of this board, judged */
    size_t step;           /* of the state that served it */
    const struct record *record;
    int64_t began_at, ended_at; /* ms, any zero */
};

/* What a connection came to for its step. */
enum course_turn {
    COURSE_AGAIN,  /* the step goes on, or it was of another one */
    COURSE_RESTED, /* it connected at home; the step begins */
    COURSE_DONE,   /* the step has its result; the board is at the next one */
    COURSE_PASSED  /* it has none: too many connections that told nothing */
};

/* 0, or -1 if memory is out, reported. Clear in both cases. */
int course_init(struct course *c, const struct steps *s);
void course_clear(struct course *c);
enum course_turn course_take(struct course *c,
                             const struct course_connection *of);
/* Nothing came for as long as one waits. */
enum course_turn course_miss(struct course *c);
int course_is_over(const struct course *c);
/* The step whose state is to be served to it. */
size_t course_served(const struct course *c);
/* Of each of the steps for anchors, in their order. */
void course_trust(const struct course *c, enum trust *out);

#endif
