/* Certificates for tests of the account, made with libcrypto: a CA and what it
 * signed, as PEM and DER. */
#ifndef TESTS_ACCOUNT_WORLD_H
#define TESTS_ACCOUNT_WORLD_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

struct made {
    EVP_PKEY *key;
    X509 *x;
    char *pem;
    uint8_t *der;
    size_t size;
};

static inline void made_clear(struct made *m)
{
    EVP_PKEY_free(m->key);
    X509_free(m->x);
    free(m->pem);
    OPENSSL_free(m->der);
}

static inline int made_ca(X509 *x)
{
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints,
                                            "critical,CA:TRUE");
    int good = X509_add_ext(x, e, -1);

    X509_EXTENSION_free(e);
    return good;
}

/* by NULL: it signs itself, as a CA. From 0 to not_after. */
static inline struct made make(const char *name, const struct made *by,
                               int64_t not_after)
{
    static long serial;
    struct made m = {EVP_EC_gen("P-256"), X509_new(), NULL, NULL, 0};
    X509_NAME *subject = X509_get_subject_name(m.x);
    BIO *bio = BIO_new(BIO_s_mem());
    char *data;
    long size;

    X509_set_version(m.x, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(m.x), ++serial);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                               (const unsigned char *)name, -1, -1, 0);
    X509_set_issuer_name(m.x, by ? X509_get_subject_name(by->x) : subject);
    ASN1_TIME_set(X509_getm_notBefore(m.x), 0);
    ASN1_TIME_set(X509_getm_notAfter(m.x), not_after);
    X509_set_pubkey(m.x, m.key);
    if (by == NULL)
        made_ca(m.x);
    X509_sign(m.x, by ? by->key : m.key, EVP_sha256());
    PEM_write_bio_X509(bio, m.x);
    size = BIO_get_mem_data(bio, &data);
    m.pem = strndup(data, (size_t)size);
    BIO_free(bio);
    m.size = (size_t)i2d_X509(m.x, &m.der);
    return m;
}

#endif
