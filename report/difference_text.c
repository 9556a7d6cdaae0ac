/* Tells a difference to a person. What the two sides are called: the stack
 * builds, or the folders where the stack build is the same. */
#include "report/difference.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

struct telling {
    FILE *to;
    const struct difference *d;
    const char *names[SIDES];
};

static void name_sides(struct telling *t)
{
    const struct difference_side *sides = t->d->sides;
    int by_stack =
        strcmp(view_text(sides[0].stack), view_text(sides[1].stack)) != 0;

    for (int i = 0; i < SIDES; i++)
        t->names[i] = by_stack ? view_text(sides[i].stack) : sides[i].results;
}

static void print_versions(const struct telling *t, int side)
{
    const struct difference_side *s = &t->d->sides[side];
    const struct plan_stack *stack =
        s->stack ? plan_stack(s->view->plan, s->stack) : NULL;

    fprintf(t->to, "%s: ", side ? "B" : "A");
    if (s->stack) {
        text_print(t->to, s->stack);
        fputs(" (", t->to);
        text_print(t->to, stack ? stack->version : NULL);
        fputs(") in ", t->to);
    }
    text_print(t->to, s->results);
    fputc('\n', t->to);
}

static int takes_part(const struct difference_side *side, const char *stack)
{
    return !side->stack || !strcmp(side->stack, stack);
}

/* Stack builds of the same name whose version is another one now. */
static void print_updates(const struct telling *t)
{
    const struct difference_side *a = &t->d->sides[0], *b = &t->d->sides[1];

    for (size_t i = 0; i < a->view->plan->stacks_count; i++) {
        const struct plan_stack *was = &a->view->plan->stacks[i];
        const struct plan_stack *is = plan_stack(b->view->plan, was->name);

        if (!takes_part(a, was->name) || !is || !takes_part(b, is->name) ||
            !was->version || !is->version || !strcmp(was->version, is->version))
            continue;
        fputs("   ", t->to);
        text_print(t->to, was->name);
        fputs(": ", t->to);
        text_print(t->to, was->version);
        fputs(" in A, ", t->to);
        text_print(t->to, is->version);
        fputs(" in B\n", t->to);
    }
}

static void print_because(const struct telling *t,
                          const struct difference_place *p)
{
    int only_first =
        difference_because(p, 0) != NULL && difference_because(p, 1) == NULL;

    for (int i = 0; i < SIDES; i++) {
        const char *text = difference_because(p, i);
        const char *reference =
            text ? p->verdicts[i]->expected.reference : NULL;

        if (!text)
            continue;
        fputs("      because", t->to);
        if (!only_first) {
            fputs(" (", t->to);
            text_print(t->to, t->names[i]);
            fputc(')', t->to);
        }
        fputs(": ", t->to);
        text_print(t->to, text);
        if (reference && *reference) {
            fputs(" [", t->to);
            text_print(t->to, reference);
            fputc(']', t->to);
        }
        fputc('\n', t->to);
    }
}

static void print_side(const struct telling *t, int i, const struct record *r)
{
    text_print(t->to, t->names[i]);
    fprintf(t->to, ": %s", outcome_name(r->outcome));
    if (r->refused_by == PARTY_SERVER)
        fputs(" by the endpoint:", t->to);
    if (r->refused_by != PARTY_NOBODY)
        fprintf(t->to, " %s", reason_name(r->reason));
    if (r->shim && r->shim->native_code)
        fprintf(t->to, " (%lld)", r->shim->native_code);
    if (r->shim && r->shim->emulated_count)
        fputs(" (emulated)", t->to);
}

static void print_place(const struct telling *t,
                        const struct difference_place *p, char between)
{
    fputs("  ", t->to);
    text_print(t->to, p->scenario);
    if (p->state) {
        fputc('/', t->to);
        text_print(t->to, p->state);
    }
    fputc(between, t->to);
    text_print(t->to, p->device);
}

static void print_cells(const struct telling *t)
{
    const struct difference_list *list = &t->d->cells;

    if (list->count)
        fputs("\ncells with different outcomes\n", t->to);
    for (size_t i = 0; i < list->count; i++) {
        const struct difference_place *p = &list->items[i];

        print_place(t, p, '/');
        fputs("\n      ", t->to);
        print_side(t, 0, p->records[0]);
        fputs("  vs  ", t->to);
        print_side(t, 1, p->records[1]);
        fputc('\n', t->to);
        if (difference_same_verdict(p))
            print_because(t, p);
    }
}

