/* Private keys and their cache. Knows no certificate. */
#include "pki/key.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

#include "base/diag.h"
#include "base/file.h"
#include "pki/claim.h"
#include "pki/prime.h"

static const struct {
    const char *name;
    int nid;
} curves[] = {
    {"p256", NID_X9_62_prime256v1}, {"p384", NID_secp384r1},
    {"p521", NID_secp521r1},        {"p224", NID_secp224r1},
    {"p192", NID_X9_62_prime192v1},
};

enum { CURVES = sizeof curves / sizeof *curves };

/* "2048" or "2048-e3". */
static int rsa_parse(const char *text, struct key_kind *out)
{
    char *end;
    long bits = strtol(text, &end, 10);

    out->exponent = 65537;
    if (strncmp(end, "-e", 2) == 0)
        out->exponent = strtoul(end + 2, &end, 10);
    if (*end != '\0' || text[0] < '1' || text[0] > '9' ||
        bits < PRIME_MIN_RSA || bits > PRIME_MAX_RSA || out->exponent < 3 ||
        out->exponent % 2 == 0)
        return -1;
    out->bits = (int)bits;
    return 0;
}

int key_kind_parse(const char *text, struct key_kind *out)
{
    memset(out, 0, sizeof *out);
    if (strcmp(text, "ed25519") == 0 || strcmp(text, "ed448") == 0) {
        out->type = text[2] == '2' ? KEY_ED25519 : KEY_ED448;
        return 0;
    }
    if (strncmp(text, "rsa-pss-", 8) == 0) {
        out->type = KEY_RSA_PSS;
        return rsa_parse(text + 8, out);
    }
    if (strncmp(text, "rsa-", 4) == 0) {
        out->type = KEY_RSA;
        return rsa_parse(text + 4, out);
    }
    if (strncmp(text, "ec-", 3) != 0)
        return -1;
    out->type = KEY_EC;
    for (size_t i = 0; i < CURVES; i++)
        if (strcmp(text + 3, curves[i].name) == 0)
            out->curve = curves[i].nid;
    if (out->curve == 0)
        out->curve = OBJ_sn2nid(text + 3);
    return out->curve == NID_undef ? -1 : 0;
}

static void ec_name(int nid, char out[static 64])
{
    snprintf(out, 64, "ec-%s", OBJ_nid2sn(nid));
    for (size_t i = 0; i < CURVES; i++)
        if (curves[i].nid == nid)
            snprintf(out, 64, "ec-%s", curves[i].name);
}

int key_kind_equal(const struct key_kind *a, const struct key_kind *b)
{
    return a->type == b->type && a->bits == b->bits &&
           a->exponent == b->exponent && a->curve == b->curve &&
           strcmp(a->other, b->other) == 0;
}

void key_kind_name(const struct key_kind *kind, char out[static 64])
{
    const char *family = kind->type == KEY_RSA_PSS ? "rsa-pss" : "rsa";

    switch (kind->type) {
    case KEY_RSA:
    case KEY_RSA_PSS:
        if (kind->exponent == 65537)
            snprintf(out, 64, "%s-%d", family, kind->bits);
        else
            snprintf(out, 64, "%s-%d-e%lu", family, kind->bits, kind->exponent);
        return;
    case KEY_EC:
        ec_name(kind->curve, out);
        return;
    case KEY_ED25519:
    case KEY_ED448:
        snprintf(out, 64, "%s", kind->type == KEY_ED448 ? "ed448" : "ed25519");
        return;
    case KEY_KEPT:
        snprintf(out, 64, "%s", kind->other);
    }
}

/* Libraries refuse an even modulus, and no twin can have one. */
static int modulus_is_even(EVP_PKEY *pkey)
{
    BIGNUM *n = NULL;
    int even =
        EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_N, &n) && !BN_is_odd(n);

    BN_free(n);
    return even;
}

static int rsa_kind_of(EVP_PKEY *pkey, struct key_kind *out, char what[80])
{
    BIGNUM *e = NULL;
    int status = -1;

    out->bits = EVP_PKEY_get_bits(pkey);
    snprintf(what, 80, "an RSA key of %d bits", out->bits);
    if (!EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_E, &e))
        return -1;
    out->exponent = BN_get_word(e);
    if (BN_num_bits(e) > 63 || out->exponent < 3 || out->exponent % 2 == 0)
        snprintf(what, 80, "an RSA key with a strange public exponent");
    else if (modulus_is_even(pkey))
        snprintf(what, 80, "an RSA key with an even modulus");
    else if (out->bits >= PRIME_MIN_RSA && out->bits <= PRIME_MAX_RSA)
        status = 0;
    BN_free(e);
    return status;
}

