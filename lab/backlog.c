/* Indexes sorted by queue, then group, then as they came. */
#include "lab/backlog.h"

#include <stdlib.h>
#include <string.h>

#include "lab/stacks.h"

struct rank {
    size_t group, cell;
};

static int by_group(const void *a, const void *b)
{
    const struct rank *x = a, *y = b;

    if (x->group != y->group)
        return x->group < y->group ? -1 : 1;
    return (x->cell > y->cell) - (x->cell < y->cell);
}

static struct backlog_queue *queue_of(struct backlog *b,
                                      const struct stack *stack)
{
    for (size_t i = 0; i < b->count; i++)
        if (b->items[i].stack->program == stack->program)
            return &b->items[i];
    return NULL;
}

static int queues_count(struct backlog *b, const struct lab_order *order,
                        size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct backlog_queue *q, *grown;

        if (!order[i].stack->program)
            continue;
        q = queue_of(b, order[i].stack);
        if (!q) {
            grown = realloc(b->items, (b->count + 1) * sizeof *grown);
            if (!grown)
                return -1;
            b->items = grown;
            q = &grown[b->count++];
            *q = (struct backlog_queue){.stack = order[i].stack};
        }
        q->count++;
    }
    return 0;
}

static int queue_fill(struct backlog_queue *q, const struct lab_order *order,
                      size_t count)
{
    struct rank *ranks = malloc(q->count * sizeof *ranks);
    size_t n = 0;

    q->cells = malloc(q->count * sizeof *q->cells);
    if (!ranks || !q->cells) {
        free(ranks);
        return -1;
    }
    for (size_t i = 0; i < count; i++)
        if (order[i].stack->program == q->stack->program)
            ranks[n++] = (struct rank){order[i].group, i};
    qsort(ranks, n, sizeof *ranks, by_group);
    for (size_t i = 0; i < n; i++)
        q->cells[i] = ranks[i].cell;
    free(ranks);
    return 0;
}

int backlog_init(struct backlog *b, const struct lab_order *order, size_t count)
{
    *b = (struct backlog){0};
    if (queues_count(b, order, count))
        return -1;
    for (size_t i = 0; i < b->count; i++)
        if (queue_fill(&b->items[i], order, count))
            return -1;
    return 0;
}

void backlog_clear(struct backlog *b)
{
    for (size_t i = 0; i < b->count; i++)
        free(b->items[i].cells);
    free(b->items);
    *b = (struct backlog){0};
}

struct backlog_queue *backlog_of_program(struct backlog *b, const char *program)
{
    for (size_t i = 0; i < b->count; i++)
        if (b->items[i].stack->program == program)
            return &b->items[i];
    return NULL;
}

struct backlog_queue *backlog_neediest(struct backlog *b)
{
    struct backlog_queue *found = NULL;

    for (size_t i = 0; i < b->count; i++)
        if (backlog_left(&b->items[i]) > 0 &&
            (!found || b->items[i].workers < found->workers))
            found = &b->items[i];
    return found;
}

size_t backlog_left(const struct backlog_queue *q)
{
    return q->count - q->next;
}

size_t backlog_take(struct backlog_queue *q)
{
    return q->cells[q->next++];
}

void backlog_return(struct backlog_queue *q, size_t cell)
{
    q->cells[--q->next] = cell;
}
