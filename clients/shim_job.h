/* A job line (docs/record.md "Job") and the shim_want it stands for. Everything
 * in the line is checked here; nothing behind this file sees JSON of a job.
 * Must not know any stack. */
#ifndef CLIENTS_SHIM_JOB_H
#define CLIENTS_SHIM_JOB_H

#include <jansson.h>
#include <stddef.h>

#include "clients/shim.h"

enum {
    SHIM_JOB_LINE = 1 << 20, /* longest line, bytes */
    SHIM_JOB_LIST = 64,      /* longest list */
    SHIM_JOB_SETTINGS = 512, /* most anchors with trust settings */
    SHIM_JOB_ALPN = 255      /* longest protocol name (RFC 7301 section 3.1) */
};

/* Points into itself: do not copy. */
struct shim_job {
    json_t *root;          /* owns the texts */
    struct shim_want want; /* but for want.anchors, which the caller loads */
    const char *anchors;   /* path */
    unsigned required;     /* features asked for by name */
    char lacks[64];        /* what no shim of this version knows; "": nothing */
    char fault[160];       /* what is malformed; "": nothing */
    uint16_t suites[SHIM_JOB_LIST], groups[SHIM_JOB_LIST];
    uint16_t signature_algorithms[SHIM_JOB_LIST];
    const char *alpn[SHIM_JOB_LIST + 1];
    struct shim_pin pins[SHIM_JOB_LIST];
    uint8_t distrust[SHIM_JOB_LIST][32];
    struct shim_settings settings[SHIM_JOB_SETTINGS];
    struct shim_session session;
};

/* Reads one line. 0, with job->lacks set if an unknown name was in it; -1 with
 * job->fault set, and want.id if it could be read. shim_job_clear in both
 * cases. */
int shim_job_parse(struct shim_job *job, const char *line, size_t size);
void shim_job_clear(struct shim_job *job);
/* Reads want.application: struct shim_field's read (clients/shim_field.h). */
int shim_job_application(struct shim_job *job, json_t *value, void *target);
/* The key under which the job's context is shared: all of want but what
 * context_new does not look at (shares: bit set of enum shim_share). malloc'd;
 * NULL when memory is out. */
char *shim_job_context_key(const struct shim_job *job, unsigned shares);

#endif
