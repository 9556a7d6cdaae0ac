/* The end of a plan, and its index. */
#include "model/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "model/plan_parts.h"

enum { SCENARIOS, DEVICES, STACKS, INDEXES };

void plan_scenario_clear(struct plan_scenario *s)
{
    for (size_t i = 0; s->states && i < s->scenario->states_count; i++) {
        struct plan_state *st = &s->states[i];

        endpoint_tls_clear(&st->tls);
        for (int k = 0; k < CHAINS; k++)
            free(st->chains[k].items);
        codec_free_texts(st->left_out, st->left_out_count);
    }
    free(s->states);
    if (s->owned)
        scenario_free(s->scenario);
}

void plan_device_clear(struct plan_device *d)
{
    free(d->type);
    free(d->store.items);
    codec_free_texts(d->ignored, d->ignored_count);
    codec_free_texts(d->options, d->options_count);
    if (d->owned)
        device_free(d->device);
}

static void stack_clear(struct plan_stack *s)
{
    free(s->name);
    free(s->version);
    free(s->reason);
    free(s->family);
    codec_free_texts(s->features, s->features_count);
    codec_free_texts(s->emulates, s->emulates_count);
    codec_free_texts(s->curves, s->curves_count);
    codec_free_texts(s->notes, s->notes_count);
}

void plan_clear(struct plan *p)
{
    for (size_t i = 0; i < p->scenarios_count; i++)
        plan_scenario_clear(&p->scenarios[i]);
    for (size_t i = 0; i < p->devices_count; i++)
        plan_device_clear(&p->devices[i]);
    for (size_t i = 0; i < p->stacks_count; i++)
        stack_clear(&p->stacks[i]);
    for (size_t i = 0; i < p->certificates_count; i++)
        certificate_clear(&p->certificates[i]);
    for (int i = 0; i < INDEXES; i++)
        free(p->index[i]);
    free(p->scenarios);
    free(p->devices);
    free(p->stacks);
    free(p->certificates);
    free(p->pairs);
    codec_free_texts(p->options, p->options_count);
    codec_free_texts(p->reading, p->reading_count);
    codec_free_texts(p->notes, p->notes_count);
    memset(p, 0, sizeof *p);
}

static const char *name_of(const struct plan *p, int what, size_t i)
{
    if (what == SCENARIOS)
        return p->scenarios[i].scenario->id;
    return what == DEVICES ? p->devices[i].device->id : p->stacks[i].name;
}

static size_t count_of(const struct plan *p, int what)
{
    if (what == SCENARIOS)
        return p->scenarios_count;
    return what == DEVICES ? p->devices_count : p->stacks_count;
}

struct order {
    const struct plan *plan;
    int what;
};

static int compare(const void *a, const void *b, void *arg)
{
    const struct order *o = arg;

    return strcmp(name_of(o->plan, o->what, *(const size_t *)a),
                  name_of(o->plan, o->what, *(const size_t *)b));
}

int plan_index(struct plan *p)
{
    for (int what = 0; what < INDEXES; what++) {
        size_t count = count_of(p, what);
        struct order o = {p, what};

        free(p->index[what]);
        p->index[what] = malloc((count + 1) * sizeof **p->index);
        if (!p->index[what]) {
            diag("out of memory");
            return -1;
        }
        for (size_t i = 0; i < count; i++)
            p->index[what][i] = i;
        qsort_r(p->index[what], count, sizeof **p->index, compare, &o);
    }
    return 0;
}

/* Its place in its table, or its count. */
static size_t find(const struct plan *p, int what, const char *name)
{
    size_t low = 0, high = count_of(p, what), all = high;

    while (p->index[what] && low < high) {
        size_t middle = low + (high - low) / 2, at = p->index[what][middle];
        int order = strcmp(name, name_of(p, what, at));

        if (order == 0)
            return at;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return all;
}

const struct plan_scenario *plan_scenario(const struct plan *p, const char *id)
{
    size_t i = find(p, SCENARIOS, id);

    return i < p->scenarios_count ? &p->scenarios[i] : NULL;
}

const struct plan_device *plan_device(const struct plan *p, const char *id)
{
    size_t i = find(p, DEVICES, id);

    return i < p->devices_count ? &p->devices[i] : NULL;
}

const struct plan_stack *plan_stack(const struct plan *p, const char *name)
{
    size_t i = find(p, STACKS, name);

    return i < p->stacks_count ? &p->stacks[i] : NULL;
}

const struct plan_state *plan_state(const struct plan_scenario *s,
                                    const char *name)
{
    for (size_t i = 0; i < s->scenario->states_count; i++)
        if (!strcmp(s->scenario->states[i].name, name))
            return &s->states[i];
    return NULL;
}

const struct plan_state *plan_state_served(const struct plan_scenario *s,
                                           const struct plan_state *st,
                                           int sends_name)
{
    const char *other = sends_name ? NULL : st->state->without_name;
    const struct plan_state *served = other ? plan_state(s, other) : st;

    return served ? served : st;
}

size_t plan_pair(const struct plan *p, const struct plan_scenario *s,
                 const struct plan_device *d)
{
    size_t scenario = (size_t)(s - p->scenarios);
    size_t device = (size_t)(d - p->devices);
    size_t low = 0, high = p->pairs_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct plan_pair *at = &p->pairs[middle];

        if (at->scenario == scenario && at->device == device)
            return middle;
        if (at->scenario < scenario ||
            (at->scenario == scenario && at->device < device))
            low = middle + 1;
        else
            high = middle;
    }
    return p->pairs_count;
}

int plan_stack_is_board(const struct plan_stack *s)
{
    return !strcmp(s->name, BOARD_STACK);
}
