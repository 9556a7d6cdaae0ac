/* A cell of a finished run, run anew in a lab of its own. */
#ifndef CLI_AGAIN_H
#define CLI_AGAIN_H

#include "cli/finished.h"

/* The judged record of the cell as it comes out now; to be freed. NULL,
 * reported: what it was made of is gone or another one now, its program is not
 * there, or the harness failed. */
struct record *again_run(const struct finished *f, const char *cell);

#endif
