/* Adds a run up by stack build, from plan and records alone. */
#include "report/builds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"

static const char tls[] = "tls-";

/* "1.0 to 1.3", from the features. */
static void set_versions(struct build *b)
{
    const char *first = NULL, *last = NULL;

    for (size_t i = 0; i < b->stack->features_count; i++) {
        const char *name = b->stack->features[i];

        if (strncmp(name, tls, sizeof tls - 1) != 0)
            continue;
        name += sizeof tls - 1;
        if (!first || strcmp(name, first) < 0)
            first = name;
        if (!last || strcmp(name, last) > 0)
            last = name;
    }
    if (first && strcmp(first, last) != 0)
        snprintf(b->tls, sizeof b->tls, "%s to %s", first, last);
    else if (first)
        snprintf(b->tls, sizeof b->tls, "%s", first);
}

static int has_feature(const struct plan_stack *s, const char *wanted)
{
    for (size_t i = 0; i < s->features_count; i++)
        if (!strcmp(s->features[i], wanted))
            return 1;
    return 0;
}

static void set_build(struct build *b, const struct plan_stack *s)
{
    b->stack = s;
    b->message = s->max_certificate ? s->max_certificate : s->in_content;
    b->measures_heap = has_feature(s, "heap");
    set_versions(b);
}

static struct build *find(const struct builds_of *b, const struct run_view *v,
                          const struct record *r)
{
    const struct plan_stack *s = plan_stack(v->plan, r->stack);

    return s ? &b->items[s - v->plan->stacks] : NULL;
}

/* Cells that ran, and cells that a build that is not there would have run. */
static void count_cells(struct builds_of *b, const struct run_view *v)
{
    for (size_t i = 0; i < v->records_count; i++) {
        const struct record *r = v->records[i];
        const struct plan_stack *s = plan_stack(v->plan, r->stack);
        struct build *build = find(b, v, r);

        if (!s || !build)
            continue;
        if (!s->built) {
            b->cells_not_run++;
            continue;
        }
        build->cells++;
        build->errors += r->outcome == OUTCOME_ERROR;
    }
}

struct common { /* a record, and what makes its cell the same for all builds */
    const struct record *record;
    const char *type;
};

/* Something was measured in a whole handshake that checks a chain. */
static int is_measured(const struct run_view *v, const struct record *r,
                       struct common *c)
{
    const struct plan_device *d = plan_device(v->plan, r->device);

    if (r->outcome != OUTCOME_CONNECTED || !r->shim || !r->endpoint ||
        r->shim->peak_heap <= 0 || !r->endpoint->chain || !d ||
        !d->device->verify.chain)
        return 0;
    c->record = r;
    c->type = d->type;
    return 1;
}

/* The TLS version belongs to it: TLS 1.3 costs other keys and buffers. */
static int by_cell(const void *a, const void *b)
{
    const struct common *x = a, *y = b;
    int order = strcmp(x->record->scenario, y->record->scenario);

    if (!order)
        order = strcmp(x->record->state, y->record->state);
    if (!order)
        order = strcmp(x->type, y->type);
    if (!order)
        order = strcmp(x->record->endpoint->chain, y->record->endpoint->chain);
    return order ? order
                 : strcmp(view_text(record_version(x->record)),
                          view_text(record_version(y->record)));
}

/* The first of those with the most records. */
static void set_heap(struct builds_of *b, const struct run_view *v,
                     const struct common *cells, size_t n)
{
    size_t best = 0, size = 0;

    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && !by_cell(&cells[i], &cells[end]);)
            end++;
        if (end - i > size) {
            size = end - i;
            best = i;
        }
    }
    if (!size)
        return;
    b->heap.first = cells[best].record;
    b->heap.type = cells[best].type;
    b->heap.builds = size;
    for (size_t i = best; i < best + size; i++) {
        struct build *build = find(b, v, cells[i].record);

        if (build)
            build->peak_heap = cells[i].record->shim->peak_heap;
    }
}

static int compare_heap(struct builds_of *b, const struct run_view *v)
{
    struct common *cells = calloc(v->records_count + 1, sizeof *cells);
    size_t n = 0;

    if (!cells)
        return -1;
    for (size_t i = 0; i < v->records_count; i++)
        n += (size_t)is_measured(v, v->records[i], &cells[n]);
    if (n)
        qsort(cells, n, sizeof *cells, by_cell);
    set_heap(b, v, cells, n);
    free(cells);
    return 0;
}

int builds_of_init(struct builds_of *b, const struct run_view *v)
{
    memset(b, 0, sizeof *b);
    b->count = v->plan->stacks_count;
    b->items = calloc(b->count + 1, sizeof *b->items);
    if (!b->items || compare_heap(b, v)) {
        diag("out of memory");
        builds_of_clear(b);
        return -1;
    }
    for (size_t i = 0; i < b->count; i++) {
        set_build(&b->items[i], &v->plan->stacks[i]);
        b->not_built += !v->plan->stacks[i].built;
    }
    count_cells(b, v);
    return 0;
}

void builds_of_clear(struct builds_of *b)
{
    free(b->items);
    b->items = NULL;
}
