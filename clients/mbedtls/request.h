/* What differs between versions and configurations about keys and signing
 * requests: which of them a build can make, and the calls that it lacks. */
#ifndef CLIENTS_MBEDTLS_REQUEST_H
#define CLIENTS_MBEDTLS_REQUEST_H

#include <mbedtls/x509_csr.h>

#include "clients/mbedtls/compat.h"
#include "clients/shim.h"

#if defined(MBEDTLS_X509_CSR_WRITE_C) && defined(MBEDTLS_PEM_WRITE_C) &&       \
    defined(MBEDTLS_PK_WRITE_C) && defined(MBEDTLS_PEM_PARSE_C)
#define REQUEST_WRITES 1
static inline int request_key_text(mbedtls_pk_context *key, char *out,
                                   size_t size)
{
    return mbedtls_pk_write_key_pem(key, (unsigned char *)out, size);
}
/* subject: "CN=name". */
static inline int request_text(mbedtls_pk_context *key, const char *subject,
                               char *out, size_t size)
{
    mbedtls_x509write_csr csr;
    int ret;

    mbedtls_x509write_csr_init(&csr);
    mbedtls_x509write_csr_set_md_alg(&csr, MBEDTLS_MD_SHA256);
    mbedtls_x509write_csr_set_key(&csr, key);
    ret = mbedtls_x509write_csr_set_subject_name(&csr, subject);
    if (!ret)
        ret = mbedtls_x509write_csr_pem(&csr, (unsigned char *)out, size,
                                        rng_random, NULL);
    mbedtls_x509write_csr_free(&csr);
    return ret;
}
#else
#define REQUEST_WRITES 0
static inline int request_key_text(mbedtls_pk_context *key, char *out,
                                   size_t size)
{
    (void)key;
    (void)out;
    (void)size;
    return MBEDTLS_ERR_PK_FEATURE_UNAVAILABLE;
}
static inline int request_text(mbedtls_pk_context *key, const char *subject,
                               char *out, size_t size)
{
    (void)subject;
    return request_key_text(key, out, size);
}
#endif

#if defined(MBEDTLS_RSA_C) && defined(MBEDTLS_GENPRIME)
#define REQUEST_RSA (REQUEST_WRITES * FEATURE_REQUEST_RSA)
static inline int request_rsa_make(mbedtls_pk_context *key)
{
    int ret = mbedtls_pk_setup(key, mbedtls_pk_info_from_type(MBEDTLS_PK_RSA));

    return ret ? ret
               : mbedtls_rsa_gen_key(mbedtls_pk_rsa(*key), rng_random, NULL,
                                     2048, 65537);
}
#else
#define REQUEST_RSA 0
static inline int request_rsa_make(mbedtls_pk_context *key)
{
    (void)key;
    return MBEDTLS_ERR_PK_FEATURE_UNAVAILABLE;
}
#endif

#if defined(MBEDTLS_ECP_C) && defined(MBEDTLS_ECDSA_C) &&                      \
    defined(MBEDTLS_ECP_DP_SECP256R1_ENABLED)
#define REQUEST_P256 (REQUEST_WRITES * FEATURE_REQUEST_P256)
static inline int request_p256_make(mbedtls_pk_context *key)
{
    int ret =
        mbedtls_pk_setup(key, mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY));

    return ret ? ret
               : mbedtls_ecp_gen_key(MBEDTLS_ECP_DP_SECP256R1,
                                     mbedtls_pk_ec(*key), rng_random, NULL);
}
#else
#define REQUEST_P256 0
static inline int request_p256_make(mbedtls_pk_context *key)
{
    (void)key;
    return MBEDTLS_ERR_PK_FEATURE_UNAVAILABLE;
}
#endif

#endif
