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
#include "model/reason.h"
#include "lab/controls.h"
#include "diagnose/diagnose.h"
#include "lab/engine.h"
#include "judge/judge.h"
#include "lab/progress.h"
#include "judge/record.h"
#include "lab/results.h"
#include "lab/stacks.h"
#include "report/summary.h"
#include "lab/work.h"

enum { JOBS_MAX = 64, WORKERS_PER_CORE = 2 };

struct run {
    const struct matrix_options *options;
    struct lab_plan *plan;
    struct results *results;
    struct progress progress;
    unsigned char *skip; /* per cell: has its record already */
    size_t controls_failed;
};

static const json_t *find(const json_t *list, const char *key,
                          const char *value)
{
    for (size_t i = 0; value && i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        const char *name = json_string_value(json_object_get(item, key));

        if (name && !strcmp(name, value))
            return item;
    }
    return NULL;
}

static void judge_record(const json_t *plan, json_t *record)
{
    const json_t *stack =
        find(json_object_get(plan, "stacks"), "stack",
             json_string_value(json_object_get(record, "stack")));
    const json_t *device =
        find(json_object_get(plan, "devices"), "id",
             json_string_value(json_object_get(record, "device")));
    const json_t *limits =
        json_object_get(json_object_get(stack, "describe"), "limits");

    record_judge(record, limits, device);
}

static int text_is(const json_t *object, const char *key, const char *value)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text && !strcmp(text, value);
}

static json_t *run_object(const json_t *plan, json_t *records,
                          const char *started_at, double seconds)
{
    size_t errors = 0, unmapped = 0;
    json_t *stacks = json_array(), *record;
    const json_t *built = json_object_get(plan, "stacks");
    const char *id;

    json_object_foreach(records, id, record)
    {
        errors += (size_t)text_is(record, "outcome", "error");
        unmapped +=
            (size_t)text_is(record, "reason", reason_name(REASON_UNMAPPED));
    }
    for (size_t i = 0; i < json_array_size(built); i++) {
        const json_t *stack = json_array_get(built, i);

        if (json_is_true(json_object_get(stack, "built")))
            json_array_append(stacks, json_object_get(stack, "stack"));
    }
    return json_pack(
        "{s:s,s:f,s:I,s:I,s:I,s:o}", "started_at", started_at, "seconds",
        seconds, "cells", (json_int_t)json_object_size(records), "errors",
        (json_int_t)errors, "unmapped", (json_int_t)unmapped, "stacks", stacks);
}

json_t *matrix_verdicts(const json_t *plan, json_t *records,
                        const char *started_at, double seconds)
{
    json_t *verdicts;

    for (void *i = json_object_iter(records); i;
         i = json_object_iter_next(records, i))
        judge_record(plan, json_object_iter_value(i));
    verdicts = judge_verdicts(plan, records);
    for (size_t i = 0; i < json_array_size(verdicts); i++)
        diagnose_verdict(plan, records, json_array_get(verdicts, i));
    return json_pack("{s:o,s:o}", "run",
                     run_object(plan, records, started_at, seconds), "verdicts",
                     verdicts);
}

static int on_control(void *arg, size_t cell, json_t *client, json_t *server,
                      const char *reason, const char *note)
{
    struct run *r = arg;
    json_t *record = record_document(r->plan, &r->plan->controls[cell], client,
                                     server, reason, note);

    if (!record)
        return -1;
    record_judge(record, NULL, NULL);
    if (controls_check(r->plan, cell, record))
        r->controls_failed++;
    json_decref(record);
    return 0;
}

static int on_cell(void *arg, size_t cell, json_t *client, json_t *server,
                   const char *reason, const char *note)
{
    struct run *r = arg;
    json_t *record = record_document(r->plan, &r->plan->cells[cell], client,
                                     server, reason, note);
    int status;

    if (!record)
        return -1;
    judge_record(r->plan->document, record);
    status = results_append(r->results, record);
    progress_step(&r->progress, text_is(record, "outcome", "error"));
    json_decref(record);
    return status;
}

/* Cells of stacks that are not built are told, never dropped. */
static int mark_done(struct run *r)
{
    const struct lab_plan *p = r->plan;

    for (size_t i = 0; i < p->cells_count; i++) {
        const struct stack *stack = stacks_find(p->stacks, p->cells[i].stack);
        json_t *record;
        int status;

        if (json_object_get(results_records(r->results), p->cells[i].id)) {
            r->skip[i] = 1;
            continue;
        }
        if (stack && stack->program)
            continue;
        r->skip[i] = 1;
        record = record_unbuilt(p, &p->cells[i]);
        status = record ? results_append(r->results, record) : -1;
        json_decref(record);
        if (status)
            return -1;
    }
    return 0;
}

