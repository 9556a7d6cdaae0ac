/* A job: what a shim is asked to do against one endpoint state
 * (docs/record.md). */
#ifndef LAB_JOB_CODEC_H
#define LAB_JOB_CODEC_H

#include <jansson.h>

#include "lab/files.h"
#include "lab/trial.h"

/* What a job says beside what the trial is: where to, and from where. */
struct job_call {
    int port;
    const char *source; /* the address that the shim connects from */
    int timeout_ms;
};

/* The `want` of a trial as text, malloc'd: equal texts are equal jobs. NULL
 * reported. */
char *job_want_text(const struct trial *t, struct files *f);
/* The whole job as one line without its end. malloc'd; NULL reported. */
char *job_line(const struct trial *t, const char *want,
               const struct job_call *call);
/* The same for a file of jobs, which names the state instead of a port.
 * malloc'd; NULL reported. */
char *job_filed_line(const struct trial *t, struct files *f, const char *state,
                     int timeout_ms);
/* For the endpoint's lines: a list of names as a JSON array. New reference. */
json_t *job_strings(char *const *items, size_t count);

#endif
