/* A small finished run for the tests of report/, made without any file. Texts
 * are borrowed. */
#ifndef TESTS_REPORT_WORLD_H
#define TESTS_REPORT_WORLD_H

#include <stdlib.h>
#include <string.h>

#include "report/view.h"

enum { WORLD_MOST = 32 };

struct world {
    struct plan plan;
    struct scenario scenarios[WORLD_MOST];
    struct state states[WORLD_MOST][2];
    struct plan_state plan_states[WORLD_MOST][2];
    struct plan_scenario plan_scenarios[WORLD_MOST];
    struct device devices[WORLD_MOST];
    char *device_stacks[WORLD_MOST];
    struct plan_device plan_devices[WORLD_MOST];
    struct plan_stack stacks[WORLD_MOST];
    struct judgement judgements[WORLD_MOST];
    struct judgements verdicts;
    struct run_facts run;
    struct record records[WORLD_MOST];
    struct shim_side shims[WORLD_MOST];
    struct endpoint_side endpoints[WORLD_MOST];
    size_t records_count;
    struct run_view view;
};

static inline struct world *world_new(void)
{
    struct world *w = calloc(1, sizeof *w);

    assert_non_null(w);
    w->plan.scenarios = w->plan_scenarios;
    w->plan.devices = w->plan_devices;
    w->plan.stacks = w->stacks;
    w->verdicts.items = w->judgements;
    w->run.started_at = (char *)"2026-01-01T00:00:00Z";
    return w;
}

static inline void world_scenario(struct world *w, const char *id,
                                  const char *first, const char *second)
{
    size_t i = w->plan.scenarios_count++;
    const char *names[2] = {first, second};

    w->scenarios[i].id = w->scenarios[i].title = (char *)id;
    w->scenarios[i].states = w->states[i];
    w->scenarios[i].states_count = second ? 2 : 1;
    for (size_t k = 0; k < w->scenarios[i].states_count; k++) {
        w->states[i][k].name = (char *)names[k];
        w->states[i][k].policy = (char *)"free";
        w->states[i][k].endpoint = (char *)"a.example";
        w->plan_states[i][k].state = &w->states[i][k];
    }
    w->plan_scenarios[i].scenario = &w->scenarios[i];
    w->plan_scenarios[i].states = w->plan_states[i];
}

static inline struct plan_stack *world_stack(struct world *w, const char *name,
                                             const char *version)
{
    struct plan_stack *s = &w->stacks[w->plan.stacks_count++];

    s->name = (char *)name;
    s->version = (char *)version;
    s->built = version != NULL;
    return s;
}

static inline struct plan_device *world_device(struct world *w, const char *id,
                                               const char *type,
                                               const char *stack,
                                               long long units)
{
    size_t i = w->plan.devices_count++;

    w->device_stacks[i] = (char *)stack;
    w->devices[i].id = w->devices[i].title = (char *)id;
    w->devices[i].units = units;
    w->devices[i].stacks = &w->device_stacks[i];
    w->devices[i].stacks_count = 1;
    w->devices[i].verify = (struct device_verify){1, 1, 1, 0};
    w->plan_devices[i].device = &w->devices[i];
    w->plan_devices[i].type = (char *)type;
    return &w->plan_devices[i];
}

static inline struct judgement *world_verdict(struct world *w,
                                              const char *scenario,
                                              const char *device,
                                              enum verdict v)
{
    struct judgement *j = &w->judgements[w->verdicts.count++];

    j->scenario = (char *)scenario;
    j->device = (char *)device;
    j->verdict = v;
    j->before = j->after = (char *)"t";
    j->cell = (char *)"";
    j->as_expected = -1;
    for (size_t i = 0; i < w->plan.devices_count; i++)
        if (!strcmp(w->devices[i].id, device)) {
            j->units = w->devices[i].units;
            j->stack = w->device_stacks[i];
        }
    return j;
}

/* Of a cell "scenario/state/device", both sides there. */
static inline struct record *world_record(struct world *w, const char *cell,
                                          const char *const names[3],
                                          const char *stack, enum outcome o)
{
    size_t i = w->records_count++;
    struct record *r = &w->records[i];

    r->cell = (char *)cell;
    r->scenario = (char *)names[0];
    r->state = (char *)names[1];
    r->device = (char *)names[2];
    r->stack = (char *)stack;
    r->outcome = o;
    r->shim = &w->shims[i];
    r->endpoint = &w->endpoints[i];
    r->shim->security_level = -1;
    r->shim->peak_heap = -1;
    return r;
}

static inline const struct record *world_find(void *arg, const char *cell)
{
    const struct world *w = arg;

    for (size_t i = 0; i < w->records_count; i++)
        if (!strcmp(w->records[i].cell, cell))
            return &w->records[i];
    return NULL;
}

static inline int world_each(void *arg,
                             int (*each)(void *, const struct record *),
                             void *each_arg)
{
    const struct world *w = arg;
    int status = 0;

    for (size_t i = 0; i < w->records_count && status == 0; i++)
        status = each(each_arg, &w->records[i]);
    return status;
}

/* When all is in it. */
static inline void world_index(struct world *w)
{
    const struct view_records records = {w, world_find, world_each};

    assert_int_equal(plan_index(&w->plan), 0);
    assert_int_equal(
        view_init(&w->view, &w->plan, &w->verdicts, &w->run, &records), 0);
}

static inline void world_free(struct world *w)
{
    view_clear(&w->view);
    for (size_t i = 0; i < sizeof w->plan.index / sizeof *w->plan.index; i++)
        free(w->plan.index[i]);
    free(w);
}

#endif
