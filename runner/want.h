/* A job's `want`: what a device asks for against one state (docs/record.md). */
#ifndef RUNNER_WANT_H
#define RUNNER_WANT_H

#include <jansson.h>

#include "core/device.h"
#include "core/scenario.h"
#include "runner/certificates.h"

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
