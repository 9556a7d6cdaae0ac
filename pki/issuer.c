/* A certificate authority of one key and one name. Must not know accounts. */
#include "pki/issuer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "base/diag.h"
#include "base/file.h"
#include "pki/key.h"

enum { SERIAL_BYTES = 20, BEFORE = 120 }; /* RFC 5280 section 4.1.2.2 */
static const int64_t end_of_2049 = 2524607999;

struct issuer {
    struct key *key;
    int64_t not_after;
};

struct issuer *issuer_new(const char *dir, int64_t not_after)
{
    struct issuer *i = calloc(1, sizeof *i);
    struct key_kind kind;

    if (i == NULL || key_kind_parse("rsa-2048", &kind) != 0 ||
        (i->key = key_new("device-issuer", &kind, dir)) == NULL) {
        diag("%s: out of memory", dir);
        issuer_free(i);
        return NULL;
    }
    i->not_after = not_after ? not_after : end_of_2049;
    if (file_mkdirs(dir, 0700) == 0 && key_ready(i->key) == 0)
        return i;
    issuer_free(i);
    return NULL;
}

void issuer_free(struct issuer *i)
{
    if (i == NULL)
        return;
    if (i->key != NULL)
        key_free(i->key);
    free(i);
}

/* The service's own name for the authority: one attribute, two characters
 * longer than RFC 5280 appendix A.1 allows, which only a raw type lets through.
 */
static int set_issuer(X509 *x)
{
    static const char name[] = "Amazon Web Services O=Amazon.com Inc. "
                               "L=Seattle ST=Washington C=US";

    return X509_NAME_add_entry_by_txt(X509_get_issuer_name(x), "OU",
                                      V_ASN1_UTF8STRING,
                                      (const unsigned char *)name, -1, -1, 0);
}

static int set_serial(X509 *x)
{
    unsigned char bytes[SERIAL_BYTES];
    BIGNUM *n;
    int good;

    if (RAND_bytes(bytes, sizeof bytes) != 1)
        return 0;
    bytes[0] = (bytes[0] & 0x7f) | 0x40; /* positive, always 20 bytes */
    n = BN_bin2bn(bytes, sizeof bytes, NULL);
    good = n && BN_to_ASN1_INTEGER(n, X509_get_serialNumber(x)) != NULL;
    BN_free(n);
    return good;
}

static int add_extension(X509 *x, int nid, const char *value)
{
    X509V3_CTX context;
    X509_EXTENSION *e;
    int good;

    X509V3_set_ctx(&context, x, x, NULL, NULL, 0);
    e = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    good = e != NULL && X509_add_ext(x, e, -1) == 1;
    X509_EXTENSION_free(e);
    return good;
}

/* As PEM; NULL: libcrypto has not made it. */
static char *issue(struct issuer *i, const X509_NAME *subject, EVP_PKEY *key,
                   int64_t now)
{
    X509 *x = X509_new();
    BIO *bio = BIO_new(BIO_s_mem());
    EVP_PKEY *own = key_private(i->key);
    char *data, *text = NULL;
    long size;

    if (x && bio && own && X509_set_version(x, 2) == 1 && set_serial(x) &&
        set_issuer(x) == 1 && X509_set_subject_name(x, subject) == 1 &&
        X509_set_pubkey(x, key) == 1 &&
        ASN1_TIME_set(X509_getm_notBefore(x), now - BEFORE) &&
        ASN1_TIME_set(X509_getm_notAfter(x), i->not_after) &&
        add_extension(x, NID_subject_key_identifier, "hash") &&
        add_extension(x, NID_basic_constraints, "critical,CA:FALSE") &&
        add_extension(x, NID_key_usage, "critical,digitalSignature") &&
        X509_sign(x, own, EVP_sha256()) > 0 && PEM_write_bio_X509(bio, x)) {
        size = BIO_get_mem_data(bio, &data);
        text = strndup(data, (size_t)size);
    }
    X509_free(x);
    BIO_free(bio);
    ERR_clear_error();
    return text;
}

static int fail(char *why, const char *what)
{
    ERR_clear_error();
    snprintf(why, ISSUER_WHY, "%s", what);
    return -1;
}

int issuer_sign(void *context, const char *csr, int64_t now, char **certificate,
                char why[static ISSUER_WHY])
{
    BIO *bio = BIO_new_mem_buf(csr, -1);
    X509_REQ *r = bio ? PEM_read_bio_X509_REQ(bio, NULL, NULL, NULL) : NULL;
    EVP_PKEY *key = r ? X509_REQ_get0_pubkey(r) : NULL;
    int status = 0;

    if (r == NULL)
        status = fail(why, "it is no request in PEM form");
    else if (key == NULL)
        status = fail(why, "its key cannot be read");
    else if (X509_REQ_verify(r, key) != 1)
        status = fail(why, "its own key did not sign it");
    if (status == 0) {
        *certificate = issue(context, X509_REQ_get_subject_name(r), key, now);
        if (*certificate == NULL)
            status = fail(why, "it cannot be signed");
    }
    X509_REQ_free(r);
    BIO_free(bio);
    return status;
}

/* Takes the BIO's content as a text. */
static char *take(BIO *bio)
{
    char *data;
    long size = BIO_get_mem_data(bio, &data);
    char *text = strndup(size > 0 ? data : "", (size_t)size);

    BIO_reset(bio);
    return text;
}

int issuer_make(void *context, int64_t now, char **certificate,
                char **public_key, char **private_key,
                char why[static ISSUER_WHY])
{
    EVP_PKEY *key = EVP_RSA_gen(2048);
    X509_NAME *subject = X509_NAME_new();
    BIO *bio = BIO_new(BIO_s_mem());
    int status = -1;

    *certificate = *public_key = *private_key = NULL;
    if (key && subject && bio &&
        X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                                   (const unsigned char *)"AWS IoT Certificate",
                                   -1, -1, 0) == 1 &&
        PEM_write_bio_PUBKEY(bio, key) == 1) {
        *public_key = take(bio);
        if (PEM_write_bio_PrivateKey_traditional(bio, key, NULL, NULL, 0, NULL,
                                                 NULL) == 1)
            *private_key = take(bio);
        *certificate = issue(context, subject, key, now);
    }
    if (*certificate && *public_key && *private_key)
        status = 0;
    else
        fail(why, "libcrypto makes no key");
    EVP_PKEY_free(key);
    X509_NAME_free(subject);
    BIO_free(bio);
    return status;
}
