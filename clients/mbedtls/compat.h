/* All that differs between versions (2.16 to 3.6) and build configurations of
 * mbedTLS: which features a build has, and the calls and struct members whose
 * form changed. Nothing else here; no other file looks at a version or at a
 * configuration macro. */
#ifndef CLIENTS_MBEDTLS_COMPAT_H
#define CLIENTS_MBEDTLS_COMPAT_H

#include <stdint.h>

#if __has_include(<mbedtls/build_info.h>)
#include <mbedtls/build_info.h>
#endif
#include <mbedtls/ecp.h>
#include <mbedtls/error.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/pk.h>
#include <mbedtls/sha1.h>
#include <mbedtls/sha256.h>
#include <mbedtls/ssl.h>
#include <mbedtls/ssl_ciphersuites.h>
#include <mbedtls/version.h>
#include <mbedtls/x509_crt.h>

#include "clients/mbedtls/rng.h"
#include "clients/shim.h"

#if !defined(MBEDTLS_SSL_CLI_C) || !defined(MBEDTLS_X509_CRT_PARSE_C)
#error chainbreak: the configuration has no TLS client with certificates: MBEDTLS_SSL_CLI_C and MBEDTLS_X509_CRT_PARSE_C are needed
#endif

/* --- Features of the build: a bit of enum shim_feature, or 0 --- */

#if defined(MBEDTLS_SSL_PROTO_TLS1)
#define COMPAT_TLS10 FEATURE_TLS10
#else
#define COMPAT_TLS10 0
#endif
#if defined(MBEDTLS_SSL_PROTO_TLS1_1)
#define COMPAT_TLS11 FEATURE_TLS11
#else
#define COMPAT_TLS11 0
#endif
#if defined(MBEDTLS_SSL_PROTO_TLS1_2)
#define COMPAT_TLS12 FEATURE_TLS12
#else
#define COMPAT_TLS12 0
#endif
#if defined(MBEDTLS_SSL_PROTO_TLS1_3)
#define COMPAT_TLS13 FEATURE_TLS13
#else
#define COMPAT_TLS13 0
#endif
#if defined(MBEDTLS_SSL_SERVER_NAME_INDICATION)
#define COMPAT_SNI FEATURE_SNI
#else
#define COMPAT_SNI 0
#endif
#if defined(MBEDTLS_HAVE_TIME_DATE)
#define COMPAT_CLOCK FEATURE_CLOCK
#else
#define COMPAT_CLOCK 0
#endif

/* Before 2.19 the peer's chain was always kept. */
#if defined(MBEDTLS_SSL_KEEP_PEER_CERTIFICATE) ||                              \
    MBEDTLS_VERSION_NUMBER < 0x02130000
#define COMPAT_PEER_CHAIN FEATURE_PEER_CHAIN
static inline const mbedtls_x509_crt *
compat_peer_chain(const mbedtls_ssl_context *ssl)
{
    return mbedtls_ssl_get_peer_cert(ssl);
}
/* 1 if the server of a finished handshake showed a certificate. */
static inline int compat_authenticated(const mbedtls_ssl_context *ssl)
{
    return mbedtls_ssl_get_peer_cert(ssl) != NULL;
}
#else
#define COMPAT_PEER_CHAIN 0
static inline const mbedtls_x509_crt *
compat_peer_chain(const mbedtls_ssl_context *ssl)
{
    (void)ssl;
    return NULL;
}
/* The library has no anonymous suites, and those with a shared key are not
 * offered without one: a finished handshake had a certificate. */
static inline int compat_authenticated(const mbedtls_ssl_context *ssl)
{
    (void)ssl;
    return 1;
}
#endif

#if defined(MBEDTLS_PEM_PARSE_C) && defined(MBEDTLS_PK_PARSE_C)
#define COMPAT_IDENTITY FEATURE_IDENTITY
#else
#define COMPAT_IDENTITY 0
#endif

#if defined(MBEDTLS_SSL_ALPN)
#define COMPAT_ALPN FEATURE_ALPN
static inline int compat_conf_alpn(mbedtls_ssl_config *conf, const char **names)
{
    return mbedtls_ssl_conf_alpn_protocols(conf, names);
}
static inline const char *compat_alpn(const mbedtls_ssl_context *ssl)
{
    return mbedtls_ssl_get_alpn_protocol(ssl);
}
#else
#define COMPAT_ALPN 0
static inline int compat_conf_alpn(mbedtls_ssl_config *conf, const char **names)
{
    (void)conf;
    (void)names;
    return MBEDTLS_ERR_SSL_FEATURE_UNAVAILABLE;
}
static inline const char *compat_alpn(const mbedtls_ssl_context *ssl)
{
    (void)ssl;
    return NULL;
}
#endif

