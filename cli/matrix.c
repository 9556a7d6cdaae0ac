/* Runs a plan from its controls to the swap of the results folder. */
#include "cli/matrix.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/quantity.h"
#include "cli/closing.h"
#include "cli/diagnosis.h"
#include "judge/judging.h"
#include "judge/outcome.h"
#include "lab/controls.h"
#include "lab/lab.h"
#include "lab/programs.h"
#include "lab/progress.h"
#include "lab/results.h"
#include "lab/selection.h"
#include "lab/stack_names.h"
#include "lab/stacks.h"
#include "lab/work.h"
#include "model/record_codec.h"

enum { JOBS_MAX = 64, WORKERS_PER_CORE = 2 };

struct run {
    const struct matrix_options *options;
    char *work_dir;
    struct lab_plan *plan;
    struct lab *lab;
    struct results *results;
    struct progress progress;
    size_t *cells; /* those that are to be run */
    size_t cells_count;
    /* what came of it */
    struct run_facts facts;
};

static void on_control(void *arg, struct record *r)
{
    (void)arg;
    outcome_judge(r, NULL, NULL, NULL);
}

static struct trial *on_trial(void *arg, size_t index)
{
    struct run *r = arg;

    return lab_plan_trial(r->plan, r->cells[index]);
}

static int on_record(void *arg, size_t index, struct record *record)
{
    struct run *r = arg;
    int status;

    (void)index;
    judging_outcome(&r->plan->plan, record);
    status = results_append(r->results, record);
    progress_step(&r->progress, record->outcome == OUTCOME_ERROR);
    record_free(record);
    return status;
}

/* A cell of a stack that is not built is told, never dropped. */
static int append_unbuilt(struct run *r, size_t cell, const char *stack)
{
    char *id = lab_plan_cell_id(r->plan, cell);
    struct record *record = id ? record_new(id, stack) : NULL;
    int status = -1;

    if (record) {
        record->outcome = OUTCOME_NOT_BUILT;
        record->note = strdup("not built");
        status = results_append(r->results, record);
    }
    record_free(record);
    free(id);
    return status;
}

static int find_cells(struct run *r)
{
    const struct lab_plan *p = r->plan;

    r->cells = calloc(p->cells_count + 1, sizeof *r->cells);
    if (!r->cells) {
        diag("out of memory");
        return -1;
    }
    for (size_t i = 0; i < p->cells_count; i++) {
        struct lab_cell c = lab_plan_cell(p, i);

        if (results_has(r->results, i))
            continue;
        if (c.stack && c.stack->program)
            r->cells[r->cells_count++] = i;
        else if (append_unbuilt(r, i, c.device->device->stacks[0]))
            return -1;
    }
    return 0;
}

static int jobs_of(const struct matrix_options *o)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    long jobs = o->jobs > 0 ? o->jobs : cores * WORKERS_PER_CORE;

    return jobs > JOBS_MAX ? JOBS_MAX : jobs < 1 ? 1 : (int)jobs;
}

static int start_lab(struct run *r)
{
    struct lab_options o = {
        .jobs = jobs_of(r->options),
        .timeout_ms = r->options->timeout_ms,
        .work_dir = r->work_dir,
    };

    r->lab = lab_new(&o);
    return r->lab ? 0 : -1;
}

static int run_controls(struct run *r)
{
    struct controls_setting s = {
        .certificates = r->plan->certificates,
        .policies = r->plan->policies,
        .stacks = r->plan->stacks,
        .judge = on_control,
    };

    return controls_run(r->lab, &s);
}

/* 0, 1 interrupted, -1 failed and reported. */
static int run_cells(struct run *r)
{
    struct lab_order *order;
    int status;

    if (r->cells_count == 0)
        return 0;
    if (start_lab(r))
        return -1;
    order = calloc(r->cells_count, sizeof *order);
    if (!order) {
        diag("out of memory");
        return -1;
    }
    for (size_t i = 0; i < r->cells_count; i++) {
        struct lab_cell c = lab_plan_cell(r->plan, r->cells[i]);

        order[i].stack = c.stack;
        order[i].group = (size_t)(c.device - r->plan->plan.devices);
    }
    status = run_controls(r);
    progress_start(&r->progress, r->cells_count, r->options->quiet);
    if (status == 0)
        status = lab_run(r->lab, order, r->cells_count, on_trial, on_record, r);
    free(order);
    return status;
}

