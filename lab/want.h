/* A job's `want`: what a device asks for against one state (docs/record.md). */
#ifndef LAB_WANT_H
#define LAB_WANT_H

#include <jansson.h>

#include "model/device.h"
#include "model/scenario.h"
#include "lab/certificates.h"

/* After minting. New reference; NULL reported.
 */
json_t *want_new(struct certificates *c, const struct scenario *s,
                 const struct state *st, const struct device *d);
/* The device's pins as the job has them. New reference; NULL reported. */
json_t *want_pins(struct certificates *c, const struct scenario *s,
                  const struct device *d);
/* A list of names as a JSON array. New reference. */
json_t *want_strings(char *const *items, size_t count);

#endif
