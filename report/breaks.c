/* Sorts the worst verdicts by everything that a line tells of them; what is
 * equal in it then stands together. */
#include "report/breaks.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"

struct entry {
    const struct judgement *verdict;
    const struct plan_device *device;
    const struct record *record;
};

static long long native_code(const struct entry *e)
{
    return e->record && e->record->shim ? e->record->shim->native_code : 0;
}

static int text_order(const char *x, const char *y)
{
    return strcmp(view_text(x), view_text(y));
}

static int number_order(long long x, long long y)
{
    return x < y ? -1 : x > y;
}

static int mends_order(const struct judgement *x, const struct judgement *y)
{
    int order =
        number_order((long long)x->mends_count, (long long)y->mends_count);

    for (size_t i = 0; !order && i < x->mends_count; i++) {
        order = number_order(x->mends[i].side, y->mends[i].side);
        if (!order)
            order = text_order(x->mends[i].text, y->mends[i].text);
    }
    return order;
}

static int type_order(const struct entry *x, const struct entry *y)
{
    int order = number_order(y->verdict->units, x->verdict->units);

    return order ? order : strcmp(x->device->type, y->device->type);
}

/* What a row says. */
static int row_order(const struct entry *x, const struct entry *y)
{
    const struct judgement *a = x->verdict, *b = y->verdict;
    int order = text_order(a->scenario, b->scenario);

    if (!order)
        order = text_order(a->after, b->after);
    if (!order)
        order = number_order(a->verdict, b->verdict);
    if (!order)
        order = text_order(reason_name(a->reason), reason_name(b->reason));
    if (!order)
        order = number_order(native_code(x), native_code(y));
    if (!order)
        order = text_order(a->cause, b->cause);
    if (!order)
        order = text_order(a->mend, b->mend);
    if (!order)
        order = number_order(a->undiagnosed, b->undiagnosed);
    return order ? order : mends_order(a, b);
}

static int by_all(const void *a, const void *b)
{
    int order = type_order(a, b);

    if (!order)
        order = row_order(a, b);
    return order ? order
                 : text_order(((const struct entry *)a)->verdict->stack,
                              ((const struct entry *)b)->verdict->stack);
}

static size_t builds_of(const struct plan *p, const char *type)
{
    size_t n = 0;

    for (size_t i = 0; i < p->devices_count; i++)
        n += !strcmp(p->devices[i].type, type);
    return n;
}

/* Cuts the sorted entries into groups and rows. */
static void cut(struct breaks *b, const struct run_view *v,
                const struct entry *entries, size_t n)
{
    struct break_group *g = NULL;
    struct break_row *r = b->rows;

    for (size_t i = 0, end; i < n; i = end, r++) {
        if (!g || type_order(&entries[i - 1], &entries[i])) {
            g = &b->groups[b->count++];
            g->device = entries[i].device;
            g->of = builds_of(v->plan, g->device->type);
            g->rows = r;
        }
        g->count++;
        r->first = entries[i].verdict;
        r->record = entries[i].record;
        r->builds = &b->sorted[i];
        for (end = i; end < n && !type_order(&entries[i], &entries[end]) &&
                      !row_order(&entries[i], &entries[end]);
             end++)
            b->sorted[end] = entries[end].verdict;
        r->count = end - i;
    }
}

static size_t gather(struct entry *entries, const struct run_view *v,
                     const struct tally *t, int verdict)
{
    size_t n = 0;

    for (size_t i = 0; i < t->worst_count; i++) {
        struct entry e = {.verdict = t->worst[i]};

        e.device = plan_device(v->plan, e.verdict->device);
        e.record = view_cell(v, e.verdict->cell);
        if (e.device && (verdict < 0 || (int)e.verdict->verdict == verdict))
            entries[n++] = e;
    }
    return n;
}

static int make(struct breaks *b, const struct run_view *v,
                const struct tally *t, int verdict)
{
    struct entry *entries = calloc(t->worst_count + 1, sizeof *entries);
    size_t n;

    memset(b, 0, sizeof *b);
    b->groups = calloc(t->worst_count + 1, sizeof *b->groups);
    b->rows = calloc(t->worst_count + 1, sizeof *b->rows);
    b->sorted = calloc(t->worst_count + 1, sizeof(const struct judgement *));
    if (!entries || !b->groups || !b->rows || !b->sorted) {
        diag("out of memory");
        free(entries);
        breaks_clear(b);
        return -1;
    }
    n = gather(entries, v, t, verdict);
    if (n)
        qsort(entries, n, sizeof *entries, by_all);
    cut(b, v, entries, n);
    free(entries);
    return 0;
}

int breaks_init(struct breaks *b, const struct run_view *v,
                const struct tally *t, enum verdict verdict)
{
    return make(b, v, t, (int)verdict);
}

int breaks_init_all(struct breaks *b, const struct run_view *v,
                    const struct tally *t)
{
    return make(b, v, t, -1);
}

void breaks_clear(struct breaks *b)
{
    free(b->groups);
    free(b->rows);
    free(b->sorted);
    memset(b, 0, sizeof *b);
}
