/* A few threads over a list of equal pieces of work. */
#ifndef PKI_POOL_H
#define PKI_POOL_H

#include <stddef.h>

/* Calls work(arg, i) once for each i below count, on at most `jobs` threads,
 * and waits for all. After a failure no further piece is begun. 0 when all
 * returned 0, else -1. */
int pool_run(int jobs, size_t count, int (*work)(void *arg, size_t i),
             void *arg);

#endif
