/* What became of devices that rotate, for people. */
#ifndef CLI_ROTATE_TEXT_H
#define CLI_ROTATE_TEXT_H

#include <stddef.h>
#include <stdio.h>

#include "rotation/cell.h"

/* Counts, a table of what went wrong by where credentials are kept, and what
 * mends it. */
void rotate_text_print(FILE *to, const struct rotation_cell *cells,
                       size_t count);

#endif