static int ec_kind_of(EVP_PKEY *pkey, struct key_kind *out, char what[80])
{
    char name[64] = "";
    size_t size;

    snprintf(what, 80, "an EC key without a named curve");
    if (!EVP_PKEY_get_group_name(pkey, name, sizeof name, &size))
        return -1;
    out->curve = OBJ_sn2nid(name);
    return out->curve == NID_undef ? -1 : 0;
}

int key_kind_of(EVP_PKEY *pkey, struct key_kind *out, char what[static 80])
{
    memset(out, 0, sizeof *out);
    snprintf(what, 80, "an unknown key type");
    if (pkey == NULL)
        return -1;
    switch (EVP_PKEY_get_base_id(pkey)) {
    case EVP_PKEY_RSA:
        out->type = KEY_RSA;
        return rsa_kind_of(pkey, out, what);
    case EVP_PKEY_RSA_PSS:
        out->type = KEY_RSA_PSS;
        return rsa_kind_of(pkey, out, what);
    case EVP_PKEY_EC:
        out->type = KEY_EC;
        return ec_kind_of(pkey, out, what);
    case EVP_PKEY_ED25519:
        out->type = KEY_ED25519;
        return 0;
    case EVP_PKEY_ED448:
        out->type = KEY_ED448;
        return 0;
    default:
        snprintf(what, 80, "a key of type %s",
                 EVP_PKEY_get0_type_name(pkey) ? EVP_PKEY_get0_type_name(pkey)
                                               : "unknown");
        return -1;
    }
}

void key_name_any(EVP_PKEY *pkey, const struct der_slice *spki,
                  char out[static 64])
{
    const char *type = pkey ? EVP_PKEY_get0_type_name(pkey) : NULL;
    struct der_slice rest = *spki, inner, algorithm, oid;
    const unsigned char *p;
    ASN1_OBJECT *object = NULL;
    int has_size =
        type && (EVP_PKEY_is_a(pkey, "RSA") || EVP_PKEY_is_a(pkey, "DSA") ||
                 EVP_PKEY_is_a(pkey, "EC"));

    snprintf(out, 64, "unreadable");
    if (type != NULL) {
        snprintf(out, 64, has_size ? "%s-%d" : "%s", type,
                 EVP_PKEY_get_bits(pkey));
    } else if (asn1_expect(&rest, ASN1_TAG_SEQUENCE, &inner, NULL) == 0 &&
               asn1_expect(&inner, ASN1_TAG_SEQUENCE, &algorithm, NULL) == 0 &&
               asn1_expect(&algorithm, ASN1_TAG_OID, NULL, &oid) == 0) {
        p = oid.data;
        object = d2i_ASN1_OBJECT(NULL, &p, (long)oid.size);
        if (object != NULL)
            OBJ_obj2txt(out, 64, object, 0);
        ASN1_OBJECT_free(object);
    }
    for (char *c = out; *c != '\0'; c++)
        *c = (char)tolower((unsigned char)*c);
}

struct key *key_new(const char *id, const struct key_kind *kind,
                    const char *dir)
{
    struct key *k = calloc(1, sizeof *k);

    if (k == NULL)
        return NULL;
    pthread_mutex_init(&k->lock, NULL);
    k->kind = *kind;
    k->id = format("%s", id);
    k->path = format("%s/%s.pem", dir, id);
    if (k->id == NULL || k->path == NULL) {
        key_free(k);
        return NULL;
    }
    return k;
}

void key_free(struct key *k)
{
    if (k == NULL)
        return;
    EVP_PKEY_free(k->pkey);
    asn1_clear(&k->public_bits);
    asn1_clear(&k->spki);
    pthread_mutex_destroy(&k->lock);
    free(k->path);
    free(k->id);
    free(k);
}

int key_keep(struct key *k, const struct der_slice *spki)
{
    char name[64];

    if (k->kind.type != KEY_KEPT) {
        key_kind_name(&k->kind, name);
        memset(&k->kind, 0, sizeof k->kind);
        k->kind.type = KEY_KEPT;
        snprintf(k->kind.other, sizeof k->kind.other, "%.39s", name);
    }
    asn1_clear(&k->spki);
    asn1_put(&k->spki, spki->data, spki->size);
    free(k->path);
    k->path = NULL;
    return k->spki.failed ? -1 : 0;
}

