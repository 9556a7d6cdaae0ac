/* Cells that wait for a worker, by stack build, in an order in which a shim
 * finds the trust store of the cell before in its cache. */
#ifndef LAB_QUEUE_H
#define LAB_QUEUE_H

#include <stddef.h>

#include "lab/plan.h"
#include "lab/stacks.h"

struct queue {
    const struct stack *stack;
    size_t *cells;
    size_t count, next;
    size_t workers; /* that run this stack's program now */
};

struct queues {
    struct queue *items;
    size_t count;
};

/* One queue per built stack with the cells for which skip is 0. 0, or -1 if
 * memory is out. */
int queues_init(struct queues *q, const struct stacks *stacks,
                const struct plan_cell *cells, size_t count,
                const unsigned char *skip);
void queues_clear(struct queues *q);
/* The queue of a program, or NULL. */
struct queue *queues_of_program(struct queues *q, const char *program);
/* The queue with work that has the fewest workers, or NULL. */
struct queue *queues_neediest(struct queues *q);
size_t queue_left(const struct queue *q);
size_t queue_take(struct queue *q);
/* Puts a taken cell back to the front. */
void queue_return(struct queue *q, size_t cell);

#endif
