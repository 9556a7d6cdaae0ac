/* What runs, told by its bytes: programs, and the libraries that they load. */
#ifndef LAB_PROGRAMS_H
#define LAB_PROGRAMS_H

struct stacks;

/* A line per file, "path size hash", each once, sorted as they are met; so that
 * two runs can be told to have been made by the same. malloc'd, NULL reported.
 */
char *programs_text(const struct stacks *s);

#endif
