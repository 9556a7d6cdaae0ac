/* A signature that its key made is written anew in the same wrong form; of one
 * that it did not make, an RSA block is signed again, and anything else stays
 * as it is. Numbers: RFC 3279 section 2.2.3, RFC 8017 section 8, RFC 8032. */
#include "pki/flaw.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>

/* An ECDSA number needs its leading zero half of the time. */
enum { MAX_SIGNATURES = 200 };

void flaw_clear(struct flaw *f)
{
    asn1_clear(&f->bits);
    asn1_clear(&f->inner);
    asn1_clear(&f->trailing);
    memset(f, 0, sizeof *f);
}

void flaw_copy(struct flaw *to, const struct flaw *from)
{
    *to = *from;
    memset(&to->bits, 0, sizeof to->bits);
    memset(&to->inner, 0, sizeof to->inner);
    memset(&to->trailing, 0, sizeof to->trailing);
    asn1_put(&to->bits, from->bits.data, from->bits.size);
    asn1_put(&to->inner, from->inner.data, from->inner.size);
    asn1_put(&to->trailing, from->trailing.data, from->trailing.size);
}

void flaw_keep(struct flaw *f, const struct signature *s)
{
    flaw_clear(f);
    f->sort = FLAW_KEPT;
    asn1_put(&f->bits, &s->unused_bits, 1);
    asn1_put(&f->bits, s->value.data, s->value.size);
}

/* INTEGER: its number without leading zeros, and how many there were. */
static int number_read(struct der_slice *rest, struct flaw_number *how,
                       struct der_slice *number)
{
    struct der_slice content, whole;

    if (asn1_expect(rest, ASN1_TAG_INTEGER, &content, &whole) != 0)
        return -1;
    how->wide = asn1_wide(&whole, &content);
    *number = content;
    while (number->size > 0 && number->data[0] == 0) {
        number->data++;
        number->size--;
    }
    if (number->size == 0) /* zero is no part of a signature */
        return -1;
    how->zeros = (int)(content.size - number->size) - (number->data[0] >> 7);
    return 0;
}

static void number_put(struct asn1_buf *b, const struct flaw_number *how,
                       const struct der_slice *number)
{
    size_t mark = asn1_open(b, ASN1_TAG_INTEGER);

    for (int i = -(number->data[0] >> 7); i < how->zeros; i++)
        asn1_put(b, "", 1);
    asn1_put(b, number->data, number->size);
    asn1_close_wide(b, mark, how->wide);
}

/* Ecdsa-Sig-Value as leniently as can be; what is not as DER has it goes into
 * *f, the numbers into n. 0, or -1: it cannot be read at all. */
static int ecdsa_read(struct flaw *f, const struct der_slice *value,
                      struct der_slice n[2])
{
    struct der_slice rest = *value, inner, whole;

    if (asn1_expect(&rest, ASN1_TAG_SEQUENCE, &inner, &whole) != 0)
        return -1;
    f->sequence_wide = asn1_wide(&whole, &inner);
    if (number_read(&inner, &f->numbers[0], &n[0]) != 0 ||
        number_read(&inner, &f->numbers[1], &n[1]) != 0)
        return -1;
    asn1_put(&f->inner, inner.data, inner.size);
    asn1_put(&f->trailing, rest.data, rest.size);
    return 0;
}

static void ecdsa_put(struct asn1_buf *b, const struct flaw *f,
                      const struct der_slice n[2])
{
    size_t mark = asn1_open(b, ASN1_TAG_SEQUENCE);

    number_put(b, &f->numbers[0], &n[0]);
    number_put(b, &f->numbers[1], &n[1]);
    asn1_put(b, f->inner.data, f->inner.size);
    asn1_close_wide(b, mark, f->sequence_wide);
    asn1_put(b, f->trailing.data, f->trailing.size);
}

/* A value of `size` bytes that should have n: what is too much or missing. */
static void length_read(struct flaw *f, const struct der_slice *value, size_t n,
                        int is_number, struct asn1_buf *right)
{
    struct der_slice rest = *value;

    while (is_number && rest.size > n && rest.data[0] == 0) {
        f->leading++;
        rest.data++;
        rest.size--;
    }
    if (rest.size > n) {
        asn1_put(&f->trailing, rest.data + n, rest.size - n);
        rest.size = n;
    }
    for (; is_number && f->missing + rest.size < n; f->missing++)
        asn1_put(right, "", 1);
    asn1_put(right, rest.data, rest.size);
}

/* The signature as it should be written, into `right`; how it is written
 * instead, into *f. 0, or -1: nothing like a signature. */
static int form_read(struct flaw *f, const struct signature *s,
                     enum algorithm_family family, const EVP_PKEY *key,
                     struct asn1_buf *right)
{
    static const struct flaw none;
    struct der_slice n[2];
    size_t size = s->value.size;

