/* Debian's archive, as this machine's apt is set up for it. Nothing is
 * installed, and the system's own lists are only read. */
#ifndef BUILDS_DEBIAN_H
#define BUILDS_DEBIAN_H

#include "builds/stack_file.h"

/* The repositories that apt knows, each ending in '/', without duplicates; the
 * list ends with NULL, freed with strings_free. An empty list where there is no
 * apt. NULL only when memory is out. */
char **debian_mirrors(void);

/* The architecture of this machine's packages ("arm64"), which its compiler's
 * programs are of too; malloc'd. NULL: there is no dpkg. */
char *debian_architecture(void);

/* Looks a package up in a suite ("trixie"): the repositories are those of the
 * machine, with the suite in the place of theirs, in a private folder of the
 * cache. A package that ends in -dev is taken as it is, any other name stands
 * for the original source of that source package. Fills *out (the caller frees
 * both members) and *version. 0, or -1 reported. */
int debian_find(const char *package, const char *suite,
                struct stack_archive *out, char **version);

#endif
