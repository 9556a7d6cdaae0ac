/* A cache file that two processes may make at the same time: the first one's
 * content stays, and the other takes it over. */
#ifndef PKI_CLAIM_H
#define PKI_CLAIM_H

#include <stddef.h>
#include <sys/types.h>

/* Writes path whole, unless it exists. 0: written; 1: somebody was first, and
 * the file is theirs; -1 reported. */
int claim_write(const char *path, mode_t mode, const void *data, size_t size);

#endif
