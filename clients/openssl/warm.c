/* OpenSSL 3 loads and keeps each algorithm when it is first used (about 200
 * KB): that belongs to the process, not to a connection. */
#include "clients/openssl/warm.h"

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <string.h>

#include "clients/openssl/compat.h"

/* A certificate that signs itself, for the server end. */
static X509 *certificate_make(EVP_PKEY *key)
{
    X509 *x = X509_new();

    if (x && X509_gmtime_adj(X509_getm_notBefore(x), 0) &&
        X509_gmtime_adj(X509_getm_notAfter(x), 3600) &&
        X509_set_pubkey(x, key) && X509_sign(x, key, EVP_sha256()))
        return x;
    X509_free(x);
    return NULL;
}

static int handshake(SSL *client, SSL *server)
{
    for (int turn = 0; turn < 8; turn++) {
        int c = SSL_do_handshake(client), s = SSL_do_handshake(server);
        if (c == 1 && s == 1)
            return 0;
    }
    return -1;
}

/* One handshake of that version between two ends in memory. */
static int connection_run(SSL_CTX *client_ctx, SSL_CTX *server_ctx, int version)
{
    SSL *client = SSL_new(client_ctx), *server = SSL_new(server_ctx);
    BIO *client_bio = NULL, *server_bio = NULL;
    int r = -1;

    if (!client || !server || !BIO_new_bio_pair(&client_bio, 0, &server_bio, 0))
        goto out;
    SSL_set_bio(client, client_bio, client_bio);
    SSL_set_bio(server, server_bio, server_bio);
    SSL_set_connect_state(client);
    SSL_set_accept_state(server);
    if (SSL_set_min_proto_version(client, version) &&
        SSL_set_max_proto_version(client, version))
        r = handshake(client, server);
out:
    SSL_free(client);
    SSL_free(server);
    return r;
}

static int connections_run(EVP_PKEY *key, X509 *certificate)
{
    SSL_CTX *client = SSL_CTX_new(TLS_client_method());
    SSL_CTX *server = SSL_CTX_new(TLS_server_method());
    int r = -1;

    if (!client || !server || !SSL_CTX_use_certificate(server, certificate) ||
        !SSL_CTX_use_PrivateKey(server, key))
        goto out;
    if (connection_run(client, server, TLS1_2_VERSION) == 0 &&
        connection_run(client, server, TLS1_3_VERSION) == 0)
        r = 0;
out:
    SSL_CTX_free(client);
    SSL_CTX_free(server);
    return r;
}

/* Fails to verify with an RSA key that is none: loads what a real one needs,
 * and no prime must be searched for. */
static void rsa_touch(EVP_PKEY *key, int padding)
{
    uint8_t signature[256] = {1}, text[1] = {0};
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *pkey = NULL;

    if (ctx && EVP_DigestVerifyInit(ctx, &pkey, EVP_sha256(), NULL, key) &&
        EVP_PKEY_CTX_set_rsa_padding(pkey, padding) > 0)
        EVP_DigestVerify(ctx, signature, sizeof signature, text, sizeof text);
    EVP_MD_CTX_free(ctx);
}

static int rsa_run(void)
{
    /* SubjectPublicKeyInfo (RFC 3279 section 2.3.1) of an RSA key with
     * exponent 65537; the modulus is filled in. */
    static const uint8_t head[] = {
        0x30, 0x82, 0x01, 0x22, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48,
        0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00, 0x03, 0x82, 0x01,
        0x0f, 0x00, 0x30, 0x82, 0x01, 0x0a, 0x02, 0x82, 0x01, 0x01, 0x00};
    static const uint8_t tail[] = {0x02, 0x03, 0x01, 0x00, 0x01};
    uint8_t der[sizeof head + 256 + sizeof tail];
    const uint8_t *at = der;
    EVP_PKEY *key;

    memcpy(der, head, sizeof head);
    memset(der + sizeof head, 0xa5, 256);
    memcpy(der + sizeof head + 256, tail, sizeof tail);
    key = d2i_PUBKEY(NULL, &at, sizeof der);
    if (!key)
        return -1;
    rsa_touch(key, RSA_PKCS1_PADDING);
    rsa_touch(key, RSA_PKCS1_PSS_PADDING);
    EVP_PKEY_free(key);
    return 0;
}

int warm_fill(void)
{
    EVP_PKEY *key = compat_p256();
    X509 *certificate = key ? certificate_make(key) : NULL;
    int r = -1;

    if (certificate && connections_run(key, certificate) == 0)
        r = rsa_run();
    X509_free(certificate);
    EVP_PKEY_free(key);
    if (r == 0)
        ERR_clear_error();
    return r;
}
