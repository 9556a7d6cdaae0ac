/* What a build replaced of a firmware's board, as clients/stacks/sdk-headers.sh
 * wrote it down. */
#ifndef BUILDS_BOARD_H
#define BUILDS_BOARD_H

/* Names with commas between them, of the stack build's last try; malloc'd.
 * NULL: none, or memory is out. Relative to home_dir(). */

/* Headers of the board's SDK that are empty files here. */
char *board_empty_headers(const char *name);
/* Macros that the firmware or the library had set for the board. */
char *board_taken_back(const char *name);

#endif