int key_is_kept(const struct key *k)
{
    return k->kind.type == KEY_KEPT;
}

void key_unload(struct key *k)
{
    EVP_PKEY_free(k->pkey);
    k->pkey = NULL;
}

/* Does the private half belong to the public one that is in use? */
static int halves_fit(const struct key *k)
{
    unsigned char *der = NULL;
    int size = i2d_PUBKEY(k->pkey, &der);
    int fit =
        k->spki.size == 0 || (size > 0 && (size_t)size == k->spki.size &&
                              memcmp(der, k->spki.data, k->spki.size) == 0);

    OPENSSL_free(der);
    return fit;
}

static EVP_PKEY *generate(const struct key_kind *kind)
{
    switch (kind->type) {
    case KEY_RSA:
        return prime_rsa("RSA", kind->bits, kind->exponent);
    case KEY_RSA_PSS:
        return prime_rsa("RSA-PSS", kind->bits, kind->exponent);
    case KEY_EC:
        return EVP_PKEY_Q_keygen(NULL, NULL, "EC", OBJ_nid2sn(kind->curve));
    case KEY_ED25519:
        return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    case KEY_ED448:
        return EVP_PKEY_Q_keygen(NULL, NULL, "ED448");
    case KEY_KEPT:
        break;
    }
    return NULL;
}

static int load(struct key *k)
{
    struct key_kind found;
    uint8_t *data = NULL;
    size_t size;
    char what[80];
    BIO *bio = NULL;
    int status = -1;

    if (file_read(k->path, 0, &data, &size) != 0)
        return -1;
    bio = BIO_new_mem_buf(data, (int)size);
    if (bio != NULL)
        k->pkey = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    if (k->pkey == NULL)
        diag("%s: not a private key: remove it, and it is made anew", k->path);
    else if (key_kind_of(k->pkey, &found, what) != 0 ||
             !key_kind_equal(&found, &k->kind))
        diag("%s: another kind of key than its name says: remove it, and it "
             "is made anew",
             k->path);
    else if (!halves_fit(k))
        diag("%s: its public key is not that of its private key: remove it, "
             "and it is made anew",
             k->path);
    else
        status = 0;
    BIO_free(bio);
    OPENSSL_cleanse(data, size);
    free(data);
    return status;
}

static int make(struct key *k)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *data;
    long size;
    int status = -1;

    k->pkey = generate(&k->kind);
    if (k->pkey == NULL)
        diag("%s: libcrypto cannot make this key", k->id);
    else if (bio == NULL ||
             !PEM_write_bio_PKCS8PrivateKey(bio, k->pkey, NULL, NULL, 0, NULL,
                                            NULL) ||
             !PEM_write_bio_PUBKEY(bio, k->pkey))
        diag("%s: cannot encode the key", k->id);
    else {
        size = BIO_get_mem_data(bio, &data);
        status = claim_write(k->path, 0600, data, (size_t)size);
    }
    k->made = status == 0;
    BIO_free(bio);
    if (status != 1)
        return status;
    /* Another process was faster: its key is the one that stays. */
    EVP_PKEY_free(k->pkey);
    k->pkey = NULL;
    return load(k);
}

/* The public half in the two forms that certificates need. */
static int publish_der(struct key *k, const uint8_t *der, size_t size)
{
    struct der_slice rest = {der, size}, spki, bits;

    asn1_put(&k->spki, der, size);
    if (asn1_expect(&rest, ASN1_TAG_SEQUENCE, &spki, NULL) != 0 ||
        asn1_expect(&spki, ASN1_TAG_SEQUENCE, NULL, NULL) != 0 ||
        asn1_expect(&spki, ASN1_TAG_BITS, &bits, NULL) != 0 || bits.size < 2)
        return -1;
    asn1_put(&k->public_bits, bits.data + 1, bits.size - 1);
    return k->public_bits.failed || k->spki.failed ? -1 : 0;
}

static int publish(struct key *k)
{
    unsigned char *der = NULL;
    int size = i2d_PUBKEY(k->pkey, &der);
    int status = size > 0 ? publish_der(k, der, (size_t)size) : -1;

    if (status != 0)
        diag("%s: cannot encode the public key", k->id);
    OPENSSL_free(der);
    return status;
}