/* Curves by name and code point; 2.x has them only with its own curve code. */
#if defined(MBEDTLS_ECP_C) || defined(MBEDTLS_ECP_LIGHT)
#define COMPAT_GROUPS FEATURE_GROUPS
static inline const mbedtls_ecp_curve_info *compat_curve(uint16_t code)
{
    return mbedtls_ecp_curve_info_from_tls_id(code);
}
/* All curves of the build, ending with MBEDTLS_ECP_DP_NONE. */
static inline const mbedtls_ecp_curve_info *compat_curves(void)
{
    return mbedtls_ecp_curve_list();
}
#else
#define COMPAT_GROUPS 0
static inline const mbedtls_ecp_curve_info *compat_curve(uint16_t code)
{
    (void)code;
    return NULL;
}
static inline const mbedtls_ecp_curve_info *compat_curves(void)
{
    static const mbedtls_ecp_curve_info none = {MBEDTLS_ECP_DP_NONE, 0, 0,
                                                NULL};

    return &none;
}
#endif

/* code: RFC 6066 section 4, 1 to 4. */
#if defined(MBEDTLS_SSL_MAX_FRAGMENT_LENGTH)
#define COMPAT_MAX_FRAGMENT FEATURE_MAX_FRAGMENT
static inline int compat_conf_max_fragment(mbedtls_ssl_config *conf,
                                           unsigned char code)
{
    return mbedtls_ssl_conf_max_frag_len(conf, code);
}
#else
#define COMPAT_MAX_FRAGMENT 0
static inline int compat_conf_max_fragment(mbedtls_ssl_config *conf,
                                           unsigned char code)
{
    (void)conf;
    (void)code;
    return MBEDTLS_ERR_SSL_FEATURE_UNAVAILABLE;
}
#endif

/* --- Numbers of the build --- */

#if defined(MBEDTLS_SSL_IN_CONTENT_LEN)
#define COMPAT_IN_CONTENT  MBEDTLS_SSL_IN_CONTENT_LEN
#define COMPAT_OUT_CONTENT MBEDTLS_SSL_OUT_CONTENT_LEN
#else
#define COMPAT_IN_CONTENT  MBEDTLS_SSL_MAX_CONTENT_LEN
#define COMPAT_OUT_CONTENT MBEDTLS_SSL_MAX_CONTENT_LEN
#endif

/* 1 if a handshake message may come in several records (since 3.6.3). */
#if MBEDTLS_VERSION_NUMBER >= 0x03060300
#define COMPAT_REASSEMBLY 1
#else
#define COMPAT_REASSEMBLY 0
#endif

#if defined(MBEDTLS_VERSION_C)
static inline unsigned compat_version_number(void)
{
    return mbedtls_version_get_number();
}
#else
static inline unsigned compat_version_number(void)
{
    return MBEDTLS_VERSION_NUMBER;
}
#endif

/* --- Texts, for people only --- */

#if defined(MBEDTLS_ERROR_C) || defined(MBEDTLS_ERROR_STRERROR_DUMMY)
static inline void compat_error_text(int code, char *text, size_t size)
{
    mbedtls_strerror(code, text, size);
}
#else
static inline void compat_error_text(int code, char *text, size_t size)
{
    (void)code;
    if (size)
        *text = '\0';
}
#endif

#if defined(MBEDTLS_X509_REMOVE_INFO)
static inline int compat_verify_text(char *text, size_t size, uint32_t flags)
{
    (void)flags;
    if (size)
        *text = '\0';
    return 0;
}
#else
static inline int compat_verify_text(char *text, size_t size, uint32_t flags)
{
    return mbedtls_x509_crt_verify_info(text, size, "", flags);
}
#endif

/* --- Library start --- */

#if defined(MBEDTLS_PSA_CRYPTO_EXTERNAL_RNG)
#include <psa/crypto.h>
/* The board's generator; weak: the firmware may bring its own. */
psa_status_t
mbedtls_psa_external_get_random(mbedtls_psa_external_random_context_t *context,
                                uint8_t *out, size_t size, size_t *length);
