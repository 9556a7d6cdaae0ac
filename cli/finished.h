/* A finished run, for the commands that tell about one. */
#ifndef CLI_FINISHED_H
#define CLI_FINISHED_H

#include "lab/reading.h"
#include "report/view.h"

struct finished {
    struct plan plan;
    struct run_facts run;
    struct judgements verdicts;
    struct records *records;
    struct run_view view; /* of all these */
    char *dir;            /* the folder; owned */
};

/* How a view finds them. */
struct view_records finished_records(struct records *r);

/* dir NULL: results/latest of the project. 0, or -1 reported (what is missing,
 * or where it does not parse) and nothing to clear. */
int finished_load(struct finished *f, const char *dir);
/* The same, but no record is read yet. */
int finished_open(struct finished *f, const char *dir);
void finished_clear(struct finished *f);

#endif
