/* The verdict rules of design section 2. */
#include "judge/verdict.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/file.h"

struct course { /* a device's way through the states */
    const struct plan_scenario *scenario;
    const struct plan_device *device;
    const struct record *const *states;
    size_t count;
};

struct finding {
    enum verdict verdict;
    size_t decides, before, after; /* indexes of states */
    enum reason reason;
};

static enum outcome outcome_at(const struct course *c, size_t i)
{
    return c->states[i] ? c->states[i]->outcome : OUTCOME_ERROR;
}

static enum reason reason_at(const struct course *c, size_t i)
{
    return c->states[i] ? c->states[i]->reason : REASON_NONE;
}

/* First state from `from` on with this outcome; c->count if there is none. */
static size_t first_with(const struct course *c, size_t from,
                         enum outcome outcome)
{
    while (from < c->count && outcome_at(c, from) != outcome)
        from++;
    return from;
}

static void decide(const struct course *c, struct finding *f,
                   enum verdict verdict, size_t at)
{
    f->verdict = verdict;
    f->decides = at;
    f->before = 0;
    f->after = c->count - 1;
    f->reason = reason_at(c, at);
}

/* Anything that is no statement about the device stops the judgement. */
static int find_no_statement(const struct course *c, struct finding *f)
{
    static const struct {
        enum outcome outcome;
        enum verdict verdict;
    } none[] = {{OUTCOME_ERROR, VERDICT_ERROR},
                {OUTCOME_UNSUPPORTED, VERDICT_UNSUPPORTED},
                {OUTCOME_NOT_BUILT, VERDICT_NOT_BUILT}};

    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        size_t at = first_with(c, 0, none[i].outcome);

        if (at == c->count)
            continue;
        decide(c, f, none[i].verdict, at);
        return 1;
    }
    return 0;
}

static void find_change(const struct course *c, struct finding *f)
{
    size_t untested = first_with(c, 0, OUTCOME_UNTESTED);
    size_t connected = first_with(c, 0, OUTCOME_CONNECTED);
    size_t refused = first_with(c, connected, OUTCOME_REFUSED);

    if (untested < c->count) {
        decide(c, f, VERDICT_UNTESTED, untested);
        return;
    }
    if (connected == c->count) {
        decide(c, f, VERDICT_ALREADY_BROKEN, 0);
        return;
    }
    if (connected == 0 && refused == c->count) {
        decide(c, f, VERDICT_SURVIVES, c->count - 1);
        return;
    }
    decide(c, f, refused < c->count ? VERDICT_BREAKS : VERDICT_RECOVERS,
           refused < c->count ? refused : connected);
    f->after = f->decides;
    f->before = f->after - 1;
}

/* A refusal of an attack is the device's own, for what it is to look at: what
 * the endpoint refuses, or a limit or a broken message, says nothing of how the
 * device takes an attack that gets through. */
static int is_refusal_of_attack(const struct record *r)
{
    static const char *const classes[] = {"trust", "time", "identity",
                                          "policy"};

    if (r->outcome != OUTCOME_REFUSED || r->refused_by != PARTY_CLIENT)
        return 0;
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        if (!strcmp(reason_class(r->reason), classes[i]))
            return 1;
    return 0;
}

static void find_attack(const struct course *c, struct finding *f)
{
    size_t fooled = first_with(c, 1, OUTCOME_CONNECTED);

    if (outcome_at(c, 0) == OUTCOME_UNTESTED) {
        decide(c, f, VERDICT_UNTESTED, 0);
        return;
    }
    if (outcome_at(c, 0) != OUTCOME_CONNECTED) {
        decide(c, f, VERDICT_ALREADY_BROKEN, 0);
        return;
    }
    if (fooled < c->count) {
        decide(c, f, VERDICT_INSECURE, fooled);
        f->after = fooled;
        return;
    }
    for (size_t i = 1; i < c->count; i++) {
        if (is_refusal_of_attack(c->states[i]))
            continue;
        decide(c, f, VERDICT_UNTESTED, i);
        f->after = i;
        return;
    }
    decide(c, f, c->count > 1 ? VERDICT_REFUSES : VERDICT_UNTESTED,
           c->count - 1);
}

