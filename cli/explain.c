/* Finds the cell that a person means and has its story told. */
#include "cli/explain.h"

#include <argp.h>
#include <string.h>

#include "cli/finished.h"
#include "cli/story.h"
#include "base/diag.h"
#include "report/document.h"
#include "base/near.h"

struct request {
    const char *cell, *dir;
};

static error_t parse(int key, char *text, struct argp_state *state)
{
    struct request *r = state->input;

    if (key == 'i')
        r->dir = text;
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
    {0},
};

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "CELL",
    .doc = "Tells the story of one cell: scenario/state/device, or "
           "scenario/device for the cell that decided the verdict.",
};

static int names(const json_t *verdict, const char *scenario, size_t size,
                 const char *device)
{
    const char *own = document_text(verdict, "scenario");

    return strlen(own) == size && !strncmp(own, scenario, size) &&
           !strcmp(document_text(verdict, "device"), device);
}

static const json_t *find_verdict(const struct document *d, const char *cell)
{
    const json_t *list = json_object_get(d->verdicts, "verdicts");
    const char *first = strchr(cell, '/'), *last = strrchr(cell, '/');

    for (size_t i = 0; first && i < json_array_size(list); i++)
        if (names(json_array_get(list, i), cell, (size_t)(first - cell),
                  last + 1))
            return json_array_get(list, i);
    return NULL;
}

static void tell_near(const struct document *d, const struct request *r)
{
    struct near near;

    near_init(&near, r->cell);
    for (void *i = json_object_iter(d->records); i;
         i = json_object_iter_next(d->records, i))
        near_offer(&near, json_object_iter_key(i));
    diag("%s: no such cell in %s%s", r->cell, r->dir, near_text(&near));
}

static int explain(const struct document *d, const struct request *r)
{
    const json_t *verdict = find_verdict(d, r->cell);
    int whole = strchr(r->cell, '/') != strrchr(r->cell, '/');
    const json_t *record = json_object_get(
        d->records, whole ? r->cell : document_text(verdict, "cell"));

    if (!verdict || !record) {
        tell_near(d, r);
        return EXIT_USAGE_ERROR;
    }
    story_print(stdout, d, verdict, record, r->dir);
    return EXIT_HELD;
}

int cmd_explain(int argc, char **argv)
{
    struct request request = {NULL, NULL};
    struct finished run;
    int status;

    argp_parse(&argp, argc, argv, 0, NULL, &request);
    if (finished_load(&run, request.dir))
        return EXIT_USAGE_ERROR;
    request.dir = run.dir;
    status = explain(&run.document, &request);
    finished_clear(&run);
    return status;
}
