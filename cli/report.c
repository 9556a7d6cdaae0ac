/* Judges a finished run again from its records, and renders its reports. */
#include "cli/report.h"

#include <argp.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/file.h"
#include "report/report.h"
#include "lab/results.h"
#include "cli/matrix.h"

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

/* When the run was and how long it took stays as it was. */
static json_t *judge_again(const char *dir, const json_t *plan, json_t *records)
{
    char *path = format("%s/verdicts.json", dir);
    json_t *old = path ? json_load_file(path, 0, NULL) : NULL;
    const json_t *run = json_object_get(old, "run");
    const char *started = json_string_value(json_object_get(run, "started_at"));
    json_t *verdicts =
        matrix_verdicts(plan, records, started ? started : "unknown",
                        json_number_value(json_object_get(run, "seconds")));

    json_decref(old);
    free(path);
    return verdicts;
}

static int write_verdicts(const char *dir, const json_t *verdicts)
{
    char *path = format("%s/verdicts.json", dir);
    char *text = json_dumps(verdicts, JSON_INDENT(1));
    int status = path && text ? file_write(path, 0644, text, strlen(text)) : -1;

    free(path);
    free(text);
    return status;
}

int cmd_report(int argc, char **argv)
{
    const char *dir = NULL;
    char *latest = NULL;
    json_t *plan = NULL, *records = NULL, *verdicts = NULL;
    int status = EXIT_USAGE_ERROR;

    argp_parse(&argp, argc, argv, 0, NULL, &dir);
    if (!dir && home_dir())
        dir = latest = format("%s/results/latest", home_dir());
    plan = dir ? results_load_plan(dir) : NULL;
    records = plan ? results_load_records(dir) : NULL;
    verdicts = records ? judge_again(dir, plan, records) : NULL;
    if (!verdicts)
        goto out;
    status = EXIT_HARNESS;
    if (write_verdicts(dir, verdicts) == 0 &&
        report_write(dir, plan, verdicts, records) == 0)
        status = EXIT_HELD;
out:
    json_decref(plan);
    json_decref(records);
    json_decref(verdicts);
    free(latest);
    return status;
}
