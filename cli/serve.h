/* `chainbreak serve`: one endpoint state for a person and a board on the bench
 * (docs/endpoint.md). */
#ifndef CLI_SERVE_H
#define CLI_SERVE_H

/* Runs until SIGINT or SIGTERM. Exit status as in base/diag.h. */
int cmd_serve(int argc, char **argv);

#endif
