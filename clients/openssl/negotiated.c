/* What a finished handshake agreed on. OpenSSL tells NIDs; records carry code
 * points. */
#include "clients/openssl/negotiated.h"

#include <openssl/evp.h>
#include <string.h>

#include "clients/openssl/compat.h"

enum { NID_UNKNOWN_GROUP = 0x1000000 }; /* TLSEXT_nid_unknown */

static const struct {
    int nid;
    uint16_t code;
} groups[] = {
    {NID_X9_62_prime256v1, 0x0017},
    {NID_secp384r1, 0x0018},
    {NID_secp521r1, 0x0019},
    {NID_X25519, 0x001d},
    {NID_X448, 0x001e},
    {NID_brainpoolP256r1, 0x001a},
    {NID_brainpoolP384r1, 0x001b},
    {NID_brainpoolP512r1, 0x001c},
    {NID_secp256k1, 0x0016},
    {NID_X9_62_prime192v1, 0x0013},
    {NID_secp224r1, 0x0015},
    {NID_ffdhe2048, 0x0100},
    {NID_ffdhe3072, 0x0101},
    {NID_ffdhe4096, 0x0102},
    {NID_ffdhe6144, 0x0103},
    {NID_ffdhe8192, 0x0104},
};

/* RFC 8446 section 4.2.3. Type and hash as OpenSSL tells them; key is the
 * type of the leaf's key, which tells rsae from pss. */
static const struct {
    int type, hash, key;
    uint16_t code;
} algorithms[] = {
    {EVP_PKEY_RSA, NID_sha1, EVP_PKEY_RSA, 0x0201},
    {EVP_PKEY_RSA, NID_sha224, EVP_PKEY_RSA, 0x0301},
    {EVP_PKEY_RSA, NID_sha256, EVP_PKEY_RSA, 0x0401},
    {EVP_PKEY_RSA, NID_sha384, EVP_PKEY_RSA, 0x0501},
    {EVP_PKEY_RSA, NID_sha512, EVP_PKEY_RSA, 0x0601},
    {EVP_PKEY_RSA_PSS, NID_sha256, EVP_PKEY_RSA, 0x0804},
    {EVP_PKEY_RSA_PSS, NID_sha384, EVP_PKEY_RSA, 0x0805},
    {EVP_PKEY_RSA_PSS, NID_sha512, EVP_PKEY_RSA, 0x0806},
    {EVP_PKEY_RSA_PSS, NID_sha256, EVP_PKEY_RSA_PSS, 0x0809},
    {EVP_PKEY_RSA_PSS, NID_sha384, EVP_PKEY_RSA_PSS, 0x080a},
    {EVP_PKEY_RSA_PSS, NID_sha512, EVP_PKEY_RSA_PSS, 0x080b},
    {EVP_PKEY_EC, NID_sha1, EVP_PKEY_EC, 0x0203},
    {EVP_PKEY_EC, NID_sha224, EVP_PKEY_EC, 0x0303},
    {EVP_PKEY_EC, NID_sha256, EVP_PKEY_EC, 0x0403},
    {EVP_PKEY_EC, NID_sha384, EVP_PKEY_EC, 0x0503},
    {EVP_PKEY_EC, NID_sha512, EVP_PKEY_EC, 0x0603},
    {EVP_PKEY_ED25519, NID_undef, EVP_PKEY_ED25519, 0x0807},
    {EVP_PKEY_ED448, NID_undef, EVP_PKEY_ED448, 0x0808},
};

static uint16_t group_code(int nid)
{
    if (nid & NID_UNKNOWN_GROUP)
        return (uint16_t)(nid & 0xffff);
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
        if (groups[i].nid == nid)
            return groups[i].code;
    return 0;
}

static uint16_t algorithm_code(SSL *ssl, X509 *leaf)
{
    int type = 0, hash = 0;
    int key = leaf ? EVP_PKEY_base_id(X509_get0_pubkey(leaf)) : 0;

    if (!SSL_get_peer_signature_type_nid(ssl, &type))
        return 0;
    SSL_get_peer_signature_nid(ssl, &hash);
    for (size_t i = 0; i < sizeof algorithms / sizeof *algorithms; i++)
        if (algorithms[i].type == type && algorithms[i].hash == hash &&
            algorithms[i].key == key)
            return algorithms[i].code;
    return 0;
}

void negotiated_fill(SSL *ssl, struct shim_got *got)
{
    const SSL_CIPHER *suite = SSL_get_current_cipher(ssl);
    STACK_OF(X509) *sent = SSL_get_peer_cert_chain(ssl);
    X509 *leaf = sent ? sk_X509_value(sent, 0) : NULL;
    const unsigned char *alpn = NULL;
    unsigned size = 0;

    got->version = (uint16_t)SSL_version(ssl);
    got->suite = suite ? SSL_CIPHER_get_protocol_id(suite) : 0;
    got->group = group_code(compat_group(ssl));
    got->signature_algorithm = algorithm_code(ssl, leaf);
    got->peer_certificate = leaf != NULL;
    SSL_get0_alpn_selected(ssl, &alpn, &size);
    if (size >= sizeof got->alpn)
        size = sizeof got->alpn - 1;
    if (alpn)
        memcpy(got->alpn, alpn, size);
}
