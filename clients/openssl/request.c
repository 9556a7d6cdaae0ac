/* A key and a certificate signing request, by the library's own calls. */
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>

#include "clients/openssl/compat.h"
#include "clients/openssl/reasons.h"
#include "clients/shim.h"
#include "clients/shim_map.h"
#include "clients/shim_stack.h"

enum { RSA_BITS = 2048 };

static EVP_PKEY *rsa_make(void)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_id(EVP_PKEY_RSA, NULL);
    EVP_PKEY *key = NULL;

    if (ctx && EVP_PKEY_keygen_init(ctx) > 0 &&
        EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, RSA_BITS) > 0)
        EVP_PKEY_keygen(ctx, &key);
    EVP_PKEY_CTX_free(ctx);
    return key;
}

/* NULL if the file's key is none, or of another kind. */
static EVP_PKEY *key_read(const char *path, enum shim_key kind)
{
    BIO *in = BIO_new_file(path, "r");
    EVP_PKEY *key = in ? PEM_read_bio_PrivateKey(in, NULL, NULL, NULL) : NULL;
    int is_kind =
        key && (kind == SHIM_KEY_P256 ? EVP_PKEY_base_id(key) == EVP_PKEY_EC &&
                                            EVP_PKEY_bits(key) == 256
                                      : EVP_PKEY_base_id(key) == EVP_PKEY_RSA &&
                                            EVP_PKEY_bits(key) == RSA_BITS);

    BIO_free(in);
    if (is_kind)
        return key;
    EVP_PKEY_free(key);
    return NULL;
}

static EVP_PKEY *key_get(const struct shim_want *want)
{
    if (want->request_key)
        return key_read(want->request_key, want->request);
    return want->request == SHIM_KEY_P256 ? compat_p256() : rsa_make();
}

static X509_REQ *request_new(EVP_PKEY *key, const char *name)
{
    X509_REQ *req = X509_REQ_new();

    if (req && X509_REQ_set_version(req, 0) &&
        X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(req), "CN",
                                   MBSTRING_UTF8, (const unsigned char *)name,
                                   -1, -1, 0) &&
        X509_REQ_set_pubkey(req, key) && X509_REQ_sign(req, key, EVP_sha256()))
        return req;
    X509_REQ_free(req);
    return NULL;
}

/* What was written, as a text. */
static int text_take(BIO *bio, char *out)
{
    int n = BIO_read(bio, out, SHIM_REQUEST_PEM - 1);

    out[n > 0 ? n : 0] = '\0';
    return n > 0 && BIO_pending(bio) == 0 ? 0 : -1;
}

int request_make(const struct shim_want *want, struct shim_request *out,
                 struct shim_why *why)
{
    EVP_PKEY *key = key_get(want);
    X509_REQ *req = key ? request_new(key, want->request_name) : NULL;
    BIO *bio = BIO_new(BIO_s_mem());
    int status = -1;

    if (req && bio &&
        PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) &&
        text_take(bio, out->key) == 0 && PEM_write_bio_X509_REQ(bio, req))
        status = text_take(bio, out->request);
    if (status == -1) {
        reasons_fill(why, STAGE_SETUP, NULL);
        if (!*why->native_text)
            shim_map_fill(why, STAGE_SETUP, REASON_UNMAPPED, 0,
                          "no key of that kind");
    }
    BIO_free(bio);
    X509_REQ_free(req);
    EVP_PKEY_free(key);
    return status;
}