/* Is an OID's content that of libcrypto's object? */
static int oid_is(const struct der_slice *oid, int nid)
{
    const ASN1_OBJECT *object = OBJ_nid2obj(nid);

    return object != NULL && OBJ_length(object) == oid->size &&
           memcmp(OBJ_get0_data(object), oid->data, oid->size) == 0;
}

/* RSAPublicKey: modulus and exponent as the kind says. */
static int numbers_fit(const struct key *k)
{
    struct der_slice rest = {k->public_bits.data, k->public_bits.size};
    struct der_slice inner, n, e;
    unsigned long exponent = 0;
    size_t zero;

    if (asn1_expect(&rest, ASN1_TAG_SEQUENCE, &inner, NULL) != 0 ||
        asn1_expect(&inner, ASN1_TAG_INTEGER, &n, NULL) != 0 ||
        asn1_expect(&inner, ASN1_TAG_INTEGER, &e, NULL) != 0 || n.size < 2)
        return 0;
    for (size_t i = 0; i < e.size && e.size <= sizeof exponent; i++)
        exponent = exponent << 8 | e.data[i];
    zero = n.data[0] == 0;
    return exponent == k->kind.exponent &&
           (n.size - zero) == ((size_t)k->kind.bits + 7) / 8;
}

/* Is the public key in the file of the kind that the file's name says? Without
 * libcrypto's decoder, which takes longer than all else. */
static int public_fits(const struct key *k)
{
    static const int nids[] = {[KEY_RSA] = NID_rsaEncryption,
                               [KEY_RSA_PSS] = NID_rsassaPss,
                               [KEY_EC] = NID_X9_62_id_ecPublicKey,
                               [KEY_ED25519] = NID_ED25519,
                               [KEY_ED448] = NID_ED448};
    struct der_slice rest = {k->spki.data, k->spki.size};
    struct der_slice spki, algorithm, oid, curve;

    if (asn1_expect(&rest, ASN1_TAG_SEQUENCE, &spki, NULL) != 0 ||
        asn1_expect(&spki, ASN1_TAG_SEQUENCE, &algorithm, NULL) != 0 ||
        asn1_expect(&algorithm, ASN1_TAG_OID, &oid, NULL) != 0 ||
        !oid_is(&oid, nids[k->kind.type]))
        return 0;
    if (k->kind.type == KEY_RSA || k->kind.type == KEY_RSA_PSS)
        return numbers_fit(k);
    return k->kind.type != KEY_EC ||
           (asn1_expect(&algorithm, ASN1_TAG_OID, &curve, NULL) == 0 &&
            oid_is(&curve, k->kind.curve));
}

/* Takes the PUBLIC KEY of the file. 0, or -1 if there is none that can be
 * read. */
static int load_public(struct key *k)
{
    BIO *bio = BIO_new_file(k->path, "r");
    char *name = NULL, *header = NULL;
    unsigned char *data = NULL;
    long size;
    int status = -1;

    while (bio != NULL && status != 0 &&
           PEM_read_bio(bio, &name, &header, &data, &size)) {
        if (strcmp(name, PEM_STRING_PUBLIC) == 0)
            status = publish_der(k, data, (size_t)size) == 0 && public_fits(k)
                         ? 0
                         : -1;
        OPENSSL_free(name);
        OPENSSL_free(header);
        OPENSSL_clear_free(data, (size_t)size);
    }
    BIO_free(bio);
    ERR_clear_error();
    return status;
}

int key_ready(struct key *k)
{
    if (k->spki.size > 0)
        return 0;
    if (!file_exists(k->path))
        return make(k) == 0 ? publish(k) : -1;
    if (load_public(k) == 0)
        return 0;
    asn1_clear(&k->spki);
    asn1_clear(&k->public_bits);
    return load(k) == 0 ? publish(k) : -1;
}

EVP_PKEY *key_private(struct key *k)
{
    EVP_PKEY *pkey;

    if (key_is_kept(k)) {
        diag("%s: a real key: nobody here can sign with it", k->id);
        return NULL;
    }
    pthread_mutex_lock(&k->lock);
    if (k->pkey == NULL && load(k) != 0) {
        EVP_PKEY_free(k->pkey);
        k->pkey = NULL;
    }
    pkey = k->pkey;
    pthread_mutex_unlock(&k->lock);
    return pkey;
}

void key_identifier(const struct key *k, uint8_t out[static 20])
{
    SHA1(k->public_bits.data, k->public_bits.size, out);
}
