/* The random generator that the library is given: the system's, so that a
 * configuration needs neither an entropy source nor a generator of its own. */
#ifndef CLIENTS_MBEDTLS_RNG_H
#define CLIENTS_MBEDTLS_RNG_H

#include <stddef.h>

/* Fills size bytes. 0, or an error of the library. arg is not used. */
int rng_random(void *arg, unsigned char *out, size_t size);

#endif
