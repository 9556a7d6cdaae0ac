/* What OpenSSL's server does not serve although TLS lets a server do it: told
 * as this engine's own limit, so that nobody takes it for a word about the
 * client.
 */
#include "server/openssl/tls_state.h"

#include "server/wire/tls_hello.h"

enum { EXT_SUPPORTED_GROUPS = 10 };

static int extension_is_there(const struct tls_hello *h, uint32_t type)
{
    struct reader r = h->extensions;

    while (r.left > 0) {
        if (reader_number(&r, 2) == type)
            return 1;
        reader_vector(&r, 2);
    }
    return 0;
}

/* 1 if the state has what this ECDHE suite needs: the suite itself, a chain of
 * its key type, a version. */
static int suite_fits(const struct openssl_state *s, SSL *ssl,
                      const SSL_CIPHER *offered)
{
    int auth = SSL_CIPHER_get_auth_nid(offered);
    const struct tls_chain *chain =
        &s->chains[auth == NID_auth_rsa ? TLS_CHAIN_RSA : TLS_CHAIN_ECDSA];
    int is_new = SSL_CIPHER_get_digest_nid(offered) != NID_sha1;

    if (SSL_CIPHER_get_kx_nid(offered) != NID_kx_ecdhe ||
        (auth != NID_auth_rsa && auth != NID_auth_ecdsa) ||
        chain->leaf == NULL || (is_new && SSL_version(ssl) < TLS1_2_VERSION))
        return 0;
    return sk_SSL_CIPHER_find(SSL_get_ciphers(ssl), offered) >= 0;
}

/* "Servers implementing ECC cipher suites [...] are free to choose any one of
 * the elliptic curves [...]" where a client sends no supported_groups (RFC 8422
 * section 4); those of clouds do. */
static int is_ecdhe_without_groups(const struct openssl_state *s, SSL *ssl,
                                   const struct tls_hello *h)
{
    if (extension_is_there(h, EXT_SUPPORTED_GROUPS))
        return 0;
    for (size_t i = 0; i < h->suites.count; i++) {
        const SSL_CIPHER *offered =
            SSL_CIPHER_find(ssl, h->suites.data + 2 * i);

        if (offered != NULL && suite_fits(s, ssl, offered))
            return 1;
    }
    return 0;
}

const char *tls_unserved_sentence(const struct openssl_state *s, SSL *ssl,
                                  const struct facts *f, int error)
{
    struct tls_hello hello;

    if (f->flight.version != 0 || error != SSL_R_NO_SHARED_CIPHER ||
        f->hello.data == NULL ||
        tls_hello_parse(f->hello.data, f->hello.size, &hello) != 0)
        return NULL;
    if (is_ecdhe_without_groups(s, ssl, &hello))
        return "the client offers ECDHE and names no groups (no extension "
               "supported_groups); other servers choose one then, this "
               "endpoint's OpenSSL does not";
    return NULL;
}
