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

struct looking {
    int (*each)(void *arg, const struct record *r);
    void *arg;
};

static int on_record(void *arg, struct record *r)
{
    const struct looking *l = arg;
    int status = l->each(l->arg, r);

    record_free(r);
    return status;
}

static int each(void *arg, int (*look)(void *arg, const struct record *r),
                void *look_arg)
{
    struct looking l = {look, look_arg};

    return records_each(arg, on_record, &l);
}

static const struct record *find(void *arg, const char *cell)
{
    return records_find(arg, cell);
}

struct view_records finished_records(struct records *r)
{
    return (struct view_records){r, find, each};
}

static int view(struct finished *f)
{
    const struct view_records records = finished_records(f->records);

    return view_init(&f->view, &f->plan, &f->verdicts, &f->run, &records);
}

int finished_open(struct finished *f, const char *dir)
{
    memset(f, 0, sizeof *f);
    f->dir = folder(dir);
    if (f->dir && reading_plan(f->dir, &f->plan) == 0 &&
        reading_verdicts(f->dir, &f->run, &f->verdicts) == 0 &&
        (f->records = records_open(f->dir)) && view(f) == 0)
        return 0;
    finished_clear(f);
    return -1;
}

int finished_load(struct finished *f, const char *dir)
{
    if (finished_open(f, dir))
        return -1;
    if (records_each(f->records, NULL, NULL) == 0)
        return 0;
    finished_clear(f);
    return -1;
}

void finished_clear(struct finished *f)
{
    view_clear(&f->view);
    records_free(f->records);
    judgements_clear(&f->verdicts);
    run_facts_clear(&f->run);
    plan_clear(&f->plan);
    free(f->dir);
    f->dir = NULL;
    f->records = NULL;
}
