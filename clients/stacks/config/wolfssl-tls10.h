/* wolfSSL with every version from TLS 1.0 to 1.3 and RSA key exchange: a device
 * that has to speak to old and new servers.  */
#ifndef WOLFSSL_USER_SETTINGS_H
#define WOLFSSL_USER_SETTINGS_H
#define NO_WOLFSSL_SERVER
#define HAVE_TLS_EXTENSIONS
#define HAVE_SNI
#define HAVE_SUPPORTED_CURVES
#define HAVE_EXTENDED_MASTER
#define HAVE_MAX_FRAGMENT
#define HAVE_ECC
#define ECC_SHAMIR
#define ECC_USER_CURVES
#define HAVE_ECC256
#define HAVE_ECC384
#define HAVE_AESGCM
#define GCM_SMALL
#define WOLFSSL_SHA384
#define WOLFSSL_SHA512
#define WC_RSA_PSS
#define WC_RSA_BLINDING
#define TFM_TIMING_RESISTANT
#define ECC_TIMING_RESISTANT
#define WOLFSSL_SP_MATH_ALL
#define SP_INT_BITS 4096
#define WOLFSSL_ASN_TEMPLATE
#define WOLFSSL_SMALL_STACK
#define WOLFSSL_DER_LOAD
#define KEEP_PEER_CERT
#define SESSION_CERTS
#define NO_DSA
#define NO_RC4
#define NO_MD4
#define NO_PSK
#define NO_PWDBASED
#define NO_DH
#define NO_SESSION_CACHE
#define NO_WRITEV
#define WOLFSSL_ALLOW_TLSV10
#define WOLFSSL_TLS13
#define HAVE_HKDF
#define WOLFSSL_STATIC_RSA
#define HAVE_FFDHE_2048
#define SINGLE_THREADED
#define WOLFSSL_IGNORE_FILE_WARN
#endif
