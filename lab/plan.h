/* A plan: scenarios x states x devices = cells, with every certificate minted
 * and every job ready. Nothing is run here. */
#ifndef LAB_PLAN_H
#define LAB_PLAN_H

#include <jansson.h>
#include <stddef.h>

#include "model/device.h"
#include "model/scenario.h"

struct plan_options {
    char *const
        *scenarios; /* names, globs, files or folders; NULL: all built-in */
    char *const
        *devices; /* globs over ids, files or folders; NULL: all built-in */
    char *const *stacks; /* only these stack builds; NULL: all */
    const char
        *cells; /* file with one "scenario/device" or cell id a line, or NULL */
    struct device *const
        *extra_devices; /* in memory (quick form), NULL-terminated, borrowed */
    struct scenario *const *extra_scenarios;
    const char *work_dir; /* where anchors and chains are written, named by
                             their content; may be shared by runs */
    int jobs;
    int skip_unsupported; /* leave out certificates that cannot be twinned */
};

struct plan_cell {
    char *id;                       /* scenario/state/device */
    size_t scenario, state, device; /* indexes */
    const char *stack;
    json_t *want; /* the job's `want` (docs/record.md), shared between states
                     where equal */
    const char *anchored_rsa, *anchored_ecdsa; /* the device's anchor that the
                              chain of this key type meets, or NULL */
};

struct lab_plan {
    struct scenario **scenarios;
    size_t scenarios_count;
    struct device *
        *devices; /* one per device and stack build; id "<device>-<stack>" */
    size_t devices_count;
    struct plan_cell *cells;
    size_t cells_count;
    struct plan_cell *controls; /* three per stack build, run first: must
                                   connect, must be refused for unknown-ca, must
                                   be unsupported; in this order */
    size_t controls_count;
    struct stacks *stacks;       /* the stack builds of the devices */
    struct selection *selection; /* owns scenarios and devices */
    struct certificates *certificates;
    json_t *endpoint; /* endpoint configuration: one state per scenario state,
                         id "scenario/state" */
    json_t *document; /* plan.json: what the report and explain need
                         (docs/record.md) */
};

/* NULL on failure, reported. */
struct lab_plan *lab_plan_new(const struct plan_options *o);
void lab_plan_free(struct lab_plan *p);

#endif
