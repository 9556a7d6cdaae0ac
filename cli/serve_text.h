/* What `chainbreak serve` prints. */
#ifndef CLI_SERVE_TEXT_H
#define CLI_SERVE_TEXT_H

#include "lab/trial.h"
#include "model/scenario.h"
#include "model/wire_line.h"

/* The start: what is served (the state, and its side of a trial), where (the
 * endpoint's event), and how to try it; `identity`: paths of a client's
 * certificate and key, or NULL. */
void serve_text_start(const struct state *state, const struct trial *trial,
                      const char *anchors_path, const char *const identity[2],
                      const struct endpoint_event *listening);
/* Behind all that belongs to the start. */
void serve_text_end(void);
/* One line for one connection: the endpoint's event. */
void serve_text_connection(const struct endpoint_event *event);

#endif
