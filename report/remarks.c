/* Gathers remarks from everywhere in a run and joins equal ones. */
#include "report/remarks.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"

struct gathering {
    struct remark *items;
    size_t count, room;
    int failed;
};

static void add(struct gathering *g, enum remark_kind kind, const char *text,
                const char *of, size_t verdicts)
{
    if (g->count == g->room) {
        size_t room = g->room ? 2 * g->room : 64;
        struct remark *grown = realloc(g->items, room * sizeof *grown);

        if (!grown) {
            g->failed = 1;
            return;
        }
        g->items = grown;
        g->room = room;
    }
    g->items[g->count++] = (struct remark){kind, text, of, verdicts};
}

static int by_text(const void *a, const void *b)
{
    const struct remark *x = a, *y = b;
    int order = (int)x->kind - (int)y->kind;

    if (!order)
        order = strcmp(x->text, y->text);
    return order ? order : strcmp(view_text(x->of), view_text(y->of));
}

static void of_run(struct gathering *g, const struct run_view *v)
{
    const struct run_facts *r = v->run;

    for (size_t i = 0; i < r->notes_count; i++)
        add(g, REMARK_RUN, r->notes[i], NULL, 0);
    for (size_t i = 0; i < v->plan->notes_count; i++)
        add(g, REMARK_RUN, v->plan->notes[i], NULL, 0);
}

static void of_devices(struct gathering *g, const struct run_view *v)
{
    for (size_t i = 0; i < v->plan->devices_count; i++) {
        const struct plan_device *d = &v->plan->devices[i];

        for (size_t j = 0; j < d->ignored_count; j++)
            add(g, REMARK_IGNORED, d->ignored[j], d->type, 0);
    }
}

static void of_states(struct gathering *g, const struct run_view *v)
{
    for (size_t i = 0; i < v->plan->scenarios_count; i++) {
        const struct plan_scenario *s = &v->plan->scenarios[i];

        for (size_t j = 0; j < s->scenario->states_count; j++)
            for (size_t k = 0; k < s->states[j].left_out_count; k++)
                add(g, REMARK_LEFT_OUT, s->states[j].left_out[k],
                    s->scenario->id, 0);
    }
}

static void of_verdicts(struct gathering *g, const struct run_view *v)
{
    for (size_t i = 0; i < v->verdicts->count; i++) {
        const struct judgement *j = &v->verdicts->items[i];

        for (size_t k = 0; k < j->notes_count; k++)
            add(g, REMARK_NOTE, j->notes[k], j->stack, 1);
        for (size_t k = 0; k < j->emulated_count; k++)
            add(g, REMARK_EMULATED, j->emulated[k], j->stack, 1);
    }
}

static size_t join(struct remark *items, size_t n)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i++) {
        if (kept && !by_text(&items[kept - 1], &items[i]))
            items[kept - 1].verdicts += items[i].verdicts;
        else
            items[kept++] = items[i];
    }
    return kept;
}

int remarks_init(struct remarks *r, const struct run_view *v)
{
    struct gathering g = {.count = 0};

    of_run(&g, v);
    of_devices(&g, v);
    of_states(&g, v);
    of_verdicts(&g, v);
    r->items = g.items;
    r->count = 0;
    if (g.failed) {
        diag("out of memory");
        remarks_clear(r);
        return -1;
    }
    if (g.count)
        qsort(g.items, g.count, sizeof *g.items, by_text);
    r->count = join(g.items, g.count);
    return 0;
}

void remarks_clear(struct remarks *r)
{
    free(r->items);
    r->items = NULL;
    r->count = 0;
}

const char *remark_heading(enum remark_kind k)
{
    static const char *const headings[] = {
        [REMARK_RUN] = "note",          [REMARK_IGNORED] = "not trusted",
        [REMARK_LEFT_OUT] = "left out", [REMARK_NOTE] = "note",
        [REMARK_EMULATED] = "emulated",
    };

    return headings[k];
}