    f->unused_bits = s->unused_bits;
    switch (family) {
    case ALGORITHM_ECDSA:
        if (ecdsa_read(f, &s->value, n) != 0)
            return -1;
        ecdsa_put(right, &none, n);
        break;
    case ALGORITHM_ED25519:
    case ALGORITHM_ED448:
        length_read(f, &s->value, family == ALGORITHM_ED448 ? 114 : 64, 0,
                    right);
        if (size < right->size || right->size < 64)
            return -1;
        break;
    default: /* how long an RSA number must be, only its key tells */
        if (key != NULL)
            size = (size_t)EVP_PKEY_get_size(key);
        length_read(f, &s->value, size, 1, right);
    }
    return right->failed || f->inner.failed || f->trailing.failed ? -1 : 0;
}

/* n, e or d to the bytes of b: b = b^exponent mod n, in `size` bytes. */
static int power(EVP_PKEY *key, const char *exponent, struct asn1_buf *b,
                 size_t size)
{
    BIGNUM *n = NULL, *e = NULL, *x = BN_bin2bn(b->data, (int)b->size, NULL);
    BN_CTX *ctx = BN_CTX_new();
    uint8_t *bytes = malloc(size);
    int status = -1;

    if (x == NULL || ctx == NULL || bytes == NULL ||
        !EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &n) ||
        !EVP_PKEY_get_bn_param(key, exponent, &e))
        goto out;
    /* Which number stands in a block that is wrong anyway does not matter. */
    if (BN_cmp(x, n) >= 0 && !BN_nnmod(x, x, n, ctx))
        goto out;
    if (!BN_mod_exp(x, x, e, n, ctx) ||
        BN_bn2binpad(x, bytes, (int)size) != (int)size)
        goto out;
    b->size = 0;
    asn1_put(b, bytes, size);
    status = b->failed ? -1 : 0;
out:
    free(bytes);
    BN_CTX_free(ctx);
    BN_free(x);
    BN_free(n);
    BN_clear_free(e);
    return status;
}

static int digest_of(const char *digest, const uint8_t *data, size_t size,
                     uint8_t out[EVP_MAX_MD_SIZE], unsigned *n)
{
    return EVP_Digest(data, size, out, n, EVP_get_digestbyname(digest), NULL) ==
           1;
}

/* Does the block hold a digest of what is signed, be it another than is said?
 */
static void digest_find(struct flaw *f, const struct der_slice *tbs)
{
    static const char *const digests[] = {"SHA512", "SHA384", "SHA256",
                                          "SHA224", "SHA1",   "MD5"};

    for (size_t i = 0; i < sizeof digests / sizeof *digests; i++) {
        uint8_t digest[EVP_MAX_MD_SIZE], *at;
        unsigned n;

        if (!digest_of(digests[i], tbs->data, tbs->size, digest, &n))
            continue;
        at = memmem(f->bits.data, f->bits.size, digest, n);
        if (at == NULL)
            continue;
        f->digest = digests[i];
        f->digest_at = (size_t)(at - f->bits.data);
        return;
    }
}

/* The block that an RSA signature holds. 0, or -1: it is none of this key. */
static int block_read(struct flaw *f, const struct signature *s, EVP_PKEY *key)
{
    size_t size = (size_t)EVP_PKEY_get_size(key);
    BIGNUM *n = NULL, *value;
    int fits;

    if (s->unused_bits != 0 || s->value.size != size ||
        !EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &n))
        return -1;
    value = BN_bin2bn(s->value.data, (int)size, NULL);
    fits = value != NULL && BN_cmp(value, n) < 0;
    BN_free(value);
    BN_free(n);
    asn1_put(&f->bits, s->value.data, size);
    if (!fits || power(key, OSSL_PKEY_PARAM_RSA_E, &f->bits, size) != 0)
        return -1;
    f->sort = FLAW_BLOCK;
    digest_find(f, &s->tbs);
    return 0;
}

/* Only the form can tell; that of an RSA signature tells next to nothing. */
static void form_only(struct flaw *f, const struct signature *s,
                      const struct signing *how)
{
    struct asn1_buf right = {0};

    if (form_read(f, s, how->algorithm->family, NULL, &right) != 0)
        flaw_keep(f, s);
    else if (s->unused_bits != 0 || right.size != s->value.size ||
             memcmp(right.data, s->value.data, right.size) != 0)
        f->sort = FLAW_FORM;
    asn1_clear(&right);
}

/* Did the key make it, were it written as it should be? */
static int form_fits(struct flaw *f, const struct signature *s,
                     const struct signing *how, EVP_PKEY *key)
{
    struct asn1_buf right = {0};
    int fits = 0;

    if (form_read(f, s, how->algorithm->family, key, &right) == 0) {
        struct der_slice value = {right.data, right.size};

        fits = algorithm_verify(how, key, &s->tbs, &value);
    }
    asn1_clear(&right);
    ERR_clear_error();
    return fits;
}

