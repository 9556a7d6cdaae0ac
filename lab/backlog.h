/* Trials that wait for a worker, by stack build, those of one device in a row,
 * so that a shim finds the trust store of the trial before in its cache. */
#ifndef LAB_BACKLOG_H
#define LAB_BACKLOG_H

#include <stddef.h>

#include "lab/lab.h"

struct backlog_queue {
    const struct stack *stack;
    size_t *cells; /* indexes of the run */
    size_t count, next;
    size_t workers; /* that run this stack's program now */
};

struct backlog {
    struct backlog_queue *items;
    size_t count;
};

/* One queue per stack build that has a program. 0, or -1 if memory is out. */
int backlog_init(struct backlog *b, const struct lab_order *order,
                 size_t count);
void backlog_clear(struct backlog *b);
/* The queue of a program, or NULL. */
struct backlog_queue *backlog_of_program(struct backlog *b,
                                         const char *program);
/* The queue with work that has the fewest workers, or NULL. */
struct backlog_queue *backlog_neediest(struct backlog *b);
size_t backlog_left(const struct backlog_queue *q);
size_t backlog_take(struct backlog_queue *q);
/* Puts a taken cell back to the front. */
void backlog_return(struct backlog_queue *q, size_t cell);

#endif
