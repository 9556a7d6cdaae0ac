/* Certificate and key of a device. Errors here are the harness's, never a
 * verdict. */
#include "clients/bearssl/identity.h"

#include <string.h>

#include "clients/bearssl/pem.h"
#include "clients/shim_map.h"

static int certificate_take(void *to, const char *name, const uint8_t *der,
                            size_t size)
{
    struct identity *i = to;
    br_x509_certificate *chain;

    if (strcmp(name, "CERTIFICATE") != 0)
        return 0;
    chain = shim_heap_realloc(i->chain, (i->count + 1) * sizeof *chain);
    if (!chain)
        return -1;
    i->chain = chain;
    chain += i->count;
    chain->data = shim_heap_malloc(size ? size : 1);
    if (!chain->data)
        return -1;
    memcpy(chain->data, der, size);
    chain->data_len = size;
    i->count++;
    return 0;
}

static int key_take(void *to, const char *name, const uint8_t *der, size_t size)
{
    struct identity *i = to;

    if (strcmp(name, BR_ENCODE_PEM_PKCS8) != 0 &&
        strcmp(name, BR_ENCODE_PEM_RSA_RAW) != 0 &&
        strcmp(name, BR_ENCODE_PEM_EC_RAW) != 0)
        return 0;
    br_skey_decoder_init(i->key);
    br_skey_decoder_push(i->key, der, size);
    return 0;
}

static int rsa_is_pair(const br_rsa_private_key *key, const br_x509_pkey *leaf)
{
    br_rsa_compute_modulus modulus = br_rsa_compute_modulus_get_default();
    unsigned char n[BR_X509_BUFSIZE_SIG];
    size_t size = leaf->key.rsa.nlen;

    return leaf->key_type == BR_KEYTYPE_RSA && size <= sizeof n &&
           modulus(NULL, key) == size && modulus(n, key) == size &&
           !memcmp(n, leaf->key.rsa.n, size);
}

static int ec_is_pair(const br_ec_private_key *key, const br_x509_pkey *leaf)
{
    unsigned char point[BR_EC_KBUF_PUB_MAX_SIZE];
    br_ec_public_key ours;

    return leaf->key_type == BR_KEYTYPE_EC &&
           leaf->key.ec.curve == key->curve &&
           br_ec_compute_pub(br_ec_get_default(), &ours, point, key) &&
           ours.qlen == leaf->key.ec.qlen &&
           !memcmp(ours.q, leaf->key.ec.q, ours.qlen);
}

/* NULL if the library can use them, else what is wrong. */
static const char *pair_check(struct identity *i)
{
    br_x509_decoder_context decoder;
    const br_x509_pkey *leaf;

    if (!i->count)
        return "the identity has no certificate";
    if (br_skey_decoder_last_error(i->key))
        return "the identity has no key that can be used";
    br_x509_decoder_init(&decoder, NULL, NULL);
    br_x509_decoder_push(&decoder, i->chain[0].data, i->chain[0].data_len);
    leaf = br_x509_decoder_get_pkey(&decoder);
    if (!leaf)
        return "the identity's certificate cannot be decoded";
    i->issuer_key_type = br_x509_decoder_get_signer_key_type(&decoder);
    if (br_skey_decoder_key_type(i->key) == BR_KEYTYPE_RSA
            ? rsa_is_pair(br_skey_decoder_get_rsa(i->key), leaf)
            : ec_is_pair(br_skey_decoder_get_ec(i->key), leaf))
        return NULL;
    return "the identity's key is not its certificate's";
}

int identity_read(struct identity *identity, const struct shim_want *want,
                  struct shim_why *why)
{
    const char *wrong = "the identity cannot be read";

    if (!want->identity_certificate)
        return 0;
    identity->key = shim_heap_calloc(1, sizeof *identity->key);
    if (identity->key &&
        pem_read(want->identity_certificate, certificate_take, identity) == 0 &&
        pem_read(want->identity_key, key_take, identity) == 0)
        wrong = pair_check(identity);
    if (!wrong)
        return 0;
    shim_map_fill(why, STAGE_SETUP, REASON_IDENTITY_UNUSABLE, 0, wrong);
    return -1;
}

void identity_clear(struct identity *identity)
{
    for (size_t i = 0; i < identity->count; i++)
        shim_heap_free(identity->chain[i].data);
    shim_heap_free(identity->chain);
    shim_heap_free(identity->key);
    *identity = (struct identity){0};
}

void identity_set(br_ssl_client_context *client,
                  const struct identity *identity)
{
    if (!identity->count)
        return;
    if (br_skey_decoder_key_type(identity->key) == BR_KEYTYPE_RSA) {
        br_ssl_client_set_single_rsa(client, identity->chain, identity->count,
                                     br_skey_decoder_get_rsa(identity->key),
                                     br_rsa_pkcs1_sign_get_default());
        return;
    }
    br_ssl_client_set_single_ec(
        client, identity->chain, identity->count,
        br_skey_decoder_get_ec(identity->key),
        BR_KEYTYPE_KEYX | BR_KEYTYPE_SIGN, (unsigned)identity->issuer_key_type,
        br_ec_get_default(), br_ecdsa_sign_asn1_get_default());
}
