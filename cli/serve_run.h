/* An endpoint in this process, until it is interrupted. */
#ifndef CLI_SERVE_RUN_H
#define CLI_SERVE_RUN_H

#include "server/server.h"

/* From now on an interruption waits for serve_run: while there is a broker that
 * nobody would end. */
void serve_run_hold(void);
/* A control line for the endpoint that runs (server.h), from any thread; what
 * comes of it is an event. Nothing where none runs. */
void serve_run_control(const char *line);
/* Returns the exit status. */
int serve_run(const char *configuration, const struct authority *authority,
              server_event_fn *on_event, void *arg);

#endif
