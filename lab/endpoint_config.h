/* The endpoint configuration of a plan (docs/record.md). */
#ifndef LAB_ENDPOINT_CONFIG_H
#define LAB_ENDPOINT_CONFIG_H

#include <jansson.h>

#include "model/scenario.h"
#include "lab/certificates.h"

/* An empty configuration. New reference. */
json_t *endpoint_config_new(int threads);
/* Adds the states of a scenario, id "scenario/state". 0, or -1 reported
 * (unknown policy, a chain whose leaf has no key). */
int endpoint_config_add(json_t *config, const struct scenario *s,
                        const struct certificates *c);
/* The TLS settings of a state: its named policy with its own changes. New
 * reference; NULL reported. */
json_t *endpoint_config_tls(const struct scenario *s, const struct state *st);

#endif
