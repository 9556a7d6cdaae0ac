/* Judges a finished run again from its records, and renders its reports. What
 * experiments have shown is kept where the verdict is still the one that they
 * were made for. */
#include "cli/report.h"

#include <argp.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "cli/finished.h"
#include "judge/judging.h"
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

    if (!grown) {
        diag("out of memory");
        return -1;
    }
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
static void count_again(struct finished *f, struct run_facts *counted,
                        const struct judgements *judged)
{
    counted->started_at = f->run.started_at;
    counted->started = f->run.started;
    counted->seconds = f->run.seconds;
    for (size_t i = 0; i < judged->count; i++)
        counted->undiagnosed += judged->items[i].undiagnosed != 0;
    f->run.started_at = NULL;
    run_facts_clear(&f->run);
    f->run = *counted;
    memset(counted, 0, sizeof *counted);
}

static void on_read(void *plan, struct record *r)
{
    judging_outcome(plan, r);
}

static int on_record(void *judging, struct record *r)
{
    return judging_take(judging, r);
}

static int judge_records(struct finished *f, struct run_facts *counted,
                         struct judgements *judged)
{
    struct judging *j = judging_new(&f->plan);
    int status = j ? records_each(f->records, on_record, j) : -1;

    if (status == 0)
        status = judging_end(j, counted, judged);
    judging_free(j);
    return status;
}

/* Puts the new verdicts in the place of the old ones. */
static int judge_again(struct finished *f)
{
    const struct view_records records = finished_records(f->records);
    struct judgements judged = {NULL, 0};
    struct run_facts counted = {0};

    records_prepare(f->records, on_read, &f->plan);
    if (judge_records(f, &counted, &judged) || keep_diagnoses(f, &judged)) {
        judgements_clear(&judged);
        run_facts_clear(&counted);
        return -1;
    }
    count_again(f, &counted, &judged);
    judgements_clear(&f->verdicts);
    f->verdicts = judged;
    view_clear(&f->view);
    return view_init(&f->view, &f->plan, &f->verdicts, &f->run, &records);
}

int cmd_report(int argc, char **argv)
{
    const char *dir = NULL;
    struct finished f;
    int status = EXIT_HARNESS;

    argp_parse(&argp, argc, argv, 0, NULL, &dir);
    if (finished_open(&f, dir))
        return EXIT_USAGE_ERROR;
    if (judge_again(&f) == 0 &&
        results_put_verdicts(f.dir, &f.run, &f.verdicts) == 0 &&
        report_write(f.dir, &f.view) == 0)
        status = EXIT_HELD;
    finished_clear(&f);
    return status;
}
