/* What differs between OpenSSL 1.1.1 and 3.6, and nothing else: the other files
 * of this folder have no `#if`. */
#ifndef CLIENTS_OPENSSL_COMPAT_H
#define CLIENTS_OPENSSL_COMPAT_H

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdint.h>
#include <stdio.h>

#include "clients/shim.h"

#if OPENSSL_VERSION_NUMBER >= 0x30000000L

/* "Issuer certificate doesn't have a public key"; in 1.1.1 24 was "invalid CA
 * certificate", which is 79 now. */
#define REASON_CODE_24 REASON_CERTIFICATE_PARSE_ERROR

static inline const char *compat_version(void)
{
    return OpenSSL_version(OPENSSL_VERSION_STRING);
}

/* NID of the key exchange's group, TLSEXT_nid_unknown | code point, or 0. */
static inline int compat_group(SSL *ssl)
{
    return (int)SSL_get_negotiated_group(ssl);
}

/* A new P-256 key. NULL on failure. */
static inline EVP_PKEY *compat_p256(void)
{
    return EVP_EC_gen("P-256");
}

#else

#define REASON_CODE_24 REASON_BAD_CA

/* The second word of "OpenSSL 1.1.1w  11 Sep 2023". */
static inline const char *compat_version(void)
{
    static char version[32];

    if (sscanf(OpenSSL_version(OPENSSL_VERSION), "%*s %31s", version) != 1)
        return "unknown";
    return version;
}

static inline int compat_group(SSL *ssl)
{
    EVP_PKEY *key = NULL;
    EC_KEY *ec;
    int nid;

    if (!SSL_get_server_tmp_key(ssl, &key))
        return 0;
    nid = EVP_PKEY_id(key);
    ec = nid == EVP_PKEY_EC ? EVP_PKEY_get0_EC_KEY(key) : NULL;
    if (ec)
        nid = EC_GROUP_get_curve_name(EC_KEY_get0_group(ec));
    EVP_PKEY_free(key);
    return nid;
}

static inline EVP_PKEY *compat_p256(void)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, NULL);
    EVP_PKEY *key = NULL;

    if (ctx && EVP_PKEY_keygen_init(ctx) > 0 &&
        EVP_PKEY_CTX_set_ec_paramgen_curve_nid(ctx, NID_X9_62_prime256v1) > 0)
        EVP_PKEY_keygen(ctx, &key);
    EVP_PKEY_CTX_free(ctx);
    return key;
}

#endif

/* --- Builds that stand for a version which cannot be had any more --- */

#ifdef COMPAT_EMULATE
/* 101 is 1.0.1 up to its letter m, 102 is 1.0.2. They spoke TLS 1.0 to 1.2,
 * knew no security levels, and looked for an issuer among the peer's
 * certificates first; 1.0.1 never went back to try another path. */
#define COMPAT_EMULATES            SHIM_EMULATED_PATH
#define COMPAT_PEER_FIRST          1
#define COMPAT_NO_ALT              (COMPAT_EMULATE < 102)
#define COMPAT_TLS13               0u
#define COMPAT_LEVELS              0u
#define COMPAT_LEVEL_BEFORE_LEVELS 0
#define COMPAT_MAX_VERSION         TLS1_2_VERSION
#define COMPAT_MIN_VERSION         TLS1_VERSION
#else
#define COMPAT_EMULATES            0u
#define COMPAT_PEER_FIRST          0
#define COMPAT_NO_ALT              0
#define COMPAT_TLS13               FEATURE_TLS13
#define COMPAT_LEVELS              FEATURE_SECURITY_LEVEL
#define COMPAT_LEVEL_BEFORE_LEVELS (-1)
#define COMPAT_MIN_VERSION         0
#define COMPAT_MAX_VERSION         0
#endif

/* An error code without the function number of 1.1.1, packed as 3.x does: lib
 * << 23 | reason. */
static inline long compat_error(unsigned long error)
{
    return (long)((unsigned long)ERR_GET_LIB(error) << 23 |
                  (unsigned long)ERR_GET_REASON(error));
}

#endif
