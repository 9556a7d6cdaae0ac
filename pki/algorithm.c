/* Signature algorithms as a table, and one way to sign with any of them. SHA-1
 * and MD5 are here because real roots carry them. Knows no certificate. */
#include "pki/algorithm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/objects.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

static const struct algorithm algorithms[] = {
    {"md5-rsa", "1.2.840.113549.1.1.4", ALGORITHM_RSA, "MD5"},
    {"sha1-rsa", "1.2.840.113549.1.1.5", ALGORITHM_RSA, "SHA1"},
    {"sha224-rsa", "1.2.840.113549.1.1.14", ALGORITHM_RSA, "SHA224"},
    {"sha256-rsa", "1.2.840.113549.1.1.11", ALGORITHM_RSA, "SHA256"},
    {"sha384-rsa", "1.2.840.113549.1.1.12", ALGORITHM_RSA, "SHA384"},
    {"sha512-rsa", "1.2.840.113549.1.1.13", ALGORITHM_RSA, "SHA512"},
    {"rsa-pss", "1.2.840.113549.1.1.10", ALGORITHM_RSA_PSS, NULL},
    {"sha256-rsa-pss", "1.2.840.113549.1.1.10", ALGORITHM_RSA_PSS, "SHA256"},
    {"ecdsa-sha1", "1.2.840.10045.4.1", ALGORITHM_ECDSA, "SHA1"},
    {"ecdsa-sha224", "1.2.840.10045.4.3.1", ALGORITHM_ECDSA, "SHA224"},
    {"ecdsa-sha256", "1.2.840.10045.4.3.2", ALGORITHM_ECDSA, "SHA256"},
    {"ecdsa-sha384", "1.2.840.10045.4.3.3", ALGORITHM_ECDSA, "SHA384"},
    {"ecdsa-sha512", "1.2.840.10045.4.3.4", ALGORITHM_ECDSA, "SHA512"},
    {"ed25519", "1.3.101.112", ALGORITHM_ED25519, NULL},
    {"ed448", "1.3.101.113", ALGORITHM_ED448, NULL},
};

enum {
    ALGORITHMS = sizeof algorithms / sizeof *algorithms,
    SALT = 32 /* of the PSS signatures that have a name */
};

const struct algorithm *algorithm_by_name(const char *name)
{
    for (size_t i = 0; i < ALGORITHMS; i++) {
        const struct algorithm *a = &algorithms[i];

        if (strcmp(a->name, name) == 0 && strcmp(name, "rsa-pss") != 0)
            return a;
    }
    return NULL;
}

void algorithm_use(const struct algorithm *a, struct signing *out)
{
    memset(out, 0, sizeof *out);
    out->algorithm = a;
    if (a->digest != NULL)
        snprintf(out->digest, sizeof out->digest, "%s", a->digest);
    if (a->family == ALGORITHM_RSA_PSS) {
        snprintf(out->mask, sizeof out->mask, "%s", out->digest);
        out->salt = SALT;
    }
}

/* RSASSA-PSS-params (RFC 4055 section 3.1) of SHA-256 with itself as mask. */
static void put_pss(struct asn1_buf *b)
{
    static const uint8_t params[] = {
        0x30, 0x34, 0xa0, 0x0f, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48,
        0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0xa1, 0x1c, 0x30,
        0x1a, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01,
        0x08, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03,
        0x04, 0x02, 0x01, 0x05, 0x00, 0xa2, 0x03, 0x02, 0x01, SALT};

    asn1_put(b, params, sizeof params);
}

void algorithm_put(struct asn1_buf *b, const struct algorithm *a)
{
    size_t mark = asn1_open(b, ASN1_TAG_SEQUENCE);

    if (asn1_put_oid(b, a->oid) != 0)
        b->failed = 1;
    /* RFC 4055 section 5: "the parameters field MUST contain NULL". */
    if (a->family == ALGORITHM_RSA)
        asn1_put_element(b, ASN1_TAG_NULL, NULL, 0);
    if (a->family == ALGORITHM_RSA_PSS)
        put_pss(b);
    asn1_close(b, mark);
}

/* The digest's name; 0, or -1 if libcrypto lacks it. */
static int digest_of(const X509_ALGOR *a, const char *fallback, char out[16])
{
    const ASN1_OBJECT *object = NULL;
    const char *name = fallback;

    if (a != NULL) {
        X509_ALGOR_get0(&object, NULL, NULL, a);
        name = OBJ_nid2sn(OBJ_obj2nid(object));
    }
    if (name == NULL || EVP_get_digestbyname(name) == NULL || strlen(name) > 15)
        return -1;
    snprintf(out, 16, "%s", name);
    return 0;
}

static int pss_mask(const X509_ALGOR *a, struct signing *out)
{
    const void *value = NULL;
    const ASN1_OBJECT *object;
    X509_ALGOR *digest = NULL;
    int type = V_ASN1_UNDEF;
    int status = -1;

    if (a == NULL)
        return digest_of(NULL, "SHA1", out->mask);
    X509_ALGOR_get0(&object, &type, &value, a);
    if (OBJ_obj2nid(object) == NID_mgf1 && type == V_ASN1_SEQUENCE)
        digest =
            ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(X509_ALGOR), a->parameter);
    if (digest != NULL)
        status = digest_of(digest, NULL, out->mask);
    X509_ALGOR_free(digest);
    return status;
}

