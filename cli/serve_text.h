/* What `chainbreak serve` prints. */
#ifndef CLI_SERVE_TEXT_H
#define CLI_SERVE_TEXT_H

#include <jansson.h>

#include "model/plan.h"

/* The start: what is served, where, and how to try it. */
void serve_text_start(const struct plan_state *state, const char *anchors_path,
                      const json_t *listening);
/* One line for one connection. */
void serve_text_connection(const json_t *event);

#endif
