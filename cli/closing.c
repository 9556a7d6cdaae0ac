/* From records to an exit status. */
#include "cli/closing.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/diag.h"
#include "base/file.h"
#include "cli/finished.h"
#include "judge/judging.h"
#include "report/report.h"
#include "report/summary.h"

struct ending {
    const struct closing *closing;
    struct records *records;
    struct judging *judging; /* while it lasts */
    struct judgements verdicts;
    char *first_error; /* "cell: why" */
};

/* The lines in the plan's order, so that a pair's follow each other. */
static int collect(struct ending *r)
{
    if (results_sort(r->closing->results))
        return -1;
    r->records = records_open(results_partial(r->closing->results));
    return r->records ? 0 : -1;
}

static int on_judged(void *arg, struct record *record)
{
    struct ending *r = arg;

    if (record->outcome == OUTCOME_ERROR && !r->first_error)
        r->first_error =
            format("%s: %s", record->cell,
                   record->note ? record->note : reason_name(record->reason));
    return judging_take(r->judging, record);
}

static int judge(struct ending *r)
{
    int status = -1;

    r->judging = judging_new(&r->closing->plan->plan);
    if (r->judging)
        status = records_each(r->records, on_judged, r);
    if (status == 0)
        status = judging_end(r->judging, r->closing->facts, &r->verdicts);
    judging_free(r->judging);
    r->judging = NULL;
    return status;
}

/* The exit status; what makes it 3 is said in a line, quiet or not. */
static int tell_gate(const struct ending *r)
{
    const struct plan *p = &r->closing->plan->plan;
    struct gate_counts counts;
    int status;

    gate_count(p, r->closing->facts, &r->verdicts, &counts);
    status = gate_status(&counts, r->closing->gate);
    if (counts.cells_failed > 0)
        diag("%zu cells ended in an error, so this run is no statement; the "
             "first is %s",
             counts.cells_failed, r->first_error ? r->first_error : "unknown");
    else if (counts.not_built > 0)
        diag("%zu verdicts are missing: the stack build of a device of yours "
             "is not built; look at `chainbreak list stacks`",
             counts.not_built);
    if (r->closing->gate != GATE_NONE)
        gate_tell_unanswered(p, &r->verdicts);
    return status;
}

static int write_all(struct ending *r)
{
    const struct view_records records = finished_records(r->records);
    struct run_view view;
    int status = -1;

    if (results_write_verdicts(r->closing->results, r->closing->facts,
                               &r->verdicts) ||
        view_init(&view, &r->closing->plan->plan, &r->verdicts,
                  r->closing->facts, &records))
        return -1;
    if (report_write(results_partial(r->closing->results), &view) == 0)
        status = results_swap(r->closing->results);
    if (status == 0 && !r->closing->quiet)
        status = summary_print(stdout, &view, results_out(r->closing->results));
    view_clear(&view);
    return status;
}

static int end(struct ending *r)
{
    const struct closing *c = r->closing;

    if (results_write_plan(c->results) || collect(r) || judge(r) ||
        (c->diagnose && c->diagnose(c->arg, &r->verdicts, r->records)))
        return EXIT_HARNESS;
    c->facts->seconds = c->seconds(c->arg);
    if (write_all(r))
        return EXIT_HARNESS;
    return tell_gate(r);
}

int closing_run(struct closing *c)
{
    struct ending r = {.closing = c};
    int status = end(&r);

    judgements_clear(&r.verdicts);
    records_free(r.records);
    free(r.first_error);
    return status;
}