/* 0, 1 interrupted, -1 failed and reported. */
static int diagnose(void *arg, struct judgements *verdicts,
                    struct records *records)
{
    struct run *r = arg;
    struct diagnosis d = {
        .plan = r->plan,
        .results = r->results,
        .experiments = r->options->experiments,
        .quiet = r->options->quiet,
    };
    int status;

    if (!r->lab && start_lab(r))
        return -1;
    d.lab = r->lab;
    (void)records;
    status = diagnosis_run(&d, verdicts);
    r->facts.undiagnosed = diagnosis_undiagnosed(verdicts);
    return status;
}

static double seconds(void *arg)
{
    struct run *r = arg;

    return progress_end(&r->progress);
}

static int finish(struct run *r)
{
    struct closing c = {
        .plan = r->plan,
        .results = r->results,
        .facts = &r->facts,
        .gate = r->options->gate,
        .quiet = r->options->quiet,
        .diagnose = diagnose,
        .seconds = seconds,
        .arg = r,
    };

    return closing_run(&c);
}

static int run_plan(struct run *r)
{
    char started_at[32];
    int status;

    r->facts.started = (int64_t)time(NULL);
    r->facts.started_at = strdup(time_format(r->facts.started, started_at));
    if (!r->facts.started_at || find_cells(r))
        return EXIT_HARNESS;
    progress_start(&r->progress, 0, r->options->quiet);
    status = run_cells(r);
    if (status == 1)
        diag("interrupted; the cells so far are in %s, --resume takes the run "
             "up",
             results_partial(r->results));
    return status ? EXIT_HARNESS : finish(r);
}

/* Everything wrong with the input is found here, before anything is written to
 * the results. */
static int make_plan(struct run *r)
{
    struct plan_options plan = r->options->plan;

    r->work_dir =
        plan.work_dir ? strdup(plan.work_dir) : format("%s/work", cache_dir());
    if (!r->work_dir) {
        diag("out of memory");
        return -1;
    }
    plan.work_dir = r->work_dir;
    plan.jobs = jobs_of(r->options);
    r->plan = lab_plan_new(&plan);
    return r->plan ? 0 : -1;
}

static int is_named(char *const *names, const char *name)
{
    for (; names && *names; names++)
        if (!strcmp(*names, name))
            return 1;
    return 0;
}

/* A board comes by itself, to another command. 0; -1 reported. */
static int check_boards(const struct stacks *s)
{
    if (!stacks_find(s, BOARD_STACK))
        return 0;
    diag("stack: %s: a board on the bench connects by itself, to `chainbreak "
         "board`",
         BOARD_STACK);
    return -1;
}

/* Builds that are not there: with none at all nothing can be told, and one that
 * --stack names is missed. 0; -1 reported. */
static int check_built(const struct stacks *s, char *const *wanted)
{
    int none = stacks_built(s) == 0, missed = 0;

    for (size_t i = 0; i < s->count; i++) {
        const struct stack *stack = &s->items[i];

        if (stack->program || (!none && !is_named(wanted, stack->name)))
            continue;
        diag("not built: %s%s%s%s%s", stack->name, stack->reason ? " (" : "",
             stack->reason ? stack->reason : "", stack->reason ? ")" : "",
             stack->client ? "" : "; type: make, or: chainbreak stack build");
        missed = 1;
    }
    return missed ? -1 : 0;
}

static int open_results(struct run *r, int *status)
{
    char *programs = programs_text(r->plan->stacks);

    *status = EXIT_HARNESS;
    if (programs)
        r->results = results_open(r->options->out, r->plan, programs,
                                  r->options->mode, status);
    free(programs);
    return r->results ? 0 : -1;
}

static void run_clear(struct run *r)
{
    lab_free(r->lab);
    results_free(r->results);
    run_facts_clear(&r->facts);
    lab_plan_free(r->plan);
    free(r->cells);
    free(r->work_dir);
}

int matrix_run(const struct matrix_options *o)
{
    struct run r = {.options = o};
    int status = EXIT_USAGE_ERROR;

    if (results_check(o->out, o->mode) || make_plan(&r))
        goto out;
    if (stack_names_check(r.plan->stacks, r.plan->selection->devices,
                          r.plan->selection->devices_count) ||
        check_boards(r.plan->stacks))
        goto out;
    if (check_built(r.plan->stacks, o->plan.stacks)) {
        status = EXIT_HARNESS;
        goto out;
    }
    if (o->keep_work && work_write(r.plan, r.work_dir, o->keep_work))
        goto out;
    if (open_results(&r, &status) == 0)
        status = run_plan(&r);
out:
    run_clear(&r);
    return status;
}
