/* The command that runs one device against one scenario again, for a shell. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <stdio.h>

#include "model/plan.h"

/* dir: the results that the device and the scenario came from; the new ones go
 * beside them. Paths stand as they were given to the run. */
void command_print(FILE *to, const struct plan *p, const struct plan_device *d,
                   const struct plan_scenario *s, const char *dir);

/* Writes text as one word of a POSIX shell: in single quotes, or, where a byte
 * could steer the terminal that shows it, as what printf makes of it. */
void command_quote(FILE *to, const char *text);

#endif