static void print_verdict(const struct telling *t, int i,
                          const struct judgement *j)
{
    text_print(t->to, t->names[i]);
    fprintf(t->to, " %s", verdict_name(j->verdict));
    if (j->reason != REASON_NONE)
        fprintf(t->to, " (%s)", reason_name(j->reason));
}

static void print_verdicts(const struct telling *t)
{
    const struct difference_list *list = &t->d->verdicts;

    if (list->count)
        fputs("\ndifferent verdicts\n", t->to);
    for (size_t i = 0; i < list->count; i++) {
        const struct difference_place *p = &list->items[i];

        print_place(t, p, ' ');
        fputs(": ", t->to);
        print_verdict(t, 0, p->verdicts[0]);
        fputs(", ", t->to);
        print_verdict(t, 1, p->verdicts[1]);
        fputc('\n', t->to);
        print_because(t, p);
    }
}

static const char *why_unjudged(const struct record *r)
{
    return r->note && *r->note ? r->note : reason_name(r->reason);
}

static int by_why(const void *a, const void *b)
{
    const struct record *x = *(const struct record *const *)a;
    const struct record *y = *(const struct record *const *)b;
    int order = (int)x->outcome - (int)y->outcome;

    return order ? order : strcmp(why_unjudged(x), why_unjudged(y));
}

/* One line for all cells that a side left unjudged for one cause. */
static void print_apart(const struct telling *t, int side)
{
    const struct difference_list *list = &t->d->apart;
    const struct record **records =
        calloc(list->count + 1, sizeof(const struct record *));
    size_t n = 0;

    for (size_t i = 0; records && i < list->count; i++)
        if (!difference_is_judged(list->items[i].records[side]))
            records[n++] = list->items[i].records[side];
    if (n)
        qsort(records, n, sizeof(void *), by_why);
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && !by_why(&records[i], &records[end]);)
            end++;
        fprintf(t->to, "  %4zu  ", end - i);
        text_print(t->to, t->names[side]);
        fprintf(t->to, " %s: ", outcome_name(records[i]->outcome));
        text_print(t->to, why_unjudged(records[i]));
        fputc('\n', t->to);
    }
    free(records);
}

static void print_peak(const struct telling *t, int i, const struct record *r)
{
    text_print(t->to, t->names[i]);
    fprintf(t->to, ": %lld (TLS %s)", r->shim->peak_heap,
            view_text(record_version(r)));
}

static void print_heap(const struct telling *t)
{
    const struct difference_list *list = &t->d->heap;

    if (list->count)
        fputs("\npeak heap in bytes, where both connected over the same "
              "chain\n",
              t->to);
    for (size_t i = 0; i < list->count; i++) {
        const struct difference_place *p = &list->items[i];

        print_place(t, p, '/');
        fprintf(t->to, " (%s)\n      ", p->records[0]->endpoint->chain);
        print_peak(t, 0, p->records[0]);
        fputs("  vs  ", t->to);
        print_peak(t, 1, p->records[1]);
        fputc('\n', t->to);
    }
}

static void print_totals(const struct telling *t)
{
    const struct difference *d = t->d;

    fprintf(t->to,
            "\n%zu cells compared, %zu differ; %zu verdicts differ; %zu "
            "not judged by one side; %zu only in one\n",
            d->compared, d->cells.count, d->verdicts.count, d->apart.count,
            d->only_in[0] + d->only_in[1]);
}

void difference_print(FILE *to, const struct difference *d, int heap)
{
    struct telling t = {.to = to, .d = d};

    name_sides(&t);
    print_versions(&t, 0);
    print_versions(&t, 1);
    print_updates(&t);
    print_cells(&t);
    print_verdicts(&t);
    if (d->apart.count)
        fputs("\nnot judged, so not compared\n", to);
    print_apart(&t, 0);
    print_apart(&t, 1);
    if (heap)
        print_heap(&t);
    print_totals(&t);
}