__attribute__((weak)) psa_status_t
mbedtls_psa_external_get_random(mbedtls_psa_external_random_context_t *context,
                                uint8_t *out, size_t size, size_t *length)
{
    *length = size;
    return rng_random(context, out, size) ? PSA_ERROR_INSUFFICIENT_ENTROPY
                                          : PSA_SUCCESS;
}
#endif

#if defined(MBEDTLS_PSA_CRYPTO_C)
#include <psa/crypto.h>
/* TLS 1.3 does its cryptography through PSA, whose key store takes its memory
 * with the first key: one is made, so that no connection is the first. */
static inline int compat_init(void)
{
    static const uint8_t secret[16] = {1};
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    psa_key_id_t key;

    psa_set_key_type(&attributes, PSA_KEY_TYPE_RAW_DATA);
    if (psa_crypto_init() != PSA_SUCCESS ||
        psa_import_key(&attributes, secret, sizeof secret, &key) !=
            PSA_SUCCESS ||
        psa_destroy_key(key) != PSA_SUCCESS)
        return -1;
    return 0;
}
#else
static inline int compat_init(void)
{
    return 0;
}
#endif

/* A generator as the library wants it: 0, or an error. */
typedef int compat_random(void *arg, unsigned char *out, size_t size);
/* MBEDTLS_ERR_ENTROPY_SOURCE_FAILED, also where entropy.h is not of the build.
 */
#define COMPAT_ERR_RANDOM (-0x003C)

/* --- 3.x against 2.x --- */

#if MBEDTLS_VERSION_NUMBER >= 0x03000000

#define COMPAT_MEMBER(name) MBEDTLS_PRIVATE(name)

typedef uint16_t compat_group;  /* lists end with 0 */
typedef uint16_t compat_sigalg; /* lists end with 0 */

static inline void compat_conf_min_version(mbedtls_ssl_config *conf,
                                           uint16_t version)
{
    mbedtls_ssl_conf_min_tls_version(conf,
                                     (mbedtls_ssl_protocol_version)version);
}
static inline void compat_conf_max_version(mbedtls_ssl_config *conf,
                                           uint16_t version)
{
    mbedtls_ssl_conf_max_tls_version(conf,
                                     (mbedtls_ssl_protocol_version)version);
}
static inline compat_group compat_group_make(const mbedtls_ecp_curve_info *i)
{
    return i->tls_id;
}
static inline void compat_conf_groups(mbedtls_ssl_config *conf,
                                      const compat_group *groups)
{
    mbedtls_ssl_conf_groups(conf, groups);
}
/* Writes the list that stands for the code points, with its end. 0, or -1 if
 * the build cannot offer exactly them. out has room for count + 1. */
static inline int compat_sigalgs_make(const uint16_t *codes, size_t count,
                                      compat_sigalg *out)
{
    for (size_t i = 0; i < count; i++)
        out[i] = codes[i];
    out[count] = 0;
    return 0;
}
static inline void compat_conf_sigalgs(mbedtls_ssl_config *conf,
                                       const compat_sigalg *list)
{
    mbedtls_ssl_conf_sig_algs(conf, list);
}
static inline int compat_key_parse(mbedtls_pk_context *key, const uint8_t *data,
                                   size_t size, compat_random *rng)
{
    return mbedtls_pk_parse_key(key, data, size, NULL, 0, rng, NULL);
}
/* 0 if both are of one key pair. */
static inline int compat_key_pair(const mbedtls_pk_context *public_key,
                                  const mbedtls_pk_context *key,
                                  compat_random *rng)
{
    return mbedtls_pk_check_pair(public_key, key, rng, NULL);
}
static inline int compat_sha256(const uint8_t *data, size_t size,
                                uint8_t out[32])
{
    return mbedtls_sha256(data, size, out, 0);
}
#define COMPAT_SHA1 mbedtls_sha1
static inline uint16_t compat_version(const mbedtls_ssl_context *ssl)
{
    return (uint16_t)mbedtls_ssl_get_version_number(ssl);
}
static inline uint16_t compat_suite(const mbedtls_ssl_context *ssl)
{
    return (uint16_t)mbedtls_ssl_get_ciphersuite_id_from_ssl(ssl);
}
/* The handshake's structs are the library's own. */
static inline uint16_t compat_group_in_use(const mbedtls_ssl_context *ssl)
{
    (void)ssl;
    return 0;
}

#else

