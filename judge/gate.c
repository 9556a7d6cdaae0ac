/* Counting, and one rule. */
#include "judge/gate.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"

/* A user's device, as its verdicts leave it. */
struct answer {
    size_t verdicts;
    size_t connects; /* in some state */
    size_t asked,
        none; /* the user's own scenarios; those without a statement */
    const struct judgement *silent; /* one of them, for the line */
};

static struct answer *answers_new(const struct plan *p,
                                  const struct judgements *j)
{
    struct answer *list = calloc(p->devices_count + 1, sizeof *list);

    for (size_t i = 0; list && i < j->count; i++) {
        const struct judgement *v = &j->items[i];
        const struct plan_device *d = plan_device(p, v->device);
        const struct plan_scenario *s = plan_scenario(p, v->scenario);
        enum effect effect = verdict_effect(v->verdict);
        struct answer *a;

        if (!d || !s || d->built_in)
            continue;
        a = &list[d - p->devices];
        a->verdicts++;
        a->connects += effect == EFFECT_KEEPS || effect == EFFECT_LOSES;
        a->asked += !s->built_in;
        a->none += !s->built_in && effect == EFFECT_UNKNOWN;
        if (effect == EFFECT_LOST || effect == EFFECT_UNKNOWN)
            a->silent = v;
    }
    if (!list)
        diag("out of memory");
    return list;
}

/* Built-in scenarios may ask for what a build lacks; a scenario of the user's
 * is the question itself. */
static int is_unanswered(const struct answer *a)
{
    return a->verdicts > 0 && (a->connects == 0 || a->none > 0);
}

void gate_count(const struct plan *p, const struct run_facts *run,
                const struct judgements *j, struct gate_counts *c)
{
    struct answer *answers = answers_new(p, j);

    memset(c, 0, sizeof *c);
    c->cells_failed = run->errors;
    for (size_t i = 0; answers && i < p->devices_count; i++)
        c->unanswered += (size_t)is_unanswered(&answers[i]);
    c->cells_failed += answers == NULL;
    free(answers);
    for (size_t i = 0; i < j->count; i++) {
        const struct judgement *v = &j->items[i];
        const struct plan_device *d = plan_device(p, v->device);

        c->unexpected += v->as_expected == 0;
        c->broken += v->as_expected < 0 && verdict_is_bad(v->verdict);
        c->not_built += v->verdict == VERDICT_NOT_BUILT && d && !d->built_in;
    }
}

int gate_status(const struct gate_counts *c, enum gate gate)
{
    if (c->cells_failed > 0 || c->not_built > 0)
        return EXIT_HARNESS;
    if (gate == GATE_NONE)
        return EXIT_HELD;
    if (c->unexpected > 0 || c->broken > 0)
        return EXIT_BROKEN;
    return c->unanswered > 0 ? EXIT_HARNESS : EXIT_HELD;
}

void gate_tell_unanswered(const struct plan *p, const struct judgements *j)
{
    struct answer *answers = answers_new(p, j);

    for (size_t i = 0; answers && i < p->devices_count; i++) {
        const struct answer *a = &answers[i];

        if (!is_unanswered(a))
            continue;
        if (a->silent->verdict == VERDICT_ALREADY_BROKEN)
            diag("%s: no state lets this device connect (%s: %s), so nothing "
                 "can be told about a change; look at `chainbreak explain "
                 "%s`, or run with --gate none",
                 a->silent->device, a->silent->cell,
                 reason_name(a->silent->reason), a->silent->cell);
        else
            diag("%s: nothing can be told about this device: %s is %s; look "
                 "at `chainbreak explain %s`, or run with --gate none",
                 a->silent->device, a->silent->cell,
                 verdict_name(a->silent->verdict), a->silent->cell);
    }
    free(answers);
}
