/* What differs between wolfSSL's versions (4.6 to 5.9) and build
 * configurations: feature bits, limits, and wrappers with one meaning. The only
 * place of this folder with #if. */
#ifndef CLIENTS_WOLFSSL_COMPAT_H
#define CLIENTS_WOLFSSL_COMPAT_H

#ifndef WOLFSSL_USER_SETTINGS
#include <wolfssl/options.h>
#endif
#include <wolfssl/error-ssl.h>
#include <wolfssl/ssl.h>
#include <wolfssl/version.h>
#include <wolfssl/wolfcrypt/asn.h>
#include <wolfssl/wolfcrypt/ecc.h>
#include <wolfssl/wolfcrypt/error-crypt.h>
#include <wolfssl/wolfcrypt/hash.h>

#include <string.h>

#include "clients/shim.h"

#if defined(NO_WOLFSSL_CLIENT) || defined(WOLFCRYPT_ONLY) ||                   \
    defined(NO_CERTS) || defined(NO_TLS)
#error chainbreak: the configuration has no TLS client with certificates: NO_WOLFSSL_CLIENT, WOLFCRYPT_ONLY, NO_CERTS or NO_TLS is set
#endif

/* Without the hooks the archive's own calls were renamed (library.mk). */
#if defined(USE_WOLFSSL_MEMORY) && !defined(NO_WOLFSSL_MEMORY)
static inline int compat_allocators(void)
{
    return wolfSSL_SetAllocators(shim_heap_malloc, shim_heap_free,
                                 shim_heap_realloc);
}
#else
static inline int compat_allocators(void)
{
    return 0;
}
#endif

#if defined(WOLFSSL_ALLOW_TLSV10) && !defined(NO_OLD_TLS)
#define COMPAT_TLS10 FEATURE_TLS10
#else
#define COMPAT_TLS10 0u
#endif
#ifndef NO_OLD_TLS
#define COMPAT_TLS11 FEATURE_TLS11
#else
#define COMPAT_TLS11 0u
#endif
#ifndef WOLFSSL_NO_TLS12
#define COMPAT_TLS12 FEATURE_TLS12
#else
#define COMPAT_TLS12 0u
#endif
#ifdef WOLFSSL_TLS13
#define COMPAT_TLS13 FEATURE_TLS13
#else
#define COMPAT_TLS13 0u
#endif

/* Each wrapper returns 1 if the library took the setting, 0 if not. */

#ifdef HAVE_SNI
#define COMPAT_SNI FEATURE_SNI
static inline int compat_sni(WOLFSSL *ssl, const char *name)
{
    return wolfSSL_UseSNI(ssl, WOLFSSL_SNI_HOST_NAME, name,
                          (unsigned short)strlen(name)) == WOLFSSL_SUCCESS;
}
#else
#define COMPAT_SNI 0u
static inline int compat_sni(WOLFSSL *ssl, const char *name)
{
    (void)ssl;
    (void)name;
    return 0;
}
#endif

/* A session of its own for the caller came with 5.0; before that it stood in
 * the library's cache. */
#if defined(HAVE_SESSION_TICKET) && LIBWOLFSSL_VERSION_HEX >= 0x05000000 &&    \
    !defined(NO_SESSION_CACHE)
#define COMPAT_RESUME FEATURE_RESUME
static inline int compat_tickets(WOLFSSL *ssl)
{
    return wolfSSL_UseSessionTicket(ssl) == WOLFSSL_SUCCESS;
}
static inline void *compat_session(WOLFSSL *ssl)
{
    return wolfSSL_get1_session(ssl);
}
static inline void compat_session_offer(WOLFSSL *ssl, void *session)
{
    (void)wolfSSL_set_session(ssl, session);
}
static inline void compat_session_free(void *session)
{
    wolfSSL_SESSION_free(session);
}
static inline int compat_resumed(WOLFSSL *ssl)
{
    return wolfSSL_session_reused(ssl) != 0;
}
#else
#define COMPAT_RESUME 0u
static inline int compat_tickets(WOLFSSL *ssl)
{
    (void)ssl;
    return 0;
}
static inline void *compat_session(WOLFSSL *ssl)
{
    (void)ssl;
    return NULL;
}
static inline void compat_session_offer(WOLFSSL *ssl, void *session)
{
    (void)ssl;
    (void)session;
}
static inline void compat_session_free(void *session)
{
    (void)session;
}
static inline int compat_resumed(WOLFSSL *ssl)
{
    (void)ssl;
    return 0;
}
#endif