#include <mbedtls/ssl_internal.h>

#define COMPAT_MEMBER(name) name

typedef mbedtls_ecp_group_id compat_group; /* lists end with NONE, 0 */
typedef int compat_sigalg; /* a hash, mbedtls_md_type_t; lists end with 0 */

static inline void compat_conf_min_version(mbedtls_ssl_config *conf,
                                           uint16_t version)
{
    mbedtls_ssl_conf_min_version(conf, version >> 8, version & 0xff);
}
static inline void compat_conf_max_version(mbedtls_ssl_config *conf,
                                           uint16_t version)
{
    mbedtls_ssl_conf_max_version(conf, version >> 8, version & 0xff);
}
static inline compat_group compat_group_make(const mbedtls_ecp_curve_info *i)
{
    return i->grp_id;
}
#if defined(MBEDTLS_ECP_C)
static inline void compat_conf_groups(mbedtls_ssl_config *conf,
                                      const compat_group *groups)
{
    mbedtls_ssl_conf_curves(conf, groups);
}
#else
static inline void compat_conf_groups(mbedtls_ssl_config *conf,
                                      const compat_group *groups)
{
    (void)conf;
    (void)groups;
}
#endif
/* 2.x is told hashes, and offers each with ECDSA and with RSA (PKCS#1 v1.5). A
 * code point is hash and signature byte (RFC 5246 section 7.4.1.4.1). The
 * wanted list must hold both for each hash; only the order of hashes within a
 * key type matters to a server, so it must be the same for both. */
static inline int compat_sigalgs_make(const uint16_t *codes, size_t count,
                                      compat_sigalg *out)
{
    enum { RSA = 1, ECDSA = 3 };
    size_t hashes = 0, rsa = 0, ecdsa = 0;

    for (size_t i = 0; i < count; i++) {
        int md = mbedtls_ssl_md_alg_from_hash((unsigned char)(codes[i] >> 8));
        size_t *seen = (codes[i] & 0xff) == RSA ? &rsa : &ecdsa;

        if (!md || ((codes[i] & 0xff) != RSA && (codes[i] & 0xff) != ECDSA))
            return -1;
        if (*seen == hashes)
            out[hashes++] = md;
        if (out[(*seen)++] != md)
            return -1;
    }
    out[hashes] = 0;
    return rsa == hashes && ecdsa == hashes ? 0 : -1;
}
static inline void compat_conf_sigalgs(mbedtls_ssl_config *conf,
                                       const compat_sigalg *list)
{
    mbedtls_ssl_conf_sig_hashes(conf, list);
}
static inline int compat_key_parse(mbedtls_pk_context *key, const uint8_t *data,
                                   size_t size, compat_random *rng)
{
    (void)rng;
    return mbedtls_pk_parse_key(key, data, size, NULL, 0);
}
static inline int compat_key_pair(const mbedtls_pk_context *public_key,
                                  const mbedtls_pk_context *key,
                                  compat_random *rng)
{
    (void)rng;
    return mbedtls_pk_check_pair(public_key, key);
}
static inline int compat_sha256(const uint8_t *data, size_t size,
                                uint8_t out[32])
{
    return mbedtls_sha256_ret(data, size, out, 0);
}
#define COMPAT_SHA1 mbedtls_sha1_ret
static inline uint16_t compat_version(const mbedtls_ssl_context *ssl)
{
    return (uint16_t)(ssl->major_ver << 8 | ssl->minor_ver);
}
static inline uint16_t compat_suite(const mbedtls_ssl_context *ssl)
{
    return ssl->session ? (uint16_t)ssl->session->ciphersuite : 0;
}
#if defined(MBEDTLS_ECDH_C) && (defined(MBEDTLS_ECDH_LEGACY_CONTEXT) ||        \
                                MBEDTLS_VERSION_NUMBER < 0x02100000)
#define COMPAT_ECDH_GROUP(ecdh) ((ecdh).grp.id)
#else
#define COMPAT_ECDH_GROUP(ecdh) ((ecdh).grp_id)
#endif
/* Group of the key exchange while the handshake lives; 0: none yet. */
#if defined(MBEDTLS_ECDH_C)
static inline uint16_t compat_group_in_use(const mbedtls_ssl_context *ssl)
{
    const mbedtls_ecp_curve_info *info =
        ssl->handshake ? mbedtls_ecp_curve_info_from_grp_id(
                             COMPAT_ECDH_GROUP(ssl->handshake->ecdh_ctx))
                       : NULL;

    return info ? info->tls_id : 0;
}
#else
static inline uint16_t compat_group_in_use(const mbedtls_ssl_context *ssl)
{
    (void)ssl;
    return 0;
}
#endif

