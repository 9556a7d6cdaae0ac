/* Certificates and keys of a state. What is served is what the file holds: same
 * bytes, same order, nothing added, nothing left out, however wrong the chain
 * is. */
#include "server/openssl/tls_state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "base/diag.h"
#include "base/file.h"

/* OpenSSL sends a certificate by encoding it again. One whose encoding is not
 * DER would leave here with other bytes. */
static X509 *certificate_read(const uint8_t **at, const uint8_t *end)
{
    const uint8_t *start = *at;
    X509 *x = d2i_X509(NULL, at, end - start);
    uint8_t *again = NULL;
    int size;

    if (x == NULL)
        return NULL;
    size = i2d_X509(x, &again);
    if (size != *at - start || memcmp(again, start, (size_t)size) != 0) {
        X509_free(x);
        x = NULL;
    }
    OPENSSL_free(again);
    return x;
}

STACK_OF(X509) * tls_chain_read(const struct openssl_state *s, const char *path)
{
    STACK_OF(X509) *list = sk_X509_new_null();
    uint8_t *data = NULL;
    const uint8_t *at;
    size_t size = 0;
    int failed = 1;

    if (list == NULL || file_read(path, 0, &data, &size) != 0)
        goto out;
    for (at = data; at < data + size;) {
        X509 *x = certificate_read(&at, data + size);

        if (x == NULL) {
            diag("state %s: %s: certificate %d is not DER that OpenSSL sends "
                 "as it is",
                 s->id, path, sk_X509_num(list) + 1);
            goto out;
        }
        if (sk_X509_push(list, x) == 0) {
            X509_free(x);
            goto out;
        }
    }
    failed = sk_X509_num(list) == 0;
    if (failed)
        diag("state %s: %s: no certificate", s->id, path);
out:
    free(data);
    if (failed) {
        sk_X509_pop_free(list, X509_free);
        return NULL;
    }
    return list;
}

static EVP_PKEY *key_read(const struct openssl_state *s, const char *path)
{
    FILE *f = fopen(path, "re");
    EVP_PKEY *key;

    if (f == NULL) {
        diag("state %s: %s: %s", s->id, path, strerror(errno));
        return NULL;
    }
    key = PEM_read_PrivateKey(f, NULL, NULL, (void *)"");
    fclose(f);
    if (key == NULL)
        tls_state_fault(s, path);
    return key;
}

/* The key type must be what the chain's name says, or the record would name the
 * wrong chain. */
static int key_fits(const struct openssl_state *s, const struct tls_chain *c,
                    EVP_PKEY *key)
{
    int id = EVP_PKEY_get_base_id(key);
    int is_rsa = id == EVP_PKEY_RSA || id == EVP_PKEY_RSA_PSS;
    int is_ec =
        id == EVP_PKEY_EC || id == EVP_PKEY_ED25519 || id == EVP_PKEY_ED448;

    if (c == &s->chains[TLS_CHAIN_ECDSA] ? is_ec : is_rsa)
        return 1;
    diag("state %s: chains.%s: the key is of another type", s->id, c->name);
    return 0;
}

/* OpenSSL 3.0 answers "no shared cipher" below TLS 1.3 to whoever would get an
 * ECDSA leaf whose key usage lacks digitalSignature or one of whose extensions
 * it cannot parse (ssl_set_masks); what a leaf says is for the client to judge.
 * Deleted before anything has looked at them, the extensions are not there for
 * those checks, and what is sent is the encoding that was read. */
static void extensions_hide(X509 *leaf)
{
    while (X509_get_ext_count(leaf) > 0)
        X509_EXTENSION_free(X509_delete_ext(leaf, 0));
}

/* 1 if the context would send these bytes: that it keeps the encoding that was
 * read is not promised. */
static int is_sent_as_read(const struct openssl_state *s,
                           const struct tls_chain *c)
{
    uint8_t *der = NULL;
    int size = i2d_X509(SSL_CTX_get0_certificate(s->ctx), &der);
    int same = size >= 0 && (size_t)size == c->leaf_size &&
               memcmp(der, c->leaf_der, c->leaf_size) == 0;

    OPENSSL_free(der);
    return same;
}

static int chain_use(struct openssl_state *s, struct tls_chain *c,
                     EVP_PKEY *key, STACK_OF(X509) * list)
{
    int size;

    c->leaf = sk_X509_shift(list);
    size = i2d_X509(c->leaf, &c->leaf_der);
    if (size < 0)
        return tls_state_fault(s, "i2d_X509");
    c->leaf_size = (size_t)size;
    extensions_hide(c->leaf);
    if (SSL_CTX_use_cert_and_key(s->ctx, c->leaf, key, list, 1) != 1) {
        diag("state %s: chains.%s: OpenSSL cannot serve this leaf with this "
             "key: %s",
             s->id, c->name, ERR_reason_error_string(ERR_peek_error()));
        return -1;
    }
    if (is_sent_as_read(s, c))
        return 0;
    diag("state %s: chains.%s: OpenSSL would send another encoding of the leaf",
         s->id, c->name);
    return -1;
}

int tls_chain_load(struct openssl_state *s, struct tls_chain *c,
                   const json_t *spec)
{
    const char *key_path = json_string_value(json_object_get(spec, "key"));
    const char *path = json_string_value(json_object_get(spec, "certificates"));
    STACK_OF(X509) *list = NULL;
    EVP_PKEY *key = NULL;
    int status = -1;

    if (key_path == NULL || path == NULL) {
        diag("state %s: chains.%s: key and certificates are needed", s->id,
             c->name);
        return -1;
    }
    key = key_read(s, key_path);
    if (key == NULL || !key_fits(s, c, key))
        goto out;
    list = tls_chain_read(s, path);
    if (list == NULL)
        goto out;
    status = chain_use(s, c, key, list);
out:
    EVP_PKEY_free(key);
    sk_X509_pop_free(list, X509_free);
    return status;
}

void tls_chain_clear(struct tls_chain *c)
{
    X509_free(c->leaf);
    OPENSSL_free(c->leaf_der);
    free(c->staple);
}
