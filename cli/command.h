/* The command that runs one device against one scenario again, for a shell. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <jansson.h>
#include <stdio.h>

/* device, scenario: of plan.json. dir: the results it came from; the new ones
 * go beside them. Paths stand as they were given to the run. */
void command_print(FILE *to, const json_t *device, const json_t *scenario,
                   const char *dir);

/* Writes text as one word of a POSIX shell: in single quotes, where an
 * apostrophe ends them, stands escaped, and opens them again. */
void command_quote(FILE *to, const char *text);

#endif
