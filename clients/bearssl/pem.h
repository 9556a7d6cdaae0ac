/* PEM files as the library reads them. */
#ifndef CLIENTS_BEARSSL_PEM_H
#define CLIENTS_BEARSSL_PEM_H

#include <stddef.h>
#include <stdint.h>

/* Takes one object; name is what stands behind BEGIN. 0 to go on, -1 to end. */
typedef int pem_take(void *to, const char *name, const uint8_t *der,
                     size_t size);

/* Gives each object of a file to take. 0, or -1: the file cannot be read, is no
 * PEM, or take ended it. */
int pem_read(const char *path, pem_take *take, void *to);

#endif
