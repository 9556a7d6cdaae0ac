/* The random generator that all connections share. */
#ifndef CLIENTS_MBEDTLS_RNG_H
#define CLIENTS_MBEDTLS_RNG_H

#include <mbedtls/ctr_drbg.h>

/* Seeds it from the system, once. 0, or the library's code. */
int rng_init(void);
/* For the library's f_rng / p_rng pairs (mbedtls_ctr_drbg_random). */
mbedtls_ctr_drbg_context *rng_context(void);

#endif
