/* What the endpoint is told: its configuration, and a state per distinct
 * endpoint side of a trial (docs/record.md). */
#ifndef LAB_ENDPOINT_STATE_H
#define LAB_ENDPOINT_STATE_H

#include <jansson.h>

#include "lab/files.h"
#include "lab/trial.h"

/* A configuration without states, for cells of at most `timeout_ms`: the
 * endpoint's own limits come later than the cell's. New reference. */
json_t *endpoint_state_none(int threads, int timeout_ms);
/* How long after a shim's answer an event may still come. */
int endpoint_state_patience_ms(int timeout_ms);
/* The endpoint state of a trial, to listen at `listen`. New reference; NULL
 * reported. */
json_t *endpoint_state_json(const struct trial *t, struct files *f,
                            const char *id, const char *listen);

#endif