#ifdef HAVE_ALPN
#define COMPAT_ALPN FEATURE_ALPN
/* names: separated by commas. */
static inline int compat_alpn(WOLFSSL *ssl, char *names)
{
    return wolfSSL_UseALPN(ssl, names, (unsigned)strlen(names),
                           WOLFSSL_ALPN_CONTINUE_ON_MISMATCH) ==
           WOLFSSL_SUCCESS;
}
static inline void compat_alpn_got(WOLFSSL *ssl, char *out, size_t room)
{
    char *name = NULL;
    unsigned short size = 0;

    if (wolfSSL_ALPN_GetProtocol(ssl, &name, &size) != WOLFSSL_SUCCESS ||
        !name || size >= room)
        return;
    memcpy(out, name, size);
    out[size] = 0;
}
#else
#define COMPAT_ALPN 0u
static inline int compat_alpn(WOLFSSL *ssl, char *names)
{
    (void)ssl;
    (void)names;
    return 0;
}
static inline void compat_alpn_got(WOLFSSL *ssl, char *out, size_t room)
{
    (void)ssl;
    (void)out;
    (void)room;
}
#endif

/* From buffers: the build may have no files. */
#if defined(WOLFSSL_PEM_TO_DER) && !defined(NO_WOLFSSL_CLIENT_AUTH)
#define COMPAT_IDENTITY FEATURE_IDENTITY
static inline int compat_identity(WOLFSSL_CTX *ctx, const unsigned char *chain,
                                  long chain_size, const unsigned char *key,
                                  long key_size)
{
    int ret = wolfSSL_CTX_use_certificate_chain_buffer(ctx, chain, chain_size);

    if (ret != WOLFSSL_SUCCESS)
        return ret;
    return wolfSSL_CTX_use_PrivateKey_buffer(ctx, key, key_size,
                                             WOLFSSL_FILETYPE_PEM);
}
#else
#define COMPAT_IDENTITY 0u
static inline int compat_identity(WOLFSSL_CTX *ctx, const unsigned char *chain,
                                  long chain_size, const unsigned char *key,
                                  long key_size)
{
    (void)ctx;
    (void)chain;
    (void)chain_size;
    (void)key;
    (void)key_size;
    return 0;
}
#endif

#ifdef HAVE_MAX_FRAGMENT
#define COMPAT_MAX_FRAGMENT FEATURE_MAX_FRAGMENT
static inline int compat_max_fragment(WOLFSSL *ssl, unsigned size)
{
    unsigned char code = WOLFSSL_MFL_2_9;

    for (; size > 512; size /= 2)
        code++;
    return wolfSSL_UseMaxFragment(ssl, code) == WOLFSSL_SUCCESS;
}
#else
#define COMPAT_MAX_FRAGMENT 0u
static inline int compat_max_fragment(WOLFSSL *ssl, unsigned size)
{
    (void)ssl;
    (void)size;
    return 0;
}
#endif

/* Pins and the distrust policy need the certificates that came. */
#if defined(SESSION_CERTS) && defined(KEEP_PEER_CERT)
#define COMPAT_PEER_CHAIN FEATURE_PEER_CHAIN
static inline int compat_chain_count(WOLFSSL *ssl)
{
    WOLFSSL_X509_CHAIN *chain = wolfSSL_get_peer_chain(ssl);

    return chain ? wolfSSL_get_chain_count(chain) : 0;
}
static inline struct shim_bytes compat_chain_at(WOLFSSL *ssl, int i)
{
    WOLFSSL_X509_CHAIN *chain = wolfSSL_get_peer_chain(ssl);

    return (struct shim_bytes){wolfSSL_get_chain_cert(chain, i),
                               (size_t)wolfSSL_get_chain_length(chain, i)};
}
#else
#define COMPAT_PEER_CHAIN 0u
static inline int compat_chain_count(WOLFSSL *ssl)
{
    (void)ssl;
    return 0;
}
static inline struct shim_bytes compat_chain_at(WOLFSSL *ssl, int i)
{
    (void)ssl;
    (void)i;
    return (struct shim_bytes){NULL, 0};
}
#endif

/* A build that does not keep the peer's certificate cannot show it. The list of
 * suites has none without authentication, so there was one. */
