/* Options of `diff`, and whether what they name is in the results. */
#include "cli/diff.h"

#include <argp.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/text.h"
#include "cli/finished.h"
#include "report/difference_codec.h"

struct request {
    const char *stacks[2], *results, *against, *scenario;
    int count, json, heap;
};

static error_t parse_format(const char *text, struct request *r,
                            const struct argp_state *state)
{
    r->json = !strcmp(text, "json");
    if (!r->json && strcmp(text, "text") != 0)
        argp_error(state, "--format: text or json, not '%s'", text);
    return 0;
}

static void check(const struct request *r, const struct argp_state *state)
{
    if (!r->against && r->count != 2)
        argp_error(state, "name two stack builds: --stack A --stack B; or two "
                          "runs: --results DIR --against DIR");
    if (!r->against && !strcmp(r->stacks[0], r->stacks[1]))
        argp_error(state, "--stack %s: twice the same", r->stacks[0]);
}

static error_t parse(int key, char *text, struct argp_state *state)
{
    struct request *r = state->input;

    if (key == 's' && r->count < 2)
        r->stacks[r->count++] = text;
    else if (key == 's')
        argp_error(state, "--stack: two at most");
    else if (key == 'r')
        r->results = text;
    else if (key == 'a')
        r->against = text;
    else if (key == 'c')
        r->scenario = text;
    else if (key == 'f')
        return parse_format(text, r, state);
    else if (key == 'h')
        r->heap = 1;
    else if (key == ARGP_KEY_END)
        check(r, state);
    else
        return ARGP_ERR_UNKNOWN;
    return 0;
}

static const struct argp_option options[] = {
    {"stack", 's', "STACK", 0, "a stack build; give two", 0},
    {"results", 'r', "DIR", 0, "a finished run (default results/latest)", 0},
    {"against", 'a', "DIR", 0, "compare with this other run, device by device",
     0},
    {"scenario", 'c', "GLOB", 0, "only these scenarios", 0},
    {"format", 'f', "FORMAT", 0, "text (default) or json", 0},
    {"heap", 'h', NULL, 0, "also the peak heap of both, cell by cell", 0},
    {0},
};

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .doc = "Lists the cells and verdicts on which two stack builds of a "
           "finished run disagree, or, with --against, two runs. With "
           "--against, one --stack looks at that stack build only, two "
           "compare the first in --results with the second in --against. Exit "
           "status: 0 no difference, 1 differences, 2 bad input or usage, 3 "
           "the harness failed.",
};

static int tell_stacks(const struct finished *run, const char *wanted)
{
    char *names = NULL;
    size_t size;
    FILE *to = open_memstream(&names, &size);

    for (size_t i = 0; to && i < run->plan.stacks_count; i++) {
        fputc(' ', to);
        text_print(to, run->plan.stacks[i].name);
    }
    if (to)
        fclose(to);
    diag("--stack %s: not in %s, which has:%s", wanted, run->dir,
         names && *names ? names : " none");
    free(names);
    return -1;
}

/* Present, built, and with a device. */
static int check_stack(const struct finished *run, const char *wanted)
{
    const struct plan_stack *found = plan_stack(&run->plan, wanted);
    size_t devices = 0;

    if (!found)
        return tell_stacks(run, wanted);
    for (size_t i = 0; i < run->plan.devices_count; i++)
        devices += !strcmp(view_stack(&run->plan.devices[i]), wanted);
    if (!devices) {
        diag("--stack %s: no cells in %s", wanted, run->dir);
        return -1;
    }
    if (!found->built) {
        diag("--stack %s: was not built for %s; type: make stacks, and run "
             "again",
             wanted, run->dir);
        return -1;
    }
    return 0;
}

static int check_scenario(const struct finished *run, const char *glob)
{
    if (!glob)
        return 0;
    for (size_t i = 0; i < run->plan.scenarios_count; i++)
        if (fnmatch(glob, run->plan.scenarios[i].scenario->id, 0) == 0)
            return 0;
    diag("--scenario %s: no such scenario in %s", glob, run->dir);
    return -1;
}

static int print(const struct request *r, const struct difference *d)
{
    int failed = 0;

    if (r->json)
        failed = difference_write(stdout, d);
    else
        difference_print(stdout, d, r->heap);
    if (!failed && fflush(stdout) == 0 && !ferror(stdout))
        return 0;
    diag("the answer could not be written");
    return -1;
}

static int diff(const struct request *r, const struct finished *run,
                const struct finished *other)
{
    const char *second = r->count == 2 ? r->stacks[1] : r->stacks[0];
    struct difference_side a = {&run->view, run->dir, r->stacks[0]};
    struct difference_side b = {&other->view, other->dir, second};
    struct difference d;
    int status = EXIT_HARNESS;

    if ((a.stack && check_stack(run, a.stack)) ||
        (b.stack && check_stack(other, b.stack)) ||
        check_scenario(run, r->scenario))
        return EXIT_USAGE_ERROR;
    if (difference_init(&d, &a, &b, r->scenario))
        return EXIT_HARNESS;
    if (print(r, &d) == 0)
        status = difference_count(&d) ? EXIT_BROKEN : EXIT_HELD;
    if (status == EXIT_HELD && d.compared == 0) {
        diag("no cell was judged on both sides: nothing was compared");
        status = EXIT_USAGE_ERROR;
    }
    difference_clear(&d);
    return status;
}

int cmd_diff(int argc, char **argv)
{
    struct request r = {.count = 0};
    struct finished run, other;
    int status = EXIT_USAGE_ERROR;

    argp_parse(&argp, argc, argv, 0, NULL, &r);
    if (finished_load(&run, r.results))
        return status;
    if (!r.against) {
        status = diff(&r, &run, &run);
    } else if (finished_load(&other, r.against) == 0) {
        status = diff(&r, &run, &other);
        finished_clear(&other);
    }
    finished_clear(&run);
    return status;
}
