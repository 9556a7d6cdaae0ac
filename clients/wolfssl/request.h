/* What differs between configurations about keys and signing requests: which
 * of them a build can make, and the calls that it lacks. */
#ifndef CLIENTS_WOLFSSL_REQUEST_H
#define CLIENTS_WOLFSSL_REQUEST_H

#include "clients/wolfssl/compat.h"

#include <wolfssl/wolfcrypt/asn_public.h>
#include <wolfssl/wolfcrypt/random.h>
#include <wolfssl/wolfcrypt/rsa.h>

#include "clients/shim.h"

enum { REQUEST_DER = 4096, REQUEST_RSA_BITS = 2048 };

/* One of both, by kind. */
struct request_key {
    enum shim_key kind;
    RsaKey rsa;
    ecc_key ecc;
};

#if defined(WOLFSSL_CERT_REQ) && defined(WOLFSSL_CERT_GEN) &&                  \
    defined(WOLFSSL_KEY_GEN) && !defined(NO_RSA) && defined(HAVE_ECC) &&       \
    defined(HAVE_ECC_KEY_EXPORT)
#define REQUEST_FEATURES (FEATURE_REQUEST_RSA | FEATURE_REQUEST_P256)

static inline int request_key_init(struct request_key *k, enum shim_key kind)
{
    k->kind = kind;
    return kind == SHIM_KEY_P256 ? wc_ecc_init(&k->ecc)
                                 : wc_InitRsaKey(&k->rsa, NULL);
}
static inline void request_key_clear(struct request_key *k)
{
    if (k->kind == SHIM_KEY_P256)
        wc_ecc_free(&k->ecc);
    else
        wc_FreeRsaKey(&k->rsa);
}
static inline int request_key_make(struct request_key *k, WC_RNG *rng)
{
    return k->kind == SHIM_KEY_P256
               ? wc_ecc_make_key_ex(rng, 32, &k->ecc, ECC_SECP256R1)
               : wc_MakeRsaKey(&k->rsa, REQUEST_RSA_BITS, WC_RSA_EXPONENT, rng);
}
/* 0, or the library's error: also where the key is of another kind. */
static inline int request_key_decode(struct request_key *k, const byte *pem,
                                     int size)
{
    byte der[REQUEST_DER];
    word32 at = 0;
    int n = wc_KeyPemToDer(pem, size, der, sizeof der, NULL);

    if (n <= 0)
        return n < 0 ? n : ASN_PARSE_E;
    if (k->kind == SHIM_KEY_P256)
        return wc_EccPrivateKeyDecode(der, &at, &k->ecc, (word32)n);
    n = wc_RsaPrivateKeyDecode(der, &at, &k->rsa, (word32)n);
    return n                                                    ? n
           : wc_RsaEncryptSize(&k->rsa) * 8 == REQUEST_RSA_BITS ? 0
                                                                : ASN_RSA_KEY_E;
}
/* Bytes of DER, or an error below 0. */
static inline int request_key_encode(struct request_key *k, byte *der)
{
    return k->kind == SHIM_KEY_P256 ? wc_EccKeyToDer(&k->ecc, der, REQUEST_DER)
                                    : wc_RsaKeyToDer(&k->rsa, der, REQUEST_DER);
}
static inline int request_key_text(const byte *der, int size,
                                   enum shim_key kind, char *out)
{
    return wc_DerToPem(der, (word32)size, (byte *)out, SHIM_REQUEST_PEM - 1,
                       kind == SHIM_KEY_P256 ? ECC_PRIVATEKEY_TYPE
                                             : PRIVATEKEY_TYPE);
}
static inline int request_encode(struct request_key *k, const char *name,
                                 WC_RNG *rng, byte *der)
{
    RsaKey *rsa = k->kind == SHIM_KEY_P256 ? NULL : &k->rsa;
    ecc_key *ecc = k->kind == SHIM_KEY_P256 ? &k->ecc : NULL;
    Cert request;
    int ret = wc_InitCert(&request);

    if (ret)
        return ret;
    strncpy(request.subject.commonName, name, CTC_NAME_SIZE - 1);
    request.version = 0; /* RFC 2986: v1 is 0 */
    request.sigType = ecc ? CTC_SHA256wECDSA : CTC_SHA256wRSA;
    ret = wc_MakeCertReq(&request, der, REQUEST_DER, rsa, ecc);
    return ret < 0 ? ret
                   : wc_SignCert(request.bodySz, request.sigType, der,
                                 REQUEST_DER, rsa, ecc, rng);
}
static inline int request_text(const byte *der, int size, char *out)
{
    return wc_DerToPem(der, (word32)size, (byte *)out, SHIM_REQUEST_PEM - 1,
                       CERTREQ_TYPE);
}
#else
#define REQUEST_FEATURES 0u

static inline int request_key_init(struct request_key *k, enum shim_key kind)
{
    k->kind = kind;
    return NOT_COMPILED_IN;
}
static inline void request_key_clear(struct request_key *k)
{
    (void)k;
}
static inline int request_key_make(struct request_key *k, WC_RNG *rng)
{
    (void)k;
    (void)rng;
    return NOT_COMPILED_IN;
}
static inline int request_key_decode(struct request_key *k, const byte *pem,
                                     int size)
{
    (void)k;
    (void)pem;
    (void)size;
    return NOT_COMPILED_IN;
}
static inline int request_key_encode(struct request_key *k, byte *der)
{
    (void)k;
    (void)der;
    return NOT_COMPILED_IN;
}
static inline int request_key_text(const byte *der, int size,
                                   enum shim_key kind, char *out)
{
    (void)der;
    (void)size;
    (void)kind;
    (void)out;
    return NOT_COMPILED_IN;
}
static inline int request_encode(struct request_key *k, const char *name,
                                 WC_RNG *rng, byte *der)
{
    (void)k;
    (void)name;
    (void)rng;
    (void)der;
    return NOT_COMPILED_IN;
}
static inline int request_text(const byte *der, int size, char *out)
{
    (void)der;
    (void)size;
    (void)out;
    return NOT_COMPILED_IN;
}
#endif

#endif
