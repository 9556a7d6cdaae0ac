/* A cell of a finished run, run anew in a lab of its own. */
#ifndef CLI_AGAIN_H
#define CLI_AGAIN_H

#include "cli/finished.h"

/* The judged record of the cell as it comes out now; to be freed. NULL,
 * reported: what it was made of is gone or another one now, its program is not
 * there, or the harness failed. */
struct record *again_run(const struct finished *f, const char *cell);

/* One experiment by hand: the cell with a change ("add-anchor Amazon Root CA
 * 1"; two are divided by " + "). j: the verdict that the cell belongs to. */
struct record *again_try(const struct finished *f, const struct judgement *j,
                         const char *cell, const char *change);

#endif
