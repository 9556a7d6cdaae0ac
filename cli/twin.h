/* `chainbreak twin`: the lab twin of a real trust store and chain
 * (docs/twin.md). */
#ifndef CLI_TWIN_H
#define CLI_TWIN_H

/* Exit status as in base/diag.h. */
int cmd_twin(int argc, char **argv);

#endif
