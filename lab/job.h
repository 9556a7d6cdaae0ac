/* A job: what a shim is asked to do against one endpoint state
 * (docs/record.md). */
#ifndef LAB_JOB_H
#define LAB_JOB_H

#include <jansson.h>

#include "lab/files.h"
#include "lab/trial.h"

/* What a job says beside what the trial is: where to, and from where. */
struct job_call {
    int port;
    const char *source; /* the address that the shim connects from */
    int timeout_ms;
};

/* The `want` of a trial. New reference; NULL reported. */
json_t *job_want(const struct trial *t, struct files *f);
/* The same as text, malloc'd: equal texts are equal jobs. NULL reported. */
char *job_want_text(const struct trial *t, struct files *f);
/* The whole job as one line without its end. malloc'd; NULL reported. */
char *job_line(const struct trial *t, const char *want,
               const struct job_call *call);
/* A list of names as a JSON array. New reference. */
json_t *job_strings(char *const *items, size_t count);

#endif
