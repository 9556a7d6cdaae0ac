/* Devices rotate, day by day: shims in the role of their TLS stacks, the cloud
 * beside the broker, and what goes wrong for each of them. */
#ifndef CLI_ROTATE_RUN_H
#define CLI_ROTATE_RUN_H

#include <stddef.h>

#include "rotation/cell.h"

struct rotate_site;
struct stack;

struct rotate_run_options {
    const struct stack *const *stacks; /* by a cell's stack_index */
    int lanes;                         /* shims that work at the same time */
    int is_told;                       /* how far it is, on a terminal */
    int is_own_ca; /* certificates are of the customer's own CA */
};

/* What becomes of the cells, each filled in up to its id. Cells whose broker
 * restarts are run one by one behind the others, which would lose their
 * sessions. 0, or -1 reported: the harness failed. */
int rotate_run(struct rotate_site *site, const struct rotate_run_options *o,
               struct rotation_cell *cells, size_t count);

#endif
