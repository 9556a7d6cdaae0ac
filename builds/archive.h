/* Archives of libraries: fetched once, checked against their SHA-256, kept in
 * the cache, unpacked once. */
#ifndef BUILDS_ARCHIVE_H
#define BUILDS_ARCHIVE_H

#include "builds/stack_file.h"

/* May an archive of that name be used on that architecture? dpkg's word for it;
 * NULL: not known. A package tells in its name (NAME_VERSION_ARCHITECTURE.deb);
 * any other file fits everywhere. */
int archive_fits(const char *file, const char *architecture);

/* The folder of the first archive of the list that can be had; malloc'd. A tar
 * archive's single top folder is left out; a .deb is unpacked as it is.
 * *is_package: 1 for a .deb. Packages for other architectures are left out
 * without a word. NULL: none of the rest, or none is left, reported. Safe to
 * call from several processes at once. */
char *archive_get(const struct stack_archive *list, size_t count,
                  int *is_package);

#endif
