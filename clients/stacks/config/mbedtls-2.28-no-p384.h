/* mbedtls-2.28-4k.h with the one curve that the device's own key needs, P-256,
 * and the library's own buffers and depth. Code size is the reason to leave
 * P-384 out. */
#ifndef MBEDTLS_NO_P384_H
#define MBEDTLS_NO_P384_H
#include "mbedtls-2.28-4k.h"
#undef MBEDTLS_ECP_DP_SECP384R1_ENABLED
#undef MBEDTLS_SSL_IN_CONTENT_LEN
#undef MBEDTLS_SSL_OUT_CONTENT_LEN
#undef MBEDTLS_X509_MAX_INTERMEDIATE_CA
#endif
