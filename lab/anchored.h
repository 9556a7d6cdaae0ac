/* Which anchor of a device a chain meets, remembered: many cells have the same
 * chain and the same store. */
#ifndef LAB_ANCHORED_H
#define LAB_ANCHORED_H

#include "lab/map.h"
#include "lab/trial.h"

/* The name of the anchor that the trial's chain meets, by keys; NULL: none.
 * `served`: "rsa", "ecdsa", or NULL where none was served: then the first that
 * there is. `known` begins zeroed, and holds what is borrowed from the
 * certificates: clear it with map_drop(known, NULL). */
const char *anchored_by(struct map *known, const struct trial *t,
                        const char *served);

#endif
