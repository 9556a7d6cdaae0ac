/* Control documents: states added, changed and removed while the endpoint runs
 * (docs/record.md). */
#ifndef SERVER_CONTROL_H
#define SERVER_CONTROL_H

#include <jansson.h>

struct states;

/* Does what the document says and tells what came of it with one event. 0, or
 * -1 if it was refused. */
int control_take(struct states *states, const json_t *document);

/* Tells that something was refused: `state` (NULL: not known which) and the
 * reason. `is_short`: the process lacks memory or files. */
void control_refuse(struct states *states, const char *state, const char *text,
                    int is_short);

#endif
