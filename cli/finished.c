/* Loads the documents of a run with the one reader there is for them. */
#include "cli/finished.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/file.h"
#include "lab/results.h"

static char *folder(const char *dir)
{
    char *path;

    if (!dir && !home_dir()) {
        diag("no results folder is known here; name one");
        return NULL;
    }
    path = dir ? strdup(dir) : format("%s/results/latest", home_dir());
    if (!path)
        diag("out of memory");
    return path;
}

int finished_load(struct finished *f, const char *dir)
{
    char *path = folder(dir);
    json_t *plan = path ? results_load_plan(path) : NULL;
    json_t *verdicts = plan ? results_load_verdicts(path) : NULL;
    json_t *records = verdicts ? results_load_records(path) : NULL;
    int status = -1;

    f->dir = NULL;
    if (records) {
        status = document_init(&f->document, plan, verdicts, records);
        if (status)
            diag("out of memory");
    }
    if (status == 0)
        f->dir = path;
    if (status)
        free(path);
    json_decref(plan);
    json_decref(verdicts);
    json_decref(records);
    return status;
}

void finished_clear(struct finished *f)
{
    document_clear(&f->document);
    free(f->dir);
}
