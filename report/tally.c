/* Adds verdicts up. Units of a device type count once, however many scenarios
 * break it and on however many of its stack builds. */
#include "report/tally.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"

static int by_units(const void *a, const void *b)
{
    const struct judgement *x = *(const struct judgement *const *)a;
    const struct judgement *y = *(const struct judgement *const *)b;
    int order;

    if (x->units != y->units)
        return x->units < y->units ? 1 : -1;
    order = strcmp(x->device, y->device);
    return order ? order : strcmp(x->scenario, y->scenario);
}

struct member { /* a device of the plan, and the effects of its verdicts */
    const struct plan_device *device;
    unsigned effects; /* a bit each */
};

static int by_type(const void *a, const void *b)
{
    const struct member *x = a, *y = b;

    return strcmp(x->device->type, y->device->type);
}

static void count(struct tally *t, const struct run_view *v,
                  struct member *members)
{
    for (size_t i = 0; i < v->verdicts->count; i++) {
        const struct judgement *j = &v->verdicts->items[i];
        const struct plan_device *d = plan_device(v->plan, j->device);
        enum effect e = verdict_effect(j->verdict);

        t->whole.verdicts++;
        t->parts[e].verdicts++;
        t->by_verdict[j->verdict]++;
        t->unexpected += j->as_expected == 0;
        t->undiagnosed += j->undiagnosed != 0;
        if (e == EFFECT_LOSES)
            t->worst[t->worst_count++] = j;
        if (d)
            members[d - v->plan->devices].effects |= 1u << e;
    }
}

static void add_type(struct tally *t, const struct member *m, unsigned effects)
{
    long long units = m->device->device->units;

    t->whole.types++;
    t->whole.units += units;
    for (int i = 0; i < EFFECTS; i++) {
        enum effect e = effect_order(i);

        if (!(effects & 1u << e))
            continue;
        t->parts[e].types++;
        t->parts[e].units += units;
        return;
    }
}

static void count_types(struct tally *t, struct member *members, size_t n)
{
    if (n)
        qsort(members, n, sizeof *members, by_type);
    for (size_t i = 0, end; i < n; i = end) {
        unsigned effects = 0;

        for (end = i; end < n && !by_type(&members[i], &members[end]); end++) {
            effects |= members[end].effects;
            t->devices_losing +=
                (members[end].effects & 1u << EFFECT_LOSES) > 0;
        }
        add_type(t, &members[i], effects);
    }
}

int tally_init(struct tally *t, const struct run_view *v)
{
    size_t n = v->plan->devices_count;
    struct member *members = calloc(n + 1, sizeof *members);

    memset(t, 0, sizeof *t);
    t->worst = calloc(v->verdicts->count + 1, sizeof(const struct judgement *));
    if (!t->worst || !members) {
        diag("out of memory");
        free(members);
        tally_clear(t);
        return -1;
    }
    for (size_t i = 0; i < n; i++)
        members[i].device = &v->plan->devices[i];
    count(t, v, members);
    count_types(t, members, n);
    if (t->worst_count)
        qsort(t->worst, t->worst_count, sizeof(void *), by_units);
    free(members);
    return 0;
}

void tally_clear(struct tally *t)
{
    free(t->worst);
    t->worst = NULL;
}