static int set_text(char **to, const char *from)
{
    if (!from)
        return 0;
    *to = strdup(from);
    return *to ? 0 : -1;
}

/* First rule that matches a built-in device; users' devices have none. A stack
 * that is not built makes no statement, against no expectation. */
static int set_expected(const struct course *c, const struct finding *f,
                        struct judgement *out)
{
    const struct device *d = c->device->device;
    const struct expectation *e =
        c->device->built_in
            ? scenario_expectation(c->scenario->scenario, d->id, d->stacks[0])
            : NULL;

    out->as_expected = -1;
    if (!e)
        return 0;
    out->expected.there = 1;
    out->expected.verdict = e->verdict;
    out->expected.reason = e->reason;
    if (f->verdict != VERDICT_NOT_BUILT)
        out->as_expected = e->verdict == f->verdict && e->reason == f->reason;
    return set_text(&out->expected.because, e->because) ||
                   set_text(&out->expected.reference, e->reference)
               ? -1
               : 0;
}

/* Each text once. */
static int add_text(char ***list, size_t *count, const char *text)
{
    char **grown;

    for (size_t i = 0; i < *count; i++)
        if (!strcmp((*list)[i], text))
            return 0;
    grown = realloc(*list, (*count + 1) * sizeof *grown);
    if (!grown)
        return -1;
    *list = grown;
    grown[*count] = strdup(text);
    return grown[*count] ? (int)(++*count == 0) : -1;
}

static int set_remarks(const struct plan *p, const struct course *c,
                       struct judgement *out)
{
    const struct plan_stack *s = plan_stack(p, c->device->device->stacks[0]);

    for (size_t i = 0; i < c->count; i++) {
        const struct shim_side *shim = c->states[i] ? c->states[i]->shim : NULL;

        for (size_t k = 0; shim && k < shim->emulated_count; k++)
            if (add_text(&out->emulated, &out->emulated_count,
                         shim->emulated[k]))
                return -1;
    }
    for (size_t i = 0; s && i < s->notes_count; i++)
        if (add_text(&out->notes, &out->notes_count, s->notes[i]))
            return -1;
    return 0;
}

static int set_names(const struct course *c, const struct finding *f,
                     struct judgement *out)
{
    const struct scenario *s = c->scenario->scenario;
    const struct device *d = c->device->device;

    out->units = d->units;
    out->verdict = f->verdict;
    out->reason = f->reason;
    out->cell = format("%s/%s/%s", s->id, s->states[f->decides].name, d->id);
    return !out->cell || set_text(&out->scenario, s->id) ||
                   set_text(&out->device, d->id) ||
                   set_text(&out->stack, d->stacks[0]) ||
                   set_text(&out->before, s->states[f->before].name) ||
                   set_text(&out->after, s->states[f->after].name)
               ? -1
               : 0;
}

int verdict_judge(const struct plan *p, const struct plan_pair *pair,
                  const struct record *const *states, struct judgement *out)
{
    const struct plan_scenario *s = &p->scenarios[pair->scenario];
    struct course c = {s, &p->devices[pair->device], states,
                       s->scenario->states_count};
    struct finding f = {0};

    memset(out, 0, sizeof *out);
    if (!find_no_statement(&c, &f)) {
        if (s->scenario->kind == SCENARIO_ATTACK)
            find_attack(&c, &f);
        else
            find_change(&c, &f);
    }
    if (set_names(&c, &f, out) == 0 && set_expected(&c, &f, out) == 0 &&
        set_remarks(p, &c, out) == 0)
        return 0;
    diag("out of memory");
    judgement_clear(out);
    return -1;
}
