/* Pairs the cells of two sides and compares what was judged. Native codes are
 * shown and not compared: each family counts in its own. */
#include "report/difference.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"

struct pair { /* one device on each side, or on one */
    const char *name;
    const struct plan_device *devices[SIDES];
};

struct pairs {
    struct pair *items;
    size_t count;
};

static void add(struct difference *d, struct difference_list *list,
                const struct difference_place *p)
{
    if (list->count == list->room) {
        size_t room = list->room ? 2 * list->room : 32;
        struct difference_place *grown =
            realloc(list->items, room * sizeof *grown);

        if (!grown) {
            d->failed = 1;
            return;
        }
        list->items = grown;
        list->room = room;
    }
    list->items[list->count++] = *p;
}

static const char *name_of(const struct difference_side *side,
                           const struct plan_device *d)
{
    return side->stack ? d->type : d->device->id;
}

static struct pair *find_pair(const struct pairs *pairs, const char *name)
{
    for (size_t i = 0; i < pairs->count; i++)
        if (!strcmp(pairs->items[i].name, name))
            return &pairs->items[i];
    return NULL;
}

/* The devices of a side that take part. */
static void pair_side(struct pairs *pairs, const struct difference_side *side,
                      int which)
{
    const struct plan *p = side->view->plan;

    for (size_t i = 0; i < p->devices_count; i++) {
        const struct plan_device *d = &p->devices[i];
        struct pair *pair;

        if (side->stack && strcmp(view_stack(d), side->stack) != 0)
            continue;
        pair = which ? find_pair(pairs, name_of(side, d)) : NULL;
        if (!pair) {
            pair = &pairs->items[pairs->count++];
            pair->name = name_of(side, d);
        }
        pair->devices[which] = d;
    }
}

static int pair_devices(struct pairs *pairs, const struct difference *d)
{
    size_t n = 1;

    for (int i = 0; i < SIDES; i++)
        n += d->sides[i].view->plan->devices_count;
    pairs->count = 0;
    pairs->items = calloc(n, sizeof *pairs->items);
    for (int i = 0; pairs->items && i < SIDES; i++)
        pair_side(pairs, &d->sides[i], i);
    return pairs->items ? 0 : -1;
}

int difference_is_judged(const struct record *r)
{
    return outcome_is_statement(r->outcome);
}

static int is_verdict(const struct judgement *j)
{
    return j && verdict_is_statement(j->verdict);
}

int difference_same_verdict(const struct difference_place *p)
{
    const struct judgement *a = p->verdicts[0], *b = p->verdicts[1];

    return a && b && a->verdict == b->verdict && a->reason == b->reason;
}

static const char *because_of(const struct judgement *j)
{
    return j && j->expected.there && j->expected.because && *j->expected.because
               ? j->expected.because
               : NULL;
}

const char *difference_because(const struct difference_place *p, int side)
{
    const char *text = because_of(p->verdicts[side]);
    const char *first = side ? because_of(p->verdicts[0]) : NULL;

    if (text && first && !strcmp(text, first) &&
        !strcmp(view_text(p->verdicts[0]->expected.reference),
                view_text(p->verdicts[1]->expected.reference)))
        return NULL;
    return text;
}

/* Of the same chain only: an RSA and an ECDSA chain cost differently, and a
 * refused handshake ends early. */
static int has_heap(const struct difference_place *p)
{
    const char *chains[SIDES];

    for (int i = 0; i < SIDES; i++) {
        const struct record *r = p->records[i];

        if (r->outcome != OUTCOME_CONNECTED || !r->shim || !r->endpoint ||
            r->shim->peak_heap <= 0 || !r->endpoint->chain)
            return 0;
        chains[i] = r->endpoint->chain;
    }
    return !strcmp(chains[0], chains[1]);
}

static int differs(const struct difference_place *p)
{
    const struct record *a = p->records[0], *b = p->records[1];

    return a->outcome != b->outcome || a->reason != b->reason ||
           a->refused_by != b->refused_by;
}

