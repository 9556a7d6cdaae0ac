/* Real certificates for tests of twins, made with libcrypto, which knows
 * nothing of our minting; in a folder that goes when the test ends. */
#ifndef TESTS_UNIT_PKI_REAL_H
#define TESTS_UNIT_PKI_REAL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <openssl/dsa.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "base/file.h"
#include "pki/pki.h"

static char dir[] = "/tmp/pki-real-XXXXXX";

static inline EVP_PKEY *rsa_key(const char *type, unsigned bits, unsigned e)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    EVP_PKEY *key = NULL;
    OSSL_PARAM params[] = {OSSL_PARAM_uint("bits", &bits),
                           OSSL_PARAM_uint("e", &e), OSSL_PARAM_END};

    assert_int_equal(EVP_PKEY_keygen_init(ctx), 1);
    assert_int_equal(EVP_PKEY_CTX_set_params(ctx, params), 1);
    assert_int_equal(EVP_PKEY_generate(ctx, &key), 1);
    EVP_PKEY_CTX_free(ctx);
    return key;
}

static inline EVP_PKEY *ec_key(const char *curve, const char *form)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", curve);

    assert_non_null(key);
    assert_int_equal(EVP_PKEY_set_utf8_string_param(key, "point-format", form),
                     1);
    return key;
}

static inline EVP_PKEY *dsa_key(void)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "DSA", NULL);
    EVP_PKEY *params = NULL, *key = NULL;

    assert_int_equal(EVP_PKEY_paramgen_init(ctx), 1);
    assert_int_equal(EVP_PKEY_CTX_set_dsa_paramgen_bits(ctx, 1024), 1);
    assert_int_equal(EVP_PKEY_generate(ctx, &params), 1);
    EVP_PKEY_CTX_free(ctx);
    ctx = EVP_PKEY_CTX_new(params, NULL);
    assert_int_equal(EVP_PKEY_keygen_init(ctx), 1);
    assert_int_equal(EVP_PKEY_generate(ctx, &key), 1);
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(params);
    return key;
}

static inline void name_set(X509_NAME *name, const char *cn)
{
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                               (const unsigned char *)cn, -1, -1, 0);
}

/* md NULL: EdDSA; salt >= 0: PSS. */
static inline X509 *cert_make(const char *subject, EVP_PKEY *key,
                              const char *issuer, EVP_PKEY *by, const char *md,
                              int salt)
{
    static long serial = 1000;
    X509 *x = X509_new();
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *pctx = NULL;

    X509_set_version(x, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x), ++serial);
    ASN1_TIME_set(X509_getm_notBefore(x), 1500000000);
    ASN1_TIME_set(X509_getm_notAfter(x), 2000000000);
    name_set(X509_get_subject_name(x), subject);
    name_set(X509_get_issuer_name(x), issuer);
    assert_int_equal(X509_set_pubkey(x, key), 1);
    assert_true(EVP_DigestSignInit_ex(ctx, &pctx, md, NULL, NULL, by, NULL) >
                0);
    if (salt >= 0) {
        EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING);
        EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, salt);
    }
    assert_true(X509_sign_ctx(x, ctx) > 0);
    EVP_MD_CTX_free(ctx);
    return x;
}

static inline char *pem_write(const char *file, X509 *const *certs,
                              size_t count)
{
    char *path = format("%s/%s", dir, file);
    BIO *bio = BIO_new_file(path, "w");

    for (size_t i = 0; i < count; i++)
        assert_int_equal(PEM_write_bio_X509(bio, certs[i]), 1);
    BIO_free(bio);
    return path;
}

static inline struct pki *world_new(void)
{
    char *cache = format("%s/cache", dir);
    struct pki *p = pki_new("pki/catalog", "pki/templates", cache);

    assert_non_null(p);
    free(cache);
    return p;
}

static inline X509 *twin_x509(const struct pki_cert *c)
{
    size_t size;
    const uint8_t *der = pki_der(c, &size);
    X509 *x = d2i_X509(NULL, &der, (long)size);

    assert_non_null(x);
    return x;
}

static inline int set_up(void **state)
{
    (void)state;
    return mkdtemp(dir) == NULL ? -1 : 0;
}

static inline int tear_down(void **state)
{
    (void)state;
    return file_remove_tree(dir);
}

#endif
