/* Finds the records of each pair by their cells. */
#include "judge/judging.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "judge/outcome.h"
#include "judge/verdict.h"

void judging_outcome(const struct plan *p, struct record *r)
{
    const struct plan_scenario *s = plan_scenario(p, r->scenario);

    outcome_judge(r, plan_device(p, r->device), plan_stack(p, r->stack),
                  s ? plan_state(s, r->state) : NULL);
}

static int by_names(const char *const a[3], const char *const b[3])
{
    for (int i = 0; i < 3; i++) {
        int order = strcmp(a[i], b[i]);

        if (order)
            return order;
    }
    return 0;
}

static int by_cell(const void *a, const void *b)
{
    const struct record *x = *(struct record *const *)a;
    const struct record *y = *(struct record *const *)b;
    const char *const mine[3] = {x->scenario, x->device, x->state};
    const char *const other[3] = {y->scenario, y->device, y->state};

    return by_names(mine, other);
}

static const struct record *find(struct record *const *sorted, size_t count,
                                 const char *const names[3])
{
    size_t low = 0, high = count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct record *r = sorted[middle];
        const char *const at[3] = {r->scenario, r->device, r->state};
        int order = by_names(names, at);

        if (order == 0)
            return r;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

struct judging {
    const struct plan *plan;
    struct record **sorted;
    const struct record **states; /* room for the longest scenario */
    size_t count;
};

static int judge_pair(const struct judging *j, const struct plan_pair *pair,
                      struct judgement *out)
{
    const struct scenario *s = j->plan->scenarios[pair->scenario].scenario;
    const struct device *d = j->plan->devices[pair->device].device;

    for (size_t k = 0; k < s->states_count; k++) {
        const char *const names[3] = {s->id, d->id, s->states[k].name};

        j->states[k] = find(j->sorted, j->count, names);
    }
    return verdict_judge(j->plan, pair, j->states, out);
}

static size_t longest(const struct plan *p)
{
    size_t most = 1;

    for (size_t i = 0; i < p->scenarios_count; i++)
        if (p->scenarios[i].scenario->states_count > most)
            most = p->scenarios[i].scenario->states_count;
    return most;
}

int judging_verdicts(const struct plan *p, struct record *const *records,
                     size_t count, struct judgements *out)
{
    struct judging j = {p, malloc((count + 1) * sizeof(struct record *)),
                        calloc(longest(p), sizeof(struct record *)), count};
    int status = 0;

    memset(out, 0, sizeof *out);
    out->items = calloc(p->pairs_count + 1, sizeof *out->items);
    if (!j.sorted || !j.states || !out->items) {
        diag("out of memory");
        status = -1;
    }
    for (size_t i = 0; i < count && status == 0; i++)
        j.sorted[i] = records[i];
    if (status == 0)
        qsort(j.sorted, count, sizeof(struct record *), by_cell);
    for (size_t i = 0; i < p->pairs_count && status == 0; i++) {
        status = judge_pair(&j, &p->pairs[i], &out->items[i]);
        out->count += status == 0;
    }
    free(j.sorted);
    free(j.states);
    return status;
}

static int copy(char ***to, size_t *count, const char *text)
{
    char **grown = realloc(*to, (*count + 1) * sizeof *grown);

    if (!grown)
        return -1;
    *to = grown;
    grown[*count] = strdup(text);
    if (!grown[*count])
        return -1;
    ++*count;
    return 0;
}

int judging_count(const struct plan *p, struct record *const *records,
                  size_t count, struct run_facts *run)
{
    int status = 0;

    run->cells = count;
    for (size_t i = 0; i < count; i++) {
        run->errors += records[i]->outcome == OUTCOME_ERROR;
        run->untested += records[i]->outcome == OUTCOME_UNTESTED;
        run->unmapped += records[i]->reason == REASON_UNMAPPED;
    }
    for (size_t i = 0; i < p->stacks_count && status == 0; i++)
        if (p->stacks[i].built)
            status = copy(&run->stacks, &run->stacks_count, p->stacks[i].name);
    for (size_t i = 0; i < p->notes_count && status == 0; i++)
        status = copy(&run->notes, &run->notes_count, p->notes[i]);
    if (status)
        diag("out of memory");
    return status;
}
