/* The trial of a cell: what a device, a state and the minted certificates come
 * to. */
#ifndef LAB_TRIAL_MAKE_H
#define LAB_TRIAL_MAKE_H

#include "lab/certificates.h"
#include "lab/trial.h"

struct trial_cell {
    const char *id; /* scenario/state/device; NULL: made from the three below */
    const struct stack *stack;
    const struct scenario *scenario; /* a leaf's pin is that of its first state
                                      */
    const struct state *state;
    const struct endpoint_tls *policy; /* merged (lab/policies.h) */
    const struct state *unnamed;       /* the one that the state names by
                                          without_name; NULL: none */
    const struct endpoint_tls *unnamed_policy;
    const struct device *device;       /* NULL: the endpoint's side alone */
};

/* After minting. Everything in it is borrowed from the cell's structs and the
 * certificates but what trial_free frees. NULL reported. */
struct trial *trial_make(struct certificates *c, const struct trial_cell *cell);

#endif
