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

/* What was measured in a whole handshake that checks a chain, and what makes
 * its cell the same for all builds. Texts are the plan's. */
struct measured {
    const char *scenario, *state, *type;
    char chain[8];
    char version[16];
    struct build *build;
    long long peak_heap;
};

struct counting {
    struct builds_of *builds;
    const struct run_view *view;
    struct measured *cells;
    size_t count, room;
};

static struct measured *measured_new(struct counting *c)
{
    if (c->count == c->room) {
        size_t room = c->room ? 2 * c->room : 256;
        struct measured *grown = realloc(c->cells, room * sizeof *grown);

        if (!grown) {
            diag("out of memory");
            return NULL;
        }
        c->cells = grown;
        c->room = room;
    }
    return &c->cells[c->count++];
}

static int measure(struct counting *c, const struct record *r,
                   struct build *build)
{
    const struct plan *p = c->view->plan;
    const struct plan_device *d = plan_device(p, r->device);
    const struct plan_scenario *s = plan_scenario(p, r->scenario);
    const struct plan_state *st = s ? plan_state(s, r->state) : NULL;
    struct measured *m;

    if (st && d)
        st = plan_state_served(s, st, record_sends_name(r, d->device));
    if (r->outcome != OUTCOME_CONNECTED || !r->shim || !r->endpoint ||
        r->shim->peak_heap <= 0 || !r->endpoint->chain || !d || !st ||
        !d->device->verify.chain)
        return 0;
    m = measured_new(c);
    if (!m)
        return -1;
    m->scenario = s->scenario->id;
    m->state = st->state->name;
    m->type = d->type;
    snprintf(m->chain, sizeof m->chain, "%s", r->endpoint->chain);
    snprintf(m->version, sizeof m->version, "%s", view_text(record_version(r)));
    m->build = build;
    m->peak_heap = r->shim->peak_heap;
    return 0;
}

/* Cells that ran, and cells that a build that is not there would have run. */
static int count_cell(void *arg, const struct record *r)
{
    struct counting *c = arg;
    const struct plan *p = c->view->plan;
    const struct plan_stack *s = plan_stack(p, r->stack);
    struct build *build = s ? &c->builds->items[s - p->stacks] : NULL;

    if (build && !s->built) {
        c->builds->cells_not_run++;
    } else if (build) {
        build->cells++;
        build->errors += r->outcome == OUTCOME_ERROR;
    }
    return measure(c, r, build);
}

/* The TLS version belongs to it: TLS 1.3 costs other keys and buffers. */
static int by_cell(const void *a, const void *b)
{
    const struct measured *x = a, *y = b;
    int order = strcmp(x->scenario, y->scenario);

    if (!order)
        order = strcmp(x->state, y->state);
    if (!order)
        order = strcmp(x->type, y->type);
    if (!order)
        order = strcmp(x->chain, y->chain);
    return order ? order : strcmp(x->version, y->version);
}

/* The first of those with the most records. */
static void set_heap(struct builds_of *b, const struct measured *cells,
                     size_t n)
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
    b->heap.scenario = cells[best].scenario;
    b->heap.state = cells[best].state;
    b->heap.type = cells[best].type;
    memcpy(b->heap.chain, cells[best].chain, sizeof b->heap.chain);
    memcpy(b->heap.version, cells[best].version, sizeof b->heap.version);
    b->heap.builds = size;
    for (size_t i = best; i < best + size; i++)
        if (cells[i].build)
            cells[i].build->peak_heap = cells[i].peak_heap;
}

static int count(struct builds_of *b, const struct run_view *v)
{
    struct counting c = {.builds = b, .view = v};
    int status = view_each(v, count_cell, &c);

    if (status == 0 && c.count)
        qsort(c.cells, c.count, sizeof *c.cells, by_cell);
    if (status == 0)
        set_heap(b, c.cells, c.count);
    free(c.cells);
    return status;
}

int builds_of_init(struct builds_of *b, const struct run_view *v)
{
    memset(b, 0, sizeof *b);
    b->count = v->plan->stacks_count;
    b->items = calloc(b->count + 1, sizeof *b->items);
    if (!b->items)
        diag("out of memory");
    if (!b->items || count(b, v)) {
        builds_of_clear(b);
        return -1;
    }
    for (size_t i = 0; i < b->count; i++) {
        set_build(&b->items[i], &v->plan->stacks[i]);
        b->not_built += !v->plan->stacks[i].built;
    }
    return 0;
}

void builds_of_clear(struct builds_of *b)
{
    free(b->items);
    b->items = NULL;
}