static int pss_parse(const struct der_slice *parameters, struct signing *out)
{
    const unsigned char *p = parameters->data;
    RSA_PSS_PARAMS *pss = d2i_RSA_PSS_PARAMS(NULL, &p, (long)parameters->size);
    long salt = 20;
    int status = -1;

    if (pss == NULL)
        return -1;
    if (pss->saltLength != NULL)
        salt = ASN1_INTEGER_get(pss->saltLength);
    if (salt >= 0 && salt <= 1024 &&
        digest_of(pss->hashAlgorithm, "SHA1", out->digest) == 0 &&
        pss_mask(pss->maskGenAlgorithm, out) == 0)
        status = 0;
    out->salt = (int)salt;
    RSA_PSS_PARAMS_free(pss);
    return status;
}

static void name_oid(const struct der_slice *whole, char what[static 80])
{
    const unsigned char *p = whole->data;
    ASN1_OBJECT *object = d2i_ASN1_OBJECT(NULL, &p, (long)whole->size);

    snprintf(what, 80, "an unreadable OID");
    if (object != NULL)
        OBJ_obj2txt(what, 80, object, 0);
    ASN1_OBJECT_free(object);
}

int algorithm_parse(const struct der_slice *identifier, struct signing *out,
                    char what[static 80])
{
    struct der_slice rest = *identifier, inner, oid, parameters = {0};
    struct asn1_buf known = {0};

    memset(out, 0, sizeof *out);
    snprintf(what, 80, "no algorithm identifier");
    if (asn1_expect(&rest, ASN1_TAG_SEQUENCE, &inner, NULL) != 0 ||
        asn1_expect(&inner, ASN1_TAG_OID, NULL, &oid) != 0)
        return -1;
    parameters = inner;
    name_oid(&oid, what);
    for (size_t i = 0; i < ALGORITHMS && out->algorithm == NULL; i++) {
        known.size = 0;
        if (asn1_put_oid(&known, algorithms[i].oid) == 0 && !known.failed &&
            known.size == oid.size &&
            memcmp(known.data, oid.data, oid.size) == 0)
            algorithm_use(&algorithms[i], out);
    }
    asn1_clear(&known);
    if (out->algorithm == NULL)
        return -1;
    if (out->algorithm->family == ALGORITHM_RSA_PSS)
        return pss_parse(&parameters, out);
    return 0;
}

static int pss_set(const struct signing *s, EVP_PKEY_CTX *ctx)
{
    return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) > 0 &&
           EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, EVP_get_digestbyname(s->mask)) >
               0 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, s->salt) > 0;
}

int algorithm_sign(const struct signing *s, EVP_PKEY *key, const uint8_t *data,
                   size_t size, struct asn1_buf *out)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *pctx = NULL;
    uint8_t *signature = NULL;
    size_t room = 0;
    int status = -1;

    if (ctx == NULL ||
        EVP_DigestSignInit_ex(ctx, &pctx, s->digest[0] ? s->digest : NULL, NULL,
                              NULL, key, NULL) <= 0)
        goto out;
    if (s->algorithm->family == ALGORITHM_RSA_PSS && !pss_set(s, pctx))
        goto out;
    if (EVP_DigestSign(ctx, NULL, &room, data, size) <= 0)
        goto out;
    signature = malloc(room);
    if (signature == NULL ||
        EVP_DigestSign(ctx, signature, &room, data, size) <= 0)
        goto out;
    asn1_put(out, signature, room);
    status = 0;
out:
    free(signature);
    EVP_MD_CTX_free(ctx);
    return status;
}

static int family_fits(enum algorithm_family family, const EVP_PKEY *key)
{
    int type = EVP_PKEY_get_base_id(key);

    switch (family) {
    case ALGORITHM_RSA:
        return type == EVP_PKEY_RSA;
    case ALGORITHM_RSA_PSS:
        return type == EVP_PKEY_RSA || type == EVP_PKEY_RSA_PSS;
    case ALGORITHM_ECDSA:
        return type == EVP_PKEY_EC;
    case ALGORITHM_ED25519:
        return type == EVP_PKEY_ED25519;
    case ALGORITHM_ED448:
        return type == EVP_PKEY_ED448;
    }
    return 0;
}

int algorithm_verify(const struct signing *s, EVP_PKEY *key,
                     const struct der_slice *data,
                     const struct der_slice *signature)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *pctx = NULL;
    int good = 0;

    if (ctx == NULL || !family_fits(s->algorithm->family, key) ||
        EVP_DigestVerifyInit_ex(ctx, &pctx, s->digest[0] ? s->digest : NULL,
                                NULL, NULL, key, NULL) <= 0)
        goto out;
    if (s->algorithm->family == ALGORITHM_RSA_PSS && !pss_set(s, pctx))
        goto out;
    good = EVP_DigestVerify(ctx, signature->data, signature->size, data->data,
                            data->size) == 1;
out:
    EVP_MD_CTX_free(ctx);
    return good;
}
