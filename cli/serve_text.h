/* What `chainbreak serve` prints. */
#ifndef CLI_SERVE_TEXT_H
#define CLI_SERVE_TEXT_H

#include "lab/trial.h"
#include "model/scenario.h"
#include "model/wire_line.h"

/* The start: what is served (the state, and its side of a trial), where (the
 * endpoint's event), and how to try it. */
void serve_text_start(const struct state *state, const struct trial *trial,
                      const char *anchors_path,
                      const struct endpoint_event *listening);
/* One line for one connection: the endpoint's event. */
void serve_text_connection(const struct endpoint_event *event);

#endif