enum signature_fit flaw_find(struct flaw *f, const struct signature *s,
                             EVP_PKEY *key)
{
    struct signing how;
    char what[80];

    memset(f, 0, sizeof *f);
    if (algorithm_parse(&s->algorithm, &how, what) != 0) {
        flaw_keep(f, s);
        return SIGNATURE_UNCHECKED;
    }
    if (key == NULL) {
        form_only(f, s, &how);
        return SIGNATURE_UNCHECKED;
    }
    if (signature_check(s, key) == SIGNATURE_GOOD)
        return SIGNATURE_GOOD;
    if (form_fits(f, s, &how, key)) {
        f->sort = FLAW_FORM;
        return SIGNATURE_GOOD;
    }
    flaw_clear(f);
    if ((how.algorithm->family != ALGORITHM_RSA &&
         how.algorithm->family != ALGORITHM_RSA_PSS) ||
        !EVP_PKEY_is_a(key, "RSA") || block_read(f, s, key) != 0)
        flaw_keep(f, s);
    ERR_clear_error();
    return SIGNATURE_BAD;
}

static int block_sign(const struct flaw *f, EVP_PKEY *key,
                      const struct asn1_buf *tbs, struct asn1_buf *out)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    struct asn1_buf block = {0};
    unsigned n;
    int status = -1;

    asn1_put(&block, f->bits.data, f->bits.size);
    if (!block.failed && f->digest != NULL &&
        digest_of(f->digest, tbs->data, tbs->size, digest, &n))
        memcpy(block.data + f->digest_at, digest, n);
    if (!block.failed)
        status = power(key, OSSL_PKEY_PARAM_RSA_D, &block, block.size);
    if (status == 0) {
        asn1_put(out, "", 1);
        asn1_put(out, block.data, block.size);
    }
    asn1_clear(&block);
    return status;
}

/* A good signature into the wrong form. 0, or -1: not this one. */
static int form_put(const struct flaw *f, const struct signing *how,
                    const struct asn1_buf *good, struct asn1_buf *out)
{
    struct flaw strict = {0};
    struct der_slice n[2], value = {good->data, good->size};
    size_t missing = f->missing < good->size ? f->missing : good->size;

    asn1_put(out, &f->unused_bits, 1);
    if (how->algorithm->family == ALGORITHM_ECDSA) {
        if (ecdsa_read(&strict, &value, n) != 0)
            return -1;
        for (int i = 0; i < 2; i++)
            if (f->numbers[i].zeros < 0 && !(n[i].data[0] >> 7))
                return -1;
        ecdsa_put(out, f, n);
        return 0;
    }
    for (size_t i = 0; i < f->leading; i++)
        asn1_put(out, "", 1);
    asn1_put(out, good->data + missing, good->size - missing);
    asn1_put(out, f->trailing.data, f->trailing.size);
    return 0;
}

int flaw_sign(const struct flaw *f, const struct signing *how, EVP_PKEY *key,
              const struct asn1_buf *tbs, struct asn1_buf *out)
{
    size_t start = out->size;
    int status = -1;

    if (f->sort == FLAW_KEPT) {
        asn1_put(out, f->bits.data, f->bits.size);
        return 0;
    }
    if (key != NULL && f->sort == FLAW_BLOCK)
        return block_sign(f, key, tbs, out);
    for (int i = 0; i < MAX_SIGNATURES && status != 0 && key != NULL; i++) {
        struct asn1_buf good = {0};

        out->size = start;
        if (algorithm_sign(how, key, tbs->data, tbs->size, &good) != 0)
            i = MAX_SIGNATURES;
        else
            status = form_put(f, how, &good, out);
        asn1_clear(&good);
    }
    return status;
}

void flaw_put(const struct flaw *f, struct asn1_buf *b)
{
    const struct asn1_buf *const bytes[] = {&f->bits, &f->inner, &f->trailing};
    size_t numbers[] = {(size_t)f->sort,    f->digest_at,
                        f->unused_bits,     f->leading,
                        f->missing,         (size_t)f->numbers[0].zeros,
                        f->numbers[0].wide, (size_t)f->numbers[1].zeros,
                        f->numbers[1].wide, f->sequence_wide};

    if (f->sort == FLAW_NONE)
        return;
    asn1_put(b, numbers, sizeof numbers);
    for (size_t i = 0; i < sizeof bytes / sizeof bytes[0]; i++) {
        asn1_put(b, &bytes[i]->size, sizeof bytes[i]->size);
        asn1_put(b, bytes[i]->data, bytes[i]->size);
    }
}
