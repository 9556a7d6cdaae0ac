/* The search's glue: attempts to trials, records to answers. */
#include "diagnose/failure.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/file.h"

enum { FIT = FAILURE_FAR / 2, COST = 10 };

/* What the device is served in a state; NULL: there is none of that name. */
static const struct plan_state *place(const struct plan_scenario *sc,
                                      const char *name,
                                      const struct plan_device *d)
{
    const struct plan_state *st = sc && name ? plan_state(sc, name) : NULL;

    return st && d ? plan_state_served(sc, st, d->device->tls.sni) : st;
}

int failure_place(const struct diagnose_options *o, const struct judgement *j,
                  struct situation *s)
{
    const struct plan_scenario *sc = plan_scenario(o->plan, j->scenario);
    size_t prefix = strlen(j->scenario) + 1;
    const char *slash = strchr(j->cell + prefix, '/');
    char *name =
        slash ? strndup(j->cell + prefix, (size_t)(slash - j->cell) - prefix)
              : NULL;

    s->builds = o->builds;
    s->builds_count = o->builds_count;
    s->device = plan_device(o->plan, j->device);
    s->stack = plan_stack(o->plan, j->stack);
    s->state = place(sc, name, s->device);
    s->attack = j->verdict == VERDICT_INSECURE;
    if (sc && name && j->before && strcmp(j->before, name) != 0 &&
        j->verdict == VERDICT_BREAKS)
        s->state_before = place(sc, j->before, s->device);
    free(name);
    return s->device && s->state ? 0 : -1;
}

int step_look(struct step *s, const struct situation *from)
{
    s->at = *from;
    memset(&s->at.chain, 0, sizeof s->at.chain);
    memset(&s->at.other, 0, sizeof s->at.other);
    memset(&s->at.anchors, 0, sizeof s->at.anchors);
    memset(&s->at.earlier, 0, sizeof s->at.earlier);
    s->at.trial = s->trial;
    s->at.record = s->record;
    return situation_init(&s->at);
}

void step_free(struct step *s)
{
    if (!s)
        return;
    situation_clear(&s->at);
    trial_free(s->trial);
    record_free(s->record);
    free(s);
}

static int add_candidates(struct failure *f, struct search *s, size_t from)
{
    for (size_t i = from; i < f->edits.count; i++) {
        const struct edit *e = &f->edits.items[i];
        struct candidate c = {.edit = i,
                              .side = e->change->side,
                              .order = e->fits * FIT + e->change->cost * COST,
                              .bad = e->bad,
                              .good = e->good};

        if (search_add(s, &c))
            return -1;
    }
    return 0;
}

/* An edit that stands there already keeps its number. */
static size_t known(const struct failure *f, const struct edit *e)
{
    size_t i = 0;

    while (i < f->edits.count && !(f->edits.items[i].change == e->change &&
                                   f->edits.items[i].it.cert == e->it.cert &&
                                   !strcmp(f->edits.items[i].text, e->text)))
        i++;
    return i;
}

static int take(struct failure *f, struct search *s, struct edits *from)
{
    size_t first = f->edits.count;
    struct edit *grown =
        realloc(f->edits.items, (first + from->count + 1) * sizeof *grown);

    if (!grown) {
        diag("out of memory");
        return -1;
    }
    f->edits.items = grown;
    for (size_t i = 0; i < from->count; i++) {
        size_t at = known(f, &from->items[i]);
        struct candidate c = {.edit = at,
                              .side = from->items[i].change->side,
                              .order = from->items[i].fits * FIT +
                                       from->items[i].change->cost * COST};

        if (at == f->edits.count) {
            f->edits.items[f->edits.count++] = from->items[i];
            from->items[i].text = NULL;
        } else if (at < first && search_add(s, &c)) {
            return -1;
        }
    }
    return add_candidates(f, s, first);
}

/* What stands once the changes of this attempt are made. */
static int expand(void *arg, struct search *s, size_t index)
{
    struct failure *f = arg;
    struct step *step = NULL;
    struct edits found = {0};
    const char *why;
    int status = -1;

    for (size_t i = 0; i < f->steps_count; i++)
        if (f->steps[i]->attempt == index)
            step = f->steps[i];
    if (!step)
        return 0;
    step->trial = failure_trial(f, index, &why);
    if (!step->trial)
        return 0;
    if (step_look(step, &f->at) == 0 && changes_emit(&step->at, &found) == 0)
        status = take(f, s, &found);
    edits_clear(&found);
    return status;
}

struct failure *failure_new(struct bench *b, const struct judgement *j,
                            struct trial *trial, struct trial *before,
                            const struct search_bounds *bounds)
{
    struct failure *f = calloc(1, sizeof *f);

    if (!f) {
        diag("out of memory");
        trial_free(trial);
        trial_free(before);
        return NULL;
    }
    f->bench = b;
    f->judgement = j;
    f->trial = trial;
    f->before = before;
    f->at.calls = bench_calls(b);
    f->at.trial = trial;
    f->at.before = before;
    f->search = search_new(bounds, expand, f);
    if (f->search && failure_place(b->options, j, &f->at) == 0)
        return f;
    failure_free(f);
    return NULL;
}