static void compare_cell(struct difference *d, const struct pair *pair,
                         struct difference_place *p)
{
    for (int i = 0; i < SIDES; i++)
        p->records[i] =
            pair->devices[i]
                ? view_record(d->sides[i].view, p->scenario, p->state,
                              pair->devices[i]->device->id)
                : NULL;
    if (!p->records[0] && !p->records[1])
        return;
    if (!p->records[0] || !p->records[1]) {
        d->only_in[p->records[1] != NULL]++;
        add(d, &d->only, p);
        return;
    }
    if (!difference_is_judged(p->records[0]) ||
        !difference_is_judged(p->records[1])) {
        add(d, &d->apart, p);
        return;
    }
    d->compared++;
    if (has_heap(p))
        add(d, &d->heap, p);
    if (differs(p))
        add(d, &d->cells, p);
}

static int has_state(const struct plan_scenario *s, const char *name)
{
    return s && plan_state(s, name) != NULL;
}

/* The states of both sides, each once. */
static void compare_states(struct difference *d, const struct pair *pair,
                           struct difference_place *p,
                           const struct plan_scenario *const found[SIDES])
{
    for (int i = 0; i < SIDES; i++)
        for (size_t j = 0; found[i] && j < found[i]->scenario->states_count;
             j++) {
            p->state = found[i]->scenario->states[j].name;
            if (i == 0 || !has_state(found[0], p->state))
                compare_cell(d, pair, p);
        }
}

static void compare_scenario(struct difference *d, const struct pairs *pairs,
                             const char *id)
{
    const struct plan_scenario *found[SIDES];

    for (int i = 0; i < SIDES; i++)
        found[i] = plan_scenario(d->sides[i].view->plan, id);
    for (size_t n = 0; n < pairs->count; n++) {
        const struct pair *pair = &pairs->items[n];
        struct difference_place p = {.scenario = id, .device = pair->name};

        for (int i = 0; i < SIDES; i++)
            if (pair->devices[i])
                p.verdicts[i] = view_verdict(d->sides[i].view, id,
                                             pair->devices[i]->device->id);
        compare_states(d, pair, &p, found);
        p.state = NULL;
        memset(p.records, 0, sizeof p.records);
        if (is_verdict(p.verdicts[0]) && is_verdict(p.verdicts[1]) &&
            !difference_same_verdict(&p))
            add(d, &d->verdicts, &p);
    }
}

static void compare(struct difference *d, const struct pairs *pairs)
{
    for (int i = 0; i < SIDES; i++) {
        const struct plan *p = d->sides[i].view->plan;

        for (size_t j = 0; j < p->scenarios_count; j++) {
            const char *id = p->scenarios[j].scenario->id;

            if ((i && plan_scenario(d->sides[0].view->plan, id)) ||
                (d->scenario && fnmatch(d->scenario, id, 0) != 0))
                continue;
            compare_scenario(d, pairs, id);
        }
    }
}

int difference_init(struct difference *d, const struct difference_side *a,
                    const struct difference_side *b, const char *scenario)
{
    struct pairs pairs;

    memset(d, 0, sizeof *d);
    d->sides[0] = *a;
    d->sides[1] = *b;
    d->scenario = scenario;
    d->failed = pair_devices(&pairs, d) != 0;
    if (!d->failed)
        compare(d, &pairs);
    free(pairs.items);
    if (!d->failed)
        return 0;
    diag("out of memory");
    difference_clear(d);
    return -1;
}

void difference_clear(struct difference *d)
{
    free(d->cells.items);
    free(d->apart.items);
    free(d->only.items);
    free(d->verdicts.items);
    free(d->heap.items);
    memset(d, 0, sizeof *d);
}

size_t difference_count(const struct difference *d)
{
    return d->cells.count + d->verdicts.count;
}
