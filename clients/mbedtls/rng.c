/* The random generator. Lives as long as the program. */
#include "clients/mbedtls/rng.h"

#include <mbedtls/entropy.h>

static mbedtls_entropy_context entropy;
static mbedtls_ctr_drbg_context drbg;

int rng_init(void)
{
    mbedtls_entropy_init(&entropy);
    mbedtls_ctr_drbg_init(&drbg);
    return mbedtls_ctr_drbg_seed(&drbg, mbedtls_entropy_func, &entropy, NULL,
                                 0);
}

mbedtls_ctr_drbg_context *rng_context(void)
{
    return &drbg;
}
