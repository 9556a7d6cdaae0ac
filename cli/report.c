/* Judges a finished run again from its records, and renders its reports. What
 * experiments have shown is kept where the verdict is still the one that they
 * were made for. */
#include "cli/report.h"

#include <argp.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "cli/finished.h"
#include "judge/outcome.h"
#include "judge/verdict.h"
#include "lab/results.h"
#include "report/report.h"

static error_t parse(int key, char *text, struct argp_state *state)
{
    const char **dir = state->input;

    if (key != ARGP_KEY_ARG)
        return ARGP_ERR_UNKNOWN;
    if (*dir)
        argp_error(state, "name one folder");
    *dir = text;
    return 0;
}

static const struct argp argp = {
    .parser = parse,
    .args_doc = "[DIR]",
    .doc = "Judges the records of a finished run again and writes its "
           "verdicts.json and reports anew. DIR: default results/latest.",
};

static void judge_records(struct finished *f)
{
    for (size_t i = 0; i < f->records.count; i++) {
        struct record *r = f->records.items[i];
        const struct plan_scenario *s = plan_scenario(&f->plan, r->scenario);

        outcome_judge(r, plan_device(&f->plan, r->device),
                      plan_stack(&f->plan, r->stack),
                      s ? plan_state(s, r->state) : NULL);
    }
}

/* The records of a pair's states, in their order; malloc'd, NULL: no memory. */
static const struct record **states_of(const struct finished *f,
                                       const struct plan_pair *pair)
{
    const struct scenario *s = f->plan.scenarios[pair->scenario].scenario;
    const struct record **states =
        calloc(s->states_count + 1, sizeof(const struct record *));

    for (size_t i = 0; states && i < s->states_count; i++)
        states[i] = view_record(&f->view, s->id, s->states[i].name,
                                f->plan.devices[pair->device].device->id);
    return states;
}

static int judge_pairs(const struct finished *f, struct judgements *out)
{
    out->count = 0;
    out->items = calloc(f->plan.pairs_count + 1, sizeof *out->items);
    for (size_t i = 0; out->items && i < f->plan.pairs_count; i++) {
        const struct plan_pair *pair = &f->plan.pairs[i];
        const struct record **states = states_of(f, pair);
        int status = states ? verdict_judge(&f->plan, pair, states,
                                            &out->items[out->count])
                            : -1;

        free(states);
        if (status)
            return -1;
        out->count++;
    }
    return out->items ? 0 : -1;
}

static int has_note(const struct judgement *j, const char *note)
{
    for (size_t i = 0; i < j->notes_count; i++)
        if (!strcmp(j->notes[i], note))
            return 1;
    return 0;
}

/* The notes of `from` that `to` has not got go over to it. */
static int take_notes(struct judgement *to, struct judgement *from)
{
    char **grown = realloc(
        to->notes, (to->notes_count + from->notes_count + 1) * sizeof *grown);

    if (!grown)
        return -1;
    to->notes = grown;
    for (size_t i = 0; i < from->notes_count; i++) {
        if (has_note(to, from->notes[i]))
            continue;
        to->notes[to->notes_count++] = from->notes[i];
        from->notes[i] = from->notes[--from->notes_count];
        i--;
    }
    return 0;
}

/* What experiments have shown. */
static int take_diagnosis(struct judgement *to, struct judgement *from)
{
    to->cause = from->cause;
    to->mend = from->mend;
    to->undiagnosed = from->undiagnosed;
    to->mends = from->mends;
    to->mends_count = from->mends_count;
    to->experiments = from->experiments;
    to->experiments_count = from->experiments_count;
    from->cause = from->mend = NULL;
    from->mends = NULL;
    from->experiments = NULL;
    from->mends_count = from->experiments_count = 0;
    return take_notes(to, from);
}

static int keep_diagnoses(const struct finished *f, struct judgements *judged)
{
    for (size_t i = 0; i < judged->count; i++) {
        struct judgement *j = &judged->items[i];
        struct judgement *old =
            (struct judgement *)view_verdict(&f->view, j->scenario, j->device);

        if (!old || old->verdict != j->verdict || old->reason != j->reason ||
            strcmp(old->cell, j->cell) != 0)
            continue;
        if (take_diagnosis(j, old))
            return -1;
    }
    return 0;
}

/* When the run was and how long it took stays as it was. */
static void count_again(struct run_facts *run, const struct finished *f)
{
    run->cells = f->records.count;
    run->errors = run->unmapped = run->untested = run->undiagnosed = 0;
    for (size_t i = 0; i < f->records.count; i++) {
        const struct record *r = f->records.items[i];

        run->errors += r->outcome == OUTCOME_ERROR;
        run->unmapped += r->reason == REASON_UNMAPPED;
        run->untested += r->outcome == OUTCOME_UNTESTED;
    }
    for (size_t i = 0; i < f->verdicts.count; i++)
        run->undiagnosed += f->verdicts.items[i].undiagnosed != 0;
}

/* Puts the new verdicts in the place of the old ones. */
static int judge_again(struct finished *f)
{
    struct judgements judged = {NULL, 0};

    judge_records(f);
    if (judge_pairs(f, &judged) || keep_diagnoses(f, &judged)) {
        diag("%s: out of memory", f->dir);
        judgements_clear(&judged);
        return -1;
    }
    judgements_clear(&f->verdicts);
    f->verdicts = judged;
    count_again(&f->run, f);
    view_clear(&f->view);
    return view_init(&f->view, &f->plan, &f->verdicts, &f->run,
                     f->records.items, f->records.count);
}

int cmd_report(int argc, char **argv)
{
    const char *dir = NULL;
    struct finished f;
    int status = EXIT_HARNESS;

    argp_parse(&argp, argc, argv, 0, NULL, &dir);
    if (finished_load(&f, dir))
        return EXIT_USAGE_ERROR;
    if (judge_again(&f) == 0 &&
        results_put_verdicts(f.dir, &f.run, &f.verdicts) == 0 &&
        report_write(f.dir, &f.view) == 0)
        status = EXIT_HELD;
    finished_clear(&f);
    return status;
}
