/* `chainbreak endpoint`: the hidden subcommand that the runner starts
 * (docs/endpoint.md). */
#ifndef CLI_ENDPOINT_H
#define CLI_ENDPOINT_H

/* Reads the endpoint configuration from the first line of stdin, serves, takes
 * a control document from each further line, writes events to stdout, ends at
 * stdin's end of file. Exit status as in base/diag.h. */
int cmd_endpoint(int argc, char **argv);

#endif