static size_t cells_left(const struct run *r)
{
    size_t n = 0;

    for (size_t i = 0; i < r->plan->cells_count; i++)
        n += !r->skip[i];
    return n;
}

static int jobs_of(const struct matrix_options *o)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    long jobs = o->jobs > 0 ? o->jobs : cores * WORKERS_PER_CORE;

    return jobs > JOBS_MAX ? JOBS_MAX : jobs < 1 ? 1 : (int)jobs;
}

static int run_controls(struct run *r, struct engine *e)
{
    int status = engine_run(e, r->plan->controls, r->plan->controls_count, NULL,
                            on_control, r);

    if (status == 0 && r->controls_failed > 0) {
        diag("%zu controls failed: this run would say nothing; no cell was "
             "run",
             r->controls_failed);
        return -1;
    }
    return status;
}

/* 0, 1 interrupted, -1 failed and reported. */
static int run_cells(struct run *r)
{
    struct engine_options o = {jobs_of(r->options), r->options->timeout_ms};
    struct engine *e;
    size_t left = cells_left(r);
    int status;

    if (left == 0)
        return 0;
    e = engine_new(r->plan, &o);
    if (!e)
        return -1;
    status = run_controls(r, e);
    progress_start(&r->progress, left, r->options->quiet);
    if (status == 0)
        status = engine_run(e, r->plan->cells, r->plan->cells_count, r->skip,
                            on_cell, r);
    engine_free(e);
    return status;
}

static int write_results(struct run *r, json_t *verdicts)
{
    const struct lab_plan *p = r->plan;
    const char **order = malloc((p->cells_count + 1) * sizeof *order);
    int status = -1;

    if (!order) {
        diag("out of memory");
        return -1;
    }
    for (size_t i = 0; i < p->cells_count; i++)
        order[i] = p->cells[i].id;
    if (results_write(r->results, order, p->cells_count, verdicts) == 0 &&
        r->options->report(results_partial(r->results), r->plan->document,
                           verdicts, results_records(r->results)) == 0)
        status = results_swap(r->results);
    free(order);
    return status;
}

static int finish(struct run *r, const char *started_at, double seconds)
{
    json_t *verdicts = matrix_verdicts(
        r->plan->document, results_records(r->results), started_at, seconds);
    struct gate_document_counts counts;
    int status = EXIT_HARNESS;

    if (verdicts && write_results(r, verdicts) == 0) {
        gate_document_count(r->plan->document, verdicts, &counts);
        status = gate_document_status(&counts, r->options->gate);
        if (!r->options->quiet)
            summary_print(r->plan->document, verdicts, results_out(r->results));
    }
    json_decref(verdicts);
    return status;
}

static int run_plan(struct run *r)
{
    char started_at[32];
    int status;

    time_format(time(NULL), started_at);
    r->skip = calloc(r->plan->cells_count + 1, 1);
    if (!r->skip || mark_done(r))
        return EXIT_HARNESS;
    progress_start(&r->progress, 0, r->options->quiet);
    status = run_cells(r);
    if (status == 1)
        diag("interrupted; the cells so far are in %s, --resume takes the run "
             "up",
             results_partial(r->results));
    if (status != 0)
        return EXIT_HARNESS;
    return finish(r, started_at, progress_end(&r->progress));
}

/* Everything wrong with the input is found here, before anything is written to
 * the results. */
static struct lab_plan *make_plan(const struct matrix_options *o)
{
    struct plan_options plan = o->plan;
    char *work = format("%s/work", cache_dir());
    struct lab_plan *p;

    if (!plan.work_dir)
        plan.work_dir = work;
    plan.jobs = jobs_of(o);
    p = work ? lab_plan_new(&plan) : NULL;
    free(work);
    return p;
}

static int is_named(char *const *names, const char *name)
{
    for (; names && *names; names++)
        if (!strcmp(*names, name))
            return 1;
    return 0;
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

int matrix_run(const struct matrix_options *o)
{
    struct run r = {.options = o};
    int status = EXIT_USAGE_ERROR;

    r.plan = make_plan(o);
    if (!r.plan)
        goto out;
    if (check_built(r.plan->stacks, o->plan.stacks)) {
        status = EXIT_HARNESS;
        goto out;
    }
    if (o->keep_work && work_write(r.plan, o->keep_work))
        goto out;
    r.results = results_open(o->out, r.plan->document, o->resume, &status);
    if (r.results)
        status = run_plan(&r);
out:
    results_free(r.results);
    free(r.skip);
    lab_plan_free(r.plan);
    return status;
}
