/* Loads the documents of a run with the one reader there is for them. */
#include "cli/finished.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/file.h"

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
    memset(f, 0, sizeof *f);
    hellos_init(&f->hellos);
    f->dir = folder(dir);
    if (f->dir && reading_plan(f->dir, &f->plan) == 0 &&
        reading_verdicts(f->dir, &f->run, &f->verdicts) == 0 &&
        reading_all(f->dir, &f->hellos, &f->records) == 0 &&
        view_init(&f->view, &f->plan, &f->verdicts, &f->run, f->records.items,
                  f->records.count) == 0)
        return 0;
    finished_clear(f);
    return -1;
}

void finished_clear(struct finished *f)
{
    view_clear(&f->view);
    records_clear(&f->records);
    hellos_clear(&f->hellos);
    judgements_clear(&f->verdicts);
    run_facts_clear(&f->run);
    plan_clear(&f->plan);
    free(f->dir);
    f->dir = NULL;
}