#ifdef KEEP_PEER_CERT
#define COMPAT_SEES_PEER 1
static inline WOLFSSL_X509 *compat_peer(WOLFSSL *ssl)
{
    return wolfSSL_get_peer_certificate(ssl);
}
static inline void compat_peer_free(WOLFSSL_X509 *peer)
{
    wolfSSL_FreeX509(peer);
}
static inline struct shim_bytes compat_peer_der(WOLFSSL_X509 *peer)
{
    int size = 0;
    const unsigned char *der = wolfSSL_X509_get_der(peer, &size);

    return (struct shim_bytes){der, der && size > 0 ? (size_t)size : 0};
}
#else
#define COMPAT_SEES_PEER 0
static inline WOLFSSL_X509 *compat_peer(WOLFSSL *ssl)
{
    (void)ssl;
    return NULL;
}
static inline void compat_peer_free(WOLFSSL_X509 *peer)
{
    (void)peer;
}
static inline struct shim_bytes compat_peer_der(WOLFSSL_X509 *peer)
{
    (void)peer;
    return (struct shim_bytes){NULL, 0};
}
#endif

/* The library adds each CA that it verified in a chain to the context's table
 * of signers, and would trust it in the next connection (measured with 5.5.4):
 * a device that connects once after its start has no such memory. Each
 * connection takes out again what it added. */
#if LIBWOLFSSL_VERSION_HEX >= 0x05007002
struct compat_signers {
    int none;
};
static inline void compat_signers_note(WOLFSSL_CTX *ctx,
                                       struct compat_signers *s)
{
    (void)ctx;
    (void)s;
}
static inline int compat_signers_restore(WOLFSSL_CTX *ctx,
                                         const struct compat_signers *s)
{
    (void)s;
    return wolfSSL_CTX_UnloadIntermediateCerts(ctx) == WOLFSSL_SUCCESS ? 0 : -1;
}
#else
/* Older versions can only unload all of it, and parsing a bundle of 140 roots
 * again costs more than the handshake. The table is the first member of the
 * certificate manager, and a new signer becomes the first of its row (4.6 to
 * 5.7.0, src/ssl.c: AddCA). */
#ifndef CA_TABLE_SIZE
#define CA_TABLE_SIZE 11
#endif
struct compat_signers {
    Signer *rows[CA_TABLE_SIZE];
    int size; /* as the library counts it; -1: it does not */
};
static inline int compat_signers_size(WOLFSSL_CTX *ctx)
{
#ifdef PERSIST_CERT_CACHE
    return wolfSSL_CTX_get_cert_cache_memsize(ctx);
#else
    (void)ctx;
    return -1;
#endif
}
static inline void compat_signers_note(WOLFSSL_CTX *ctx,
                                       struct compat_signers *s)
{
    memcpy(s->rows, wolfSSL_CTX_GetCertManager(ctx), sizeof s->rows);
    s->size = compat_signers_size(ctx);
}
static inline int compat_signers_restore(WOLFSSL_CTX *ctx,
                                         const struct compat_signers *s)
{
    Signer **rows = (Signer **)(void *)wolfSSL_CTX_GetCertManager(ctx);

    for (size_t i = 0; i < CA_TABLE_SIZE; i++)
        while (rows[i] != s->rows[i]) {
            Signer *added = rows[i];

            if (!added)
                return -1;
            rows[i] = added->next;
            FreeSigner(added, NULL);
        }
    return compat_signers_size(ctx) == s->size ? 0 : -1;
}
#endif

#ifdef WOLFSSL_ALT_CERT_CHAINS
#define COMPAT_PARTIAL_CHAIN FEATURE_PARTIAL_CHAIN
#else
#define COMPAT_PARTIAL_CHAIN 0u
#endif

/* Signature algorithms need the OpenSSL layer of 5.0 or later. */
#if defined(OPENSSL_EXTRA) && LIBWOLFSSL_VERSION_HEX >= 0x05000000
#define COMPAT_SIGALGS FEATURE_SIGALGS
static inline int compat_sigalgs(WOLFSSL_CTX *ctx, const char *list)
{
    return wolfSSL_CTX_set1_sigalgs_list(ctx, list) == WOLFSSL_SUCCESS;
}
#else
#define COMPAT_SIGALGS 0u
static inline int compat_sigalgs(WOLFSSL_CTX *ctx, const char *list)
{
    (void)ctx;
    (void)list;
    return 0;
}
#endif

