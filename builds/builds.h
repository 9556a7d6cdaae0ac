/* Makes stack builds side by side, each in a process of its own with a log of
 * its own, and tells each one's fate in a line. */
#ifndef BUILDS_BUILDS_H
#define BUILDS_BUILDS_H

#include <stddef.h>

#include "builds/stack_file.h"

struct builds {
    struct stack_file **items;
    size_t count;
    size_t broken; /* files of the folder that say nothing that can be built */
};

/* Loads the files of clients/stacks/, in order of their names. One that is
 * wrong is reported and counted, and stops no other. 0; -1 reported: no such
 * folder. Free with builds_clear in both cases. */
int builds_load(struct builds *b);
/* Adds one file, or takes the one whose stack build has that name in. 0 or -1
 * reported. */
int builds_add(struct builds *b, const char *path);
const struct stack_file *builds_find(const struct builds *b, const char *name);
void builds_clear(struct builds *b);

/* Makes all items for which wanted() is true (NULL: all). The program of one
 * that is not made is removed: a stale one would answer for a configuration
 * that is no more. Prints a line each on stdout. How many failed; *lacking: how
 * many libraries of the system's are not on this machine, which is no failure.
 */
size_t builds_run(const struct builds *b,
                  int (*wanted)(const struct stack_file *f), size_t *lacking);

/* Why the last try failed and where its log is, in a line; malloc'd. NULL: it
 * did not, or there was none. */
char *builds_failure(const char *name);

#endif
