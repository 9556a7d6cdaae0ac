/* Certificates put together byte by byte, so that any part may be wrong. */
#ifndef TESTS_UNIT_PKI_BYTES_H
#define TESTS_UNIT_PKI_BYTES_H

#include "tests/unit/pki_real.h"


#include "model/certificate.h"
#include "pki/asn1.h"

enum signer { BY_EC, BY_RSA, BY_ED, BY_PSS, SIGNERS };

#define EC_SHA256  "300a06082a8648ce3d040302"
#define RSA_SHA256 "300d06092a864886f70d01010b0500"
#define RSA_SHA384 "300d06092a864886f70d01010c0500"
#define ED25519    "300506032b6570"
#define PSS_SHA256                                                             \
    "304106092a864886f70d01010a3034a00f300d06096086480165030402010500"         \
    "a11c301a06092a864886f70d010108300d06096086480165030402010500a203020120"

static const char *const algorithms[SIGNERS] = {EC_SHA256, RSA_SHA256, ED25519,
                                                PSS_SHA256};

typedef void spoil_fn(struct asn1_buf *bits);

struct spec { /* hex; NULL: as it should be */
    const char *row;
    enum signer by;
    spoil_fn *spoil;  /* of the BIT STRING's content */
    const char *kind; /* what is then said of the signature */
    const char *version, *serial, *inner, *issuer, *validity, *extensions;
    const char *md; /* what is signed with, whatever is said */
    size_t tbs_wide;
    int issuer_is_gone, stranger; /* not given; another key of that name is */
    int is_refused;               /* named, and not twinned */
    struct asn1_buf spki;         /* instead of the key's own */
};

static EVP_PKEY *keys[SIGNERS], *leaf_key;

static inline void put_hex(struct asn1_buf *b, const char *hex)
{
    assert_int_equal(asn1_put_hex(b, hex), 0);
}

static inline void put_name(struct asn1_buf *b, const char *cn, uint8_t string)
{
    size_t name = asn1_open(b, 0x30), set = asn1_open(b, 0x31),
           attribute = asn1_open(b, 0x30);

    asn1_put_oid(b, "2.5.4.3");
    asn1_put_element(b, string, cn, strlen(cn));
    asn1_close(b, attribute);
    asn1_close(b, set);
    asn1_close(b, name);
}

static inline void put_extensions(struct asn1_buf *b, const char *hex)
{
    size_t outer = asn1_open(b, 0xa3), list = asn1_open(b, 0x30);

    put_hex(b, hex);
    asn1_close(b, list);
    asn1_close(b, outer);
}

static inline void put_tbs(struct asn1_buf *b, const struct spec *s,
                           const char *cn, EVP_PKEY *key)
{
    size_t mark = asn1_open(b, 0x30);
    unsigned char *spki = NULL;
    int size = i2d_PUBKEY(key, &spki);

    put_hex(b, s->version ? s->version : "a003020102");
    put_hex(b, s->serial ? s->serial : "020105");
    put_hex(b, s->inner ? s->inner : algorithms[s->by]);
    if (s->issuer)
        put_hex(b, s->issuer);
    else
        put_name(b, "root", 0x0c);
    put_hex(b, s->validity ? s->validity
                           : "301e170d3230303130313030303030305a"
                             "170d3330303130313030303030305a");
    put_name(b, cn, 0x0c);
    if (s->spki.size > 0)
        asn1_put(b, s->spki.data, s->spki.size);
    else
        asn1_put(b, spki, (size_t)size);
    if (s->extensions)
        put_extensions(b, s->extensions);
    asn1_close_wide(b, mark, s->tbs_wide);
    OPENSSL_free(spki);
}

static inline void put_signature(struct asn1_buf *b, const struct spec *s,
                                 EVP_PKEY *by, const struct asn1_buf *tbs)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *pctx = NULL;
    uint8_t value[512];
    size_t size = sizeof value;

    assert_int_equal(EVP_DigestSignInit_ex(ctx, &pctx,
                                           s->by == BY_ED ? NULL
                                           : s->md        ? s->md
                                                          : "SHA256",
                                           NULL, NULL, by, NULL),
                     1);
    if (s->by == BY_PSS) {
        EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING);
        EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, 32);
    }
    assert_int_equal(EVP_DigestSign(ctx, value, &size, tbs->data, tbs->size),
                     1);
    asn1_put(b, "", 1);
    asn1_put(b, value, size);
    EVP_MD_CTX_free(ctx);
}

static inline void put_cert(struct asn1_buf *b, const struct spec *s,
                            const char *cn, EVP_PKEY *key, EVP_PKEY *by)
{
    struct asn1_buf tbs = {0}, bits = {0};
    size_t mark = asn1_open(b, 0x30);

    put_tbs(&tbs, s, cn, key);
    put_signature(&bits, s, by, &tbs);
    if (s->spoil)
        s->spoil(&bits);
    asn1_put(b, tbs.data, tbs.size);
    put_hex(b, algorithms[s->by]);
    asn1_put_element(b, 0x03, bits.data, bits.size);
    asn1_close(b, mark);
    asn1_clear(&tbs);
    asn1_clear(&bits);
}

static inline char *der_write(const struct asn1_buf *b)
{
    char *path = format("%s/wrong.der", dir);

    assert_int_equal(file_write(path, 0644, b->data, b->size), 0);
    return path;
}

static inline int keys_make(void **state)
{
    keys[BY_EC] = ec_key("P-256", "uncompressed");
    keys[BY_RSA] = rsa_key("RSA", 1024, 65537);
    keys[BY_ED] = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    keys[BY_PSS] = rsa_key("RSA", 1024, 65537);
    leaf_key = ec_key("P-256", "uncompressed");
    return set_up(state);
}

static inline int keys_free(void **state)
{
    for (int i = 0; i < SIGNERS; i++)
        EVP_PKEY_free(keys[i]);
    EVP_PKEY_free(leaf_key);
    return tear_down(state);
}

#endif