/* The depth, the verify result and options need the OpenSSL layer. */
#if defined(OPENSSL_EXTRA)
#define COMPAT_MAX_DEPTH FEATURE_MAX_DEPTH
#define COMPAT_NO_TLS13  1
/* Of the certificates in the message: a root that was sent counts too. */
static inline void compat_depth(WOLFSSL_CTX *ctx, int intermediates)
{
    wolfSSL_CTX_set_verify_depth(ctx, intermediates);
}
static inline unsigned long compat_verify_result(WOLFSSL *ssl)
{
    return (unsigned long)wolfSSL_get_verify_result(ssl);
}
static inline int compat_no_tls13(WOLFSSL_CTX *ctx)
{
    return (wolfSSL_CTX_set_options(ctx, WOLFSSL_OP_NO_TLSv1_3) &
            WOLFSSL_OP_NO_TLSv1_3) != 0;
}
#else
#define COMPAT_MAX_DEPTH 0u
#define COMPAT_NO_TLS13  0
static inline void compat_depth(WOLFSSL_CTX *ctx, int intermediates)
{
    (void)ctx;
    (void)intermediates;
}
static inline unsigned long compat_verify_result(WOLFSSL *ssl)
{
    (void)ssl;
    return 0;
}
static inline int compat_no_tls13(WOLFSSL_CTX *ctx)
{
    (void)ctx;
    return 0;
}
#endif

/* Methods of a single version: NULL where the build has not got it. */
#if defined(WOLFSSL_ALLOW_TLSV10) && !defined(NO_OLD_TLS)
#define COMPAT_TLS10_METHOD wolfTLSv1_client_method()
#else
#define COMPAT_TLS10_METHOD NULL
#endif
#ifndef NO_OLD_TLS
#define COMPAT_TLS11_METHOD wolfTLSv1_1_client_method()
#else
#define COMPAT_TLS11_METHOD NULL
#endif
#ifndef WOLFSSL_NO_TLS12
#define COMPAT_TLS12_METHOD wolfTLSv1_2_client_method()
#else
#define COMPAT_TLS12_METHOD NULL
#endif

#ifdef HAVE_SUPPORTED_CURVES
#define COMPAT_GROUPS FEATURE_GROUPS
static inline int compat_group(WOLFSSL_CTX *ctx, int group)
{
    return wolfSSL_CTX_UseSupportedCurve(ctx, (word16)group) == WOLFSSL_SUCCESS;
}
#else
#define COMPAT_GROUPS 0u
static inline int compat_group(WOLFSSL_CTX *ctx, int group)
{
    (void)ctx;
    (void)group;
    return 0;
}
#endif

/* The order of preference, for the key shares. */
#if defined(HAVE_SUPPORTED_CURVES) && defined(WOLFSSL_TLS13)
static inline int compat_groups(WOLFSSL_CTX *ctx, int *groups, int count)
{
    return wolfSSL_CTX_set_groups(ctx, groups, count) == WOLFSSL_SUCCESS;
}
#else
static inline int compat_groups(WOLFSSL_CTX *ctx, int *groups, int count)
{
    (void)ctx;
    (void)groups;
    (void)count;
    return 1;
}
#endif

/* The cache of elliptic curve points outlives the connection, with points of
 * the peers in it: emptied after each, every connection needs the heap that the
 * first one needs. Filling it again costs 0.5 ms (5.5.4 of Debian). */
#ifdef FP_ECC
static inline void compat_caches_free(void)
{
    wc_ecc_fp_free();
}
#else
static inline void compat_caches_free(void)
{
}
#endif

#ifndef MAX_CHAIN_DEPTH
#define MAX_CHAIN_DEPTH 9 /* the default of wolfssl/internal.h */
#endif
/* Of wolfssl/internal.h: the whole Certificate message with its header. */
#define COMPAT_MAX_CERTIFICATE ((2048 + 3) * MAX_CHAIN_DEPTH + 7)
/* The largest certificate that is kept in the peer's chain: below
 * MAX_X509_SIZE. */
#define COMPAT_PEER_CHAIN_CERTIFICATE 2047

/* New within 5.8; a build that has it takes no address as a domain name. Weak,
 * because no macro tells. */
int wolfSSL_check_ip_address(WOLFSSL *ssl, const char *address)
    __attribute__((weak));

static inline int compat_check_address(WOLFSSL *ssl, const char *address)
{
    return wolfSSL_check_ip_address &&
           wolfSSL_check_ip_address(ssl, address) == WOLFSSL_SUCCESS;
}

/* 0, or another number where the build has no SHA-1. */
#ifndef NO_SHA
static inline int compat_sha1(const byte *data, word32 size, byte *out)
{
    return wc_ShaHash(data, size, out);
}
#else
static inline int compat_sha1(const byte *data, word32 size, byte *out)
{
    (void)data;
    (void)size;
    (void)out;
    return -1;
}
#endif

#endif
