/* Judges a finished run again from its records, and renders its reports. */
#include "cli/report.h"

#include <argp.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/file.h"
#include "judge/judging.h"
#include "lab/reading.h"
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

struct again {
    struct plan plan;
    struct run_facts run, old_run;
    struct judgements verdicts, old;
    struct hellos hellos;
    struct records records;
};

/* What was found by experiments stays with the verdict that they were made for.
 */
static void keep_experiments(struct judgement *to, struct judgement *from)
{
    if (to->verdict != from->verdict || to->reason != from->reason ||
        strcmp(to->cell, from->cell) != 0)
        return;
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
}

/* When the run was and how long it took stays as it was. */
static int judge_again(struct again *a)
{
    for (size_t i = 0; i < a->records.count; i++)
        judging_outcome(&a->plan, a->records.items[i]);
    if (judging_verdicts(&a->plan, a->records.items, a->records.count,
                         &a->verdicts) ||
        judging_count(&a->plan, a->records.items, a->records.count, &a->run))
        return -1;
    for (size_t i = 0; i < a->verdicts.count && i < a->old.count; i++)
        keep_experiments(&a->verdicts.items[i], &a->old.items[i]);
    for (size_t i = 0; i < a->verdicts.count; i++)
        a->run.undiagnosed += a->verdicts.items[i].undiagnosed != 0;
    a->run.started = a->old_run.started;
    a->run.seconds = a->old_run.seconds;
    a->run.started_at =
        strdup(a->old_run.started_at ? a->old_run.started_at : "unknown");
    return a->run.started_at ? 0 : -1;
}

static int write_all(const char *dir, const struct again *a)
{
    struct run_view view;
    int status;

    if (results_put_verdicts(dir, &a->run, &a->verdicts) ||
        view_init(&view, &a->plan, &a->verdicts, &a->run, a->records.items,
                  a->records.count))
        return -1;
    status = report_write(dir, &view);
    view_clear(&view);
    return status;
}

static int load(const char *dir, struct again *a)
{
    char *verdicts = format("%s/verdicts.json", dir);
    int status = reading_plan(dir, &a->plan);

    if (status == 0 && verdicts && file_exists(verdicts))
        status = reading_verdicts(dir, &a->old_run, &a->old);
    if (status == 0)
        status = reading_all(dir, &a->hellos, &a->records);
    free(verdicts);
    return status;
}

static void again_clear(struct again *a)
{
    records_clear(&a->records);
    hellos_clear(&a->hellos);
    judgements_clear(&a->verdicts);
    judgements_clear(&a->old);
    run_facts_clear(&a->run);
    run_facts_clear(&a->old_run);
    plan_clear(&a->plan);
}

int cmd_report(int argc, char **argv)
{
    const char *dir = NULL;
    char *latest = NULL;
    struct again again = {0};
    int status = EXIT_USAGE_ERROR;

    argp_parse(&argp, argc, argv, 0, NULL, &dir);
    if (!dir && home_dir())
        dir = latest = format("%s/results/latest", home_dir());
    hellos_init(&again.hellos);
    if (dir && load(dir, &again) == 0) {
        status = EXIT_HARNESS;
        if (judge_again(&again) == 0 && write_all(dir, &again) == 0)
            status = EXIT_HELD;
    }
    again_clear(&again);
    free(latest);
    return status;
}