void failure_free(struct failure *f)
{
    if (!f)
        return;
    for (size_t i = 0; i < f->steps_count; i++)
        step_free(f->steps[i]);
    for (size_t i = 0; i < f->experiments_count; i++)
        experiment_clear(&f->experiments[i]);
    free(f->steps);
    free(f->experiments);
    free(f->attempt_of);
    situation_clear(&f->at);
    edits_clear(&f->edits);
    search_free(f->search);
    trial_free(f->trial);
    trial_free(f->before);
    record_free(f->record);
    record_free(f->record_before);
    free(f);
}

static void edits_of(const struct failure *f, const struct attempt *a,
                     const struct edit *out[SEARCH_DEPTH])
{
    for (size_t i = 0; i < a->count; i++)
        out[i] = &f->edits.items[a->edits[i]];
}

struct trial *failure_trial(struct failure *f, size_t attempt, const char **why)
{
    const struct attempt *a = search_attempt(f->search, attempt);
    const struct edit *edits[SEARCH_DEPTH];

    edits_of(f, a, edits);
    return bench_apply(f->bench, f->trial, edits, a->count, a->value, why);
}

static int keep_experiment(struct failure *f, size_t attempt,
                           const struct record *r)
{
    const struct attempt *a = search_attempt(f->search, attempt);
    const struct edit *edits[SEARCH_DEPTH];
    size_t n = f->experiments_count;
    struct experiment *grown = realloc(f->experiments, (n + 1) * sizeof *grown);
    size_t *of = grown ? realloc(f->attempt_of, (n + 1) * sizeof *of) : NULL;
    struct experiment e = {.side = a->side};

    if (grown)
        f->experiments = grown;
    if (of)
        f->attempt_of = of;
    edits_of(f, a, edits);
    e.change = a->count ? bench_name(edits, a->count, a->value)
                        : strdup("the unchanged cell again");
    e.cell = r ? strdup(r->cell) : format("%s#%s", f->trial->id, e.change);
    if (!grown || !of || !e.change || !e.cell) {
        experiment_clear(&e);
        diag("out of memory");
        return -1;
    }
    e.outcome = r ? r->outcome : OUTCOME_UNSUPPORTED;
    e.reason = r ? r->reason : REASON_NONE;
    f->attempt_of[n] = attempt;
    f->experiments[n] = e;
    f->experiments_count++;
    return 0;
}

/* Refused by the device for a reason that is a check of its own. */
static int is_seen_through(const struct record *r)
{
    const char *kind = reason_class(r->reason);

    return r->outcome == OUTCOME_REFUSED && r->refused_by == PARTY_CLIENT &&
           (!strcmp(kind, "trust") || !strcmp(kind, "time") ||
            !strcmp(kind, "identity") || !strcmp(kind, "policy"));
}

static enum answer answer_of(const struct failure *f, const struct record *r)
{
    if (!r || !outcome_is_statement(r->outcome))
        return ANSWER_CANNOT_TELL;
    if (f->at.attack) {
        if (r->outcome == OUTCOME_CONNECTED)
            return ANSWER_SAME;
        return is_seen_through(r) ? ANSWER_FLIPPED : ANSWER_OTHER;
    }
    if (r->outcome == OUTCOME_CONNECTED)
        return ANSWER_FLIPPED;
    return r->reason == f->judgement->reason ? ANSWER_SAME : ANSWER_OTHER;
}

/* How much of what was lifted was used. */
static int64_t measured(const struct failure *f, const struct attempt *a,
                        const struct record *r)
{
    const struct edit *e;

    if (!r || a->count != 1)
        return 0;
    e = &f->edits.items[a->edits[0]];
    if (!strcmp(e->change->name, "heap"))
        return r->shim ? r->shim->peak_heap : 0;
    if (!strcmp(e->change->name, "max-certificate"))
        return r->endpoint ? (int64_t)r->endpoint->certificate_bytes : 0;
    return 0;
}

/* The unchanged cell failed again: its changes can be looked for. */
static int begin(struct failure *f)
{
    if (situation_init(&f->at) || changes_emit(&f->at, &f->edits))
        return -1;
    return add_candidates(f, f->search, 0);
}

static int keep_step(struct failure *f, size_t attempt, struct record *r)
{
    struct step **grown =
        realloc(f->steps, (f->steps_count + 1) * sizeof(struct step *));
    struct step *s = grown ? calloc(1, sizeof *s) : NULL;

    if (grown)
        f->steps = grown;
    if (!s) {
        diag("out of memory");
        record_free(r);
        return -1;
    }
    s->attempt = attempt;
    s->record = r;
    f->steps[f->steps_count++] = s;
    return 0;
}

int failure_answer(struct failure *f, size_t attempt, struct record *r)
{
    const struct attempt *a = search_attempt(f->search, attempt);
    const struct diagnose_options *o = f->bench->options;
    enum answer answer = answer_of(f, r);
    int64_t used = measured(f, a, r);
    int is_first = a->count == 0, is_last = a->count == SEARCH_DEPTH;

    if (keep_experiment(f, attempt, r) ||
        (r && o->keep && o->keep(o->arg, r))) {
        record_free(r);
        return -1;
    }
    search_answer(f->search, attempt, answer, used);
    if (is_first) {
        f->record = r;
        f->at.record = r;
        return answer == ANSWER_SAME ? begin(f) : 0;
    }
    if (answer == ANSWER_OTHER && !is_last)
        return keep_step(f, attempt, r);
    record_free(r);
    return 0;
}
