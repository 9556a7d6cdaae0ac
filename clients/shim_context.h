/* Contexts and anchor files that jobs share: a trust store is parsed once per
 * worker, not once per cell. Must not know any stack. */
#ifndef CLIENTS_SHIM_CONTEXT_H
#define CLIENTS_SHIM_CONTEXT_H

#include "clients/shim.h"
#include "clients/shim_job.h"

struct shim_context {
    void *made; /* the stack's */
    void (*release)(void *made);
    size_t held;         /* heap bytes */
    struct shim_got got; /* the anchors' counts */
};

/* Reads the job's anchors file (or finds it) and sets want.anchors. 0, or -1
 * reported. Files are taken as they were when first read. */
int shim_context_anchors(struct shim_job *job);
/* Finds or makes the job's context; it stays the cache's. NULL with why filled
 * (reason NONE and no feature: memory is out). */
const struct shim_context *shim_context_get(const struct shim_ops *ops,
                                            const struct shim_job *job,
                                            struct shim_why *why);
/* Frees all. */
void shim_context_clear(void);

#endif