#endif

/* The build's form of a group. 0, or -1 if it has none of that code point. */
static inline int compat_group_find(uint16_t code, compat_group *out)
{
    const mbedtls_ecp_curve_info *info = compat_curve(code);

    if (!info)
        return -1;
    *out = compat_group_make(info);
    return 0;
}

/* --- What a key keeps after it was used --- */

#if defined(MBEDTLS_RSA_C)
static inline void compat_rsa_forget(mbedtls_pk_context *key)
{
    mbedtls_rsa_context *rsa =
        mbedtls_pk_can_do(key, MBEDTLS_PK_RSA) ? mbedtls_pk_rsa(*key) : NULL;

    if (!rsa)
        return;
    mbedtls_mpi_free(&rsa->COMPAT_MEMBER(RN));
    mbedtls_mpi_free(&rsa->COMPAT_MEMBER(RP));
    mbedtls_mpi_free(&rsa->COMPAT_MEMBER(RQ));
    mbedtls_mpi_free(&rsa->COMPAT_MEMBER(Vi));
    mbedtls_mpi_free(&rsa->COMPAT_MEMBER(Vf));
}
#else
static inline void compat_rsa_forget(mbedtls_pk_context *key)
{
    (void)key;
}
#endif

/* With keys as PSA data there is no group to keep anything in. */
#if defined(MBEDTLS_ECP_C) && !defined(MBEDTLS_PK_USE_PSA_EC_DATA)
static inline int compat_ec_forget(mbedtls_pk_context *key)
{
    mbedtls_ecp_keypair *ec =
        mbedtls_pk_can_do(key, MBEDTLS_PK_ECKEY) ? mbedtls_pk_ec(*key) : NULL;
    mbedtls_ecp_group_id id;

    if (!ec || !ec->COMPAT_MEMBER(grp).COMPAT_MEMBER(T))
        return 0;
    id = ec->COMPAT_MEMBER(grp).id;
    mbedtls_ecp_group_free(&ec->COMPAT_MEMBER(grp));
    return mbedtls_ecp_group_load(&ec->COMPAT_MEMBER(grp), id);
}
#else
static inline int compat_ec_forget(mbedtls_pk_context *key)
{
    (void)key;
    return 0;
}
#endif

/* Drops what speeds up the key's next use (Montgomery constant, blinding, table
 * of multiples), so that each connection needs the heap of a first one. */
static inline int compat_key_forget(mbedtls_pk_context *key)
{
    compat_rsa_forget(key);
    return compat_ec_forget(key);
}

/* --- Members of mbedtls_ssl_context without a getter --- */

static inline int compat_state(const mbedtls_ssl_context *ssl)
{
    return ssl->COMPAT_MEMBER(state);
}
/* Code of the alert for which the last call failed with FATAL_ALERT_MESSAGE
 * (RFC 5246 section 7.2: level, description). -1: none is there. */
static inline int compat_alert(const mbedtls_ssl_context *ssl)
{
    const unsigned char *msg = ssl->COMPAT_MEMBER(in_msg);

    return msg && ssl->COMPAT_MEMBER(in_msglen) >= 2 ? msg[1] : -1;
}
/* Bytes of the handshake message that was being read, header included. */
static inline size_t compat_message_size(const mbedtls_ssl_context *ssl)
{
    return ssl->COMPAT_MEMBER(in_hslen);
}
static inline const uint8_t *compat_message(const mbedtls_ssl_context *ssl)
{
    return ssl->COMPAT_MEMBER(in_msg);
}
/* Bytes of the record that it came in. */
static inline size_t compat_record_size(const mbedtls_ssl_context *ssl)
{
    return ssl->COMPAT_MEMBER(in_msglen);
}

/* 0, or another number where the build has no SHA-1. */
#if defined(MBEDTLS_SHA1_C)
static inline int compat_sha1(const uint8_t *data, size_t size, uint8_t out[20])
{
    return COMPAT_SHA1(data, size, out);
}
#else
static inline int compat_sha1(const uint8_t *data, size_t size, uint8_t out[20])
{
    (void)data;
    (void)size;
    (void)out;
    return -1;
}
#endif

#endif
