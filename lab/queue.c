/* Cells by stack build, devices in a row. */
#include "lab/queue.h"

#include <stdlib.h>
#include <string.h>

struct order {
    size_t device, cell;
};

static int by_device(const void *a, const void *b)
{
    const struct order *x = a, *y = b;

    if (x->device != y->device)
        return x->device < y->device ? -1 : 1;
    return (x->cell > y->cell) - (x->cell < y->cell);
}

static int queue_fill(struct queue *q, const struct plan_cell *cells,
                      size_t count, const unsigned char *skip)
{
    struct order *order = malloc((count + 1) * sizeof *order);

    q->cells = malloc((count + 1) * sizeof *q->cells);
    if (!order || !q->cells) {
        free(order);
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        if ((skip && skip[i]) || strcmp(cells[i].stack, q->stack->name) != 0)
            continue;
        order[q->count].device = cells[i].device;
        order[q->count++].cell = i;
    }
    qsort(order, q->count, sizeof *order, by_device);
    for (size_t i = 0; i < q->count; i++)
        q->cells[i] = order[i].cell;
    free(order);
    return 0;
}

int queues_init(struct queues *q, const struct stacks *stacks,
                const struct plan_cell *cells, size_t count,
                const unsigned char *skip)
{
    q->count = 0;
    q->items = calloc(stacks->count + 1, sizeof *q->items);
    if (!q->items)
        return -1;
    for (size_t i = 0; i < stacks->count; i++) {
        if (!stacks->items[i].program)
            continue;
        q->items[q->count].stack = &stacks->items[i];
        if (queue_fill(&q->items[q->count++], cells, count, skip))
            return -1;
    }
    return 0;
}

void queues_clear(struct queues *q)
{
    for (size_t i = 0; i < q->count; i++)
        free(q->items[i].cells);
    free(q->items);
    q->items = NULL;
    q->count = 0;
}

struct queue *queues_of_program(struct queues *q, const char *program)
{
    for (size_t i = 0; i < q->count; i++)
        if (q->items[i].stack->program == program)
            return &q->items[i];
    return NULL;
}

struct queue *queues_neediest(struct queues *q)
{
    struct queue *found = NULL;

    for (size_t i = 0; i < q->count; i++)
        if (queue_left(&q->items[i]) > 0 &&
            (!found || q->items[i].workers < found->workers))
            found = &q->items[i];
    return found;
}

size_t queue_left(const struct queue *q)
{
    return q->count - q->next;
}

size_t queue_take(struct queue *q)
{
    return q->cells[q->next++];
}

void queue_return(struct queue *q, size_t cell)
{
    q->cells[--q->next] = cell;
}
