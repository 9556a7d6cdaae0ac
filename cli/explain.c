/* Finds the cell that a person means and has its story told. */
#include "cli/explain.h"

#include <argp.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/near.h"
#include "cli/again.h"
#include "cli/finished.h"
#include "cli/story.h"

struct request {
    const char *cell, *dir, *change;
    int again;
};

static error_t parse(int key, char *text, struct argp_state *state)
{
    struct request *r = state->input;

    if (key == 'i')
        r->dir = text;
    else if (key == 'a')
        r->again = 1;
    else if (key == 't')
        r->change = text;
    else if (key == ARGP_KEY_ARG && !r->cell)
        r->cell = text;
    else if (key == ARGP_KEY_ARG || key == ARGP_KEY_NO_ARGS)
        argp_error(state, "name one cell: scenario/state/device, or "
                          "scenario/device");
    else
        return ARGP_ERR_UNKNOWN;
    return 0;
}

static const struct argp_option options[] = {
    {"in", 'i', "DIR", 0, "the results (default results/latest)", 0},
    {"again", 'a', NULL, 0, "run the cell anew and tell what comes out now", 0},
    {"try", 't', "CHANGE", 0,
     "run the cell with this change, as the table of experiments names it; two "
     "are divided by ' + '",
     0},
    {0},
};

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "CELL",
    .doc = "Tells the story of one cell: scenario/state/device, or "
           "scenario/device for the cell that decided the verdict.\v"
           "Exit status: 0; 1 with --again if the cell comes out otherwise "
           "now, with --try if it does not connect; 2 bad input or usage; 3 "
           "the harness failed.",
};

/* "scenario/state/device" or "scenario/device"; scenario ids have no '/'. */
static const struct judgement *find_verdict(const struct run_view *v,
                                            const char *cell)
{
    const char *first = strchr(cell, '/'), *last = strrchr(cell, '/');
    char *scenario = first ? strndup(cell, (size_t)(first - cell)) : NULL;
    const struct judgement *j =
        scenario ? view_verdict(v, scenario, last + 1) : NULL;

    free(scenario);
    return j;
}

struct ids {
    char **items;
    size_t count;
};

static int on_cell(void *arg, const struct record *r)
{
    struct ids *ids = arg;
    char **grown = realloc(ids->items, (ids->count + 1) * sizeof *grown);

    if (!grown)
        return -1;
    ids->items = grown;
    grown[ids->count] = strdup(r->cell);
    if (!grown[ids->count])
        return -1;
    ids->count++;
    return 0;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void tell_near(const struct run_view *v, const struct request *r)
{
    struct ids ids = {NULL, 0};
    struct near near;

    near_init(&near, r->cell);
    view_each(v, on_cell, &ids); /* what it reads is enough */
    if (ids.count)
        qsort(ids.items, ids.count, sizeof *ids.items, by_text);
    for (size_t i = 0; i < ids.count; i++)
        near_offer(&near, ids.items[i]);
    diag("%s: no such cell in %s%s", r->cell, r->dir, near_text(&near));
    for (size_t i = 0; i < ids.count; i++)
        free(ids.items[i]);
    free(ids.items);
}

/* What comes out now, and whether it is what came out then. */
static int run_again(const struct finished *f, const struct record *old)
{
    struct record *now = again_run(f, old->cell);
    int status = EXIT_HARNESS;

    if (now) {
        story_again(stdout, old, now);
        if (now->outcome != OUTCOME_ERROR)
            status = now->outcome == old->outcome &&
                             now->reason == old->reason &&
                             now->refused_by == old->refused_by
                         ? EXIT_HELD
                         : EXIT_BROKEN;
    }
    record_free(now);
    return status;
}

/* A change that is none, or cannot be made, is bad input. */
static int run_changed(const struct finished *f, const struct judgement *j,
                       const struct record *old, const char *change)
{
    struct record *now = again_try(f, j, old->cell, change);
    int status = EXIT_USAGE_ERROR;

    if (now) {
        story_tried(stdout, change, now);
        status = now->outcome == OUTCOME_CONNECTED ? EXIT_HELD
                 : now->outcome == OUTCOME_ERROR   ? EXIT_HARNESS
                                                   : EXIT_BROKEN;
    }
    record_free(now);
    return status;
}

static int explain(const struct finished *f, const struct request *r)
{
    const struct run_view *v = &f->view;
    const struct judgement *j = find_verdict(v, r->cell);
    int whole = strchr(r->cell, '/') != strrchr(r->cell, '/');
    const struct record *record = view_cell(v, whole ? r->cell
                                               : j   ? j->cell
                                                     : NULL);
    struct story s;

    if (!j || !record || story_init(&s, stdout, v, j, record)) {
        tell_near(v, r);
        return EXIT_USAGE_ERROR;
    }
    story_print(&s, r->dir);
    fflush(stdout);
    if (r->change)
        return run_changed(f, j, record, r->change);
    return r->again ? run_again(f, record) : EXIT_HELD;
}

int cmd_explain(int argc, char **argv)
{
    struct request request = {.again = 0};
    struct finished run;
    int status;

    argp_parse(&argp, argc, argv, 0, NULL, &request);
    if (finished_load(&run, request.dir))
        return EXIT_USAGE_ERROR;
    request.dir = run.dir;
    status = explain(&run, &request);
    finished_clear(&run);
    return status;
}
