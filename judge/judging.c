/* Judges each pair when its last record has come. */
#include "judge/judging.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "judge/outcome.h"
#include "judge/verdict.h"

void judging_outcome(const struct plan *p, struct record *r)
{
    const struct plan_scenario *s = plan_scenario(p, r->scenario);
    const struct plan_device *d = plan_device(p, r->device);
    const struct plan_state *st = s ? plan_state(s, r->state) : NULL;

    if (st && d)
        st = plan_state_served(s, st, record_sends_name(r, d->device));
    outcome_judge(r, d, plan_stack(p, r->stack), st);
}

struct judging {
    const struct plan *plan;
    struct record ***pending; /* of each pair: a record per state, or NULL */
    unsigned char *judged;    /* of each pair */
    struct judgements out;
    struct run_facts counts;
};

struct judging *judging_new(const struct plan *p)
{
    struct judging *j = calloc(1, sizeof *j);

    if (j) {
        j->plan = p;
        j->pending = calloc(p->pairs_count + 1, sizeof *j->pending);
        j->judged = calloc(p->pairs_count + 1, 1);
        j->out.items = calloc(p->pairs_count + 1, sizeof *j->out.items);
    }
    if (j && j->pending && j->judged && j->out.items) {
        j->out.count = p->pairs_count;
        return j;
    }
    diag("out of memory");
    judging_free(j);
    return NULL;
}

static size_t states_of(const struct plan *p, size_t pair)
{
    return p->scenarios[p->pairs[pair].scenario].scenario->states_count;
}

static void pending_free(struct judging *j, size_t pair)
{
    for (size_t k = 0; j->pending[pair] && k < states_of(j->plan, pair); k++)
        record_free(j->pending[pair][k]);
    free(j->pending[pair]);
    j->pending[pair] = NULL;
}

void judging_free(struct judging *j)
{
    if (!j)
        return;
    for (size_t i = 0; j->pending && i < j->plan->pairs_count; i++)
        pending_free(j, i);
    free(j->pending);
    free(j->judged);
    judgements_clear(&j->out);
    free(j);
}

static int judge_pair(struct judging *j, size_t pair)
{
    size_t count = states_of(j->plan, pair);
    const struct record **states =
        calloc(count + 1, sizeof(const struct record *));
    int status = -1;

    for (size_t k = 0; states && j->pending[pair] && k < count; k++)
        states[k] = j->pending[pair][k];
    if (states)
        status = verdict_judge(j->plan, &j->plan->pairs[pair], states,
                               &j->out.items[pair]);
    else
        diag("out of memory");
    free(states);
    j->judged[pair] = 1;
    pending_free(j, pair);
    return status;
}

/* Takes the record. */
static int put(struct judging *j, size_t pair, size_t state, struct record *r)
{
    size_t count = states_of(j->plan, pair);
    struct record **of = j->pending[pair];

    if (!of)
        of = j->pending[pair] = calloc(count + 1, sizeof(struct record *));
    if (!of || of[state]) {
        if (!of)
            diag("out of memory");
        record_free(r);
        return of ? 0 : -1;
    }
    of[state] = r;
    for (size_t k = 0; k < count; k++)
        if (!of[k])
            return 0;
    return judge_pair(j, pair);
}

int judging_take(struct judging *j, struct record *r)
{
    const struct plan *p = j->plan;
    const struct plan_scenario *s = plan_scenario(p, r->scenario);
    const struct plan_device *d = plan_device(p, r->device);
    const struct plan_state *st = s ? plan_state(s, r->state) : NULL;
    size_t pair = st && d ? plan_pair(p, s, d) : p->pairs_count;

    j->counts.cells++;
    j->counts.errors += r->outcome == OUTCOME_ERROR;
    j->counts.untested += r->outcome == OUTCOME_UNTESTED;
    j->counts.unmapped += r->reason == REASON_UNMAPPED;
    if (pair < p->pairs_count && !j->judged[pair])
        return put(j, pair, (size_t)(st - s->states), r);
    record_free(r);
    return 0;
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

static int copy_texts(const struct plan *p, struct run_facts *run)
{
    int status = 0;

    for (size_t i = 0; i < p->stacks_count && status == 0; i++)
        if (p->stacks[i].built)
            status = copy(&run->stacks, &run->stacks_count, p->stacks[i].name);
    for (size_t i = 0; i < p->notes_count && status == 0; i++)
        status = copy(&run->notes, &run->notes_count, p->notes[i]);
    if (status)
        diag("out of memory");
    return status;
}

int judging_end(struct judging *j, struct run_facts *run,
                struct judgements *out)
{
    for (size_t i = 0; i < j->plan->pairs_count; i++)
        if (!j->judged[i] && judge_pair(j, i))
            return -1;
    if (copy_texts(j->plan, run))
        return -1;
    run->cells = j->counts.cells;
    run->errors = j->counts.errors;
    run->untested = j->counts.untested;
    run->unmapped = j->counts.unmapped;
    *out = j->out;
    memset(&j->out, 0, sizeof j->out);
    return 0;
}
