/* Puts a certificate together, signs it, keeps it. Must not know where its
 * content comes from. */
#include "pki/recipe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

#include "base/diag.h"
#include "base/file.h"
#include "pki/claim.h"

/* ECDSA signatures vary in length; so often one is made anew before a size that
 * was asked for counts as out of reach. */
enum { MAX_SIGNATURES = 200 };

void recipe_forget(struct recipe *r)
{
    asn1_clear(&r->head);
    asn1_clear(&r->key_algorithm);
    asn1_clear(&r->tail);
    asn1_clear(&r->extensions);
    asn1_clear(&r->signature_algorithm);
    asn1_clear(&r->tbs);
}

void recipe_clear(struct recipe *r)
{
    recipe_forget(r);
    flaw_clear(&r->flaw);
}

const struct algorithm *recipe_algorithm(const struct key_kind *issuer)
{
    switch (issuer->type) {
    case KEY_EC:
        return algorithm_by_name(issuer->curve == NID_secp521r1 ? "ecdsa-sha512"
                                 : issuer->curve == NID_secp384r1
                                     ? "ecdsa-sha384"
                                     : "ecdsa-sha256");
    case KEY_ED25519:
        return algorithm_by_name("ed25519");
    case KEY_ED448:
        return algorithm_by_name("ed448");
    case KEY_RSA_PSS:
        return algorithm_by_name("sha256-rsa-pss");
    case KEY_RSA:
    case KEY_KEPT:
        break;
    }
    return algorithm_by_name("sha256-rsa");
}

void recipe_sign_with(struct recipe *r, const struct algorithm *a)
{
    algorithm_put(&r->signature_algorithm, a);
    algorithm_use(a, &r->signing);
}

void recipe_put_version(struct asn1_buf *b)
{
    size_t mark = asn1_open(b, 0xa0);

    asn1_put_small(b, 2); /* v3 */
    asn1_close(b, mark);
}

void recipe_put_validity(struct asn1_buf *b, int64_t from, int64_t to)
{
    size_t mark = asn1_open(b, ASN1_TAG_SEQUENCE);

    asn1_put_time(b, from);
    asn1_put_time(b, to);
    asn1_close(b, mark);
}

/* Splits the TBSCertificate around its SPKI (RFC 5280 section 4.1). */
static int split(struct recipe *r, const struct der_slice *tbs)
{
    struct der_slice rest = *tbs, spki, algorithm, bits;
    const uint8_t *start = tbs->data;
    int fields = 5; /* serial, signature, issuer, validity, subject */
    uint8_t tag;

    if (rest.size > 0 && rest.data[0] == 0xa0)
        fields++;
    while (fields-- > 0)
        if (asn1_next(&rest, &tag, NULL, NULL) != 0)
            return -1;
    asn1_put(&r->head, start, (size_t)(rest.data - start));
    if (asn1_expect(&rest, ASN1_TAG_SEQUENCE, &spki, NULL) != 0 ||
        asn1_expect(&spki, ASN1_TAG_SEQUENCE, NULL, &algorithm) != 0 ||
        asn1_expect(&spki, ASN1_TAG_BITS, &bits, NULL) != 0 || bits.size < 2)
        return -1;
    asn1_put(&r->key_algorithm, algorithm.data, algorithm.size);
    r->point_form = bits.data[1] & 6;
    asn1_put(&r->tail, rest.data, rest.size);
    return 0;
}

int recipe_from_real(struct recipe *r, const uint8_t *der, size_t size,
                     char what[static 80])
{
    struct der_slice rest = {der, size}, outer, all, tbs, algorithm, bits,
                     whole;

    memset(r, 0, sizeof *r);
    snprintf(what, 80, "bytes that are no certificate");
    if (asn1_expect(&rest, ASN1_TAG_SEQUENCE, &outer, &all) != 0)
        return -1;
    r->outer_wide = asn1_wide(&all, &outer);
    if (asn1_expect(&outer, ASN1_TAG_SEQUENCE, &tbs, &whole) != 0)
        return -1;
    r->tbs_wide = asn1_wide(&whole, &tbs);
    if (asn1_expect(&outer, ASN1_TAG_SEQUENCE, NULL, &algorithm) != 0 ||
        asn1_expect(&outer, ASN1_TAG_BITS, &bits, &whole) != 0)
        return -1;
    r->bits_wide = asn1_wide(&whole, &bits);
    snprintf(what, 80, "bytes behind its signature");
    if (outer.size > 0)
        return -1;
    asn1_put(&r->signature_algorithm, algorithm.data, algorithm.size);
    snprintf(what, 80, "a TBSCertificate that is not as RFC 5280 has it");
    if (split(r, &tbs) != 0)
        return -1;
    return algorithm_parse(&algorithm, &r->signing, what);
}

/* The EC point in another form (SEC 1, 2.3.3): x and the sign of y, or all of
 * it and the sign of y. */
static void put_point(struct asn1_buf *b, const struct asn1_buf *point,
                      uint8_t form)
{
    size_t size = form == 2 ? (point->size - 1) / 2 : point->size - 1;
    uint8_t first = (uint8_t)(form + (point->data[point->size - 1] & 1));
    struct asn1_buf other = {0};

    asn1_put(&other, &first, 1);
    asn1_put(&other, point->data + 1, size);
    asn1_put_bits(b, other.data, other.size);
    asn1_clear(&other);
}

static void put_spki(struct asn1_buf *b, const struct recipe *r,
                     const struct key *key)
{
    size_t mark;

    if (r->key_algorithm.size == 0) {
        asn1_put(b, key->spki.data, key->spki.size);
        return;
    }
    mark = asn1_open(b, ASN1_TAG_SEQUENCE);
    asn1_put(b, r->key_algorithm.data, r->key_algorithm.size);
    if (key->kind.type == KEY_EC && (r->point_form == 2 || r->point_form == 6))
        put_point(b, &key->public_bits, r->point_form);
    else
        asn1_put_bits(b, key->public_bits.data, key->public_bits.size);
    asn1_close(b, mark);
}

/* An element as DER has it: its length in the shortest form. */
static int plain(struct der_slice *rest, uint8_t tag, struct der_slice *content)
{
    struct der_slice whole;

    return asn1_expect(rest, tag, content, &whole) == 0 &&
           asn1_wide(&whole, content) == 0;
}

/* A positive INTEGER in as few bytes as can be. */
static int plain_number(struct der_slice *rest)
{
    struct der_slice n;

    return plain(rest, ASN1_TAG_INTEGER, &n) && n.size > 0 &&
           n.data[0] < 0x80 &&
           (n.data[0] > 0 || n.size == 1 || n.data[1] >= 0x80);
}

int recipe_key_is_plain(const struct der_slice *spki, enum key_type type)
{
    struct der_slice rest = *spki, content, algorithm, bits, numbers;

    if (!plain(&rest, ASN1_TAG_SEQUENCE, &content) || rest.size > 0 ||
        !plain(&content, ASN1_TAG_SEQUENCE, &algorithm) ||
        !plain(&content, ASN1_TAG_BITS, &bits) || content.size > 0 ||
        bits.size < 2 || bits.data[0] != 0)
        return 0;
    if (type != KEY_RSA && type != KEY_RSA_PSS)
        return type != KEY_EC || bits.data[1] != 0; /* a point: not infinity */
    rest = (struct der_slice){bits.data + 1, bits.size - 1};
    return plain(&rest, ASN1_TAG_SEQUENCE, &numbers) && rest.size == 0 &&
           plain_number(&numbers) && plain_number(&numbers) &&
           numbers.size == 0;
}

void recipe_keep_tbs(struct recipe *r, const struct der_slice *tbs)
{
    asn1_clear(&r->tbs);
    asn1_put(&r->tbs, tbs->data, tbs->size);
}

struct padding { /* an extension of zeros; longer OIDs reach the sizes between
                  */
    size_t bytes;
    int arcs;
    int on;
};

/* Under the arc that RFC 5612 keeps for examples; not critical, so that a stack
 * must ignore what it does not know (RFC 5280 section 4.2). */
static void put_padding(struct asn1_buf *b, const struct padding *p)
{
    static const char arcs[] = ".1.1.1.1.1.1.1.1";
    char oid[64];
    uint8_t *zeros = calloc(1, p->bytes + 1);
    size_t outer = asn1_open(b, ASN1_TAG_SEQUENCE);

    snprintf(oid, sizeof oid, "1.3.6.1.4.1.32473.1%.*s", 2 * p->arcs, arcs);
    if (zeros == NULL || asn1_put_oid(b, oid) != 0)
        b->failed = 1;
    else
        asn1_put_element(b, ASN1_TAG_OCTETS, zeros, p->bytes);
    asn1_close(b, outer);
    free(zeros);
}

static void put_tbs(struct asn1_buf *b, const struct recipe *r,
                    const struct key *key, const struct padding *padding)
{
    size_t tbs;

    if (r->tbs.size > 0) {
        asn1_put(b, r->tbs.data, r->tbs.size);
        return;
    }
    tbs = asn1_open(b, ASN1_TAG_SEQUENCE);
    asn1_put(b, r->head.data, r->head.size);
    put_spki(b, r, key);
    asn1_put(b, r->tail.data, r->tail.size);
    if (r->extensions.size > 0 || padding->on) {
        size_t tagged = asn1_open(b, 0xa3);
        size_t list = asn1_open(b, ASN1_TAG_SEQUENCE);

        asn1_put(b, r->extensions.data, r->extensions.size);
        if (padding->on)
            put_padding(b, padding);
        asn1_close(b, list);
        asn1_close(b, tagged);
    }
    asn1_close_wide(b, tbs, r->tbs_wide);
}

/* TBS, algorithm and the signature's BIT STRING to a Certificate. */
static void assemble(struct asn1_buf *out, const struct recipe *r,
                     const struct asn1_buf *tbs, const struct asn1_buf *bits)
{
    size_t mark, inner;

    out->size = 0;
    mark = asn1_open(out, ASN1_TAG_SEQUENCE);
    asn1_put(out, tbs->data, tbs->size);
    asn1_put(out, r->signature_algorithm.data, r->signature_algorithm.size);
    inner = asn1_open(out, ASN1_TAG_BITS);
    asn1_put(out, bits->data, bits->size);
    asn1_close_wide(out, inner, r->bits_wide);
    asn1_close_wide(out, mark, r->outer_wide);
}

/* The length most signatures of a key have. For ECDSA: both numbers lose a
 * leading bit half of the time, so one of both is a byte longer. */
static size_t usual_signature(struct key *issuer)
{
    const EVP_PKEY *pkey = key_private(issuer);
    size_t max = pkey != NULL ? (size_t)EVP_PKEY_get_size(pkey) : 0;

    return issuer->kind.type == KEY_EC ? max - 1 : max;
}

/* Size of the certificate with this padding and a signature of usual length. */
static size_t size_with(const struct recipe *r, const struct key *key,
                        struct key *issuer, const struct padding *padding)
{
    struct asn1_buf tbs = {0}, sig = {0}, out = {0};
    size_t n = usual_signature(issuer), size = 0;

    put_tbs(&tbs, r, key, padding);
    for (n++; n > 0; n--) /* its unused bits come first */
        asn1_put(&sig, "", 1);
    assemble(&out, r, &tbs, &sig);
    if (!tbs.failed && !sig.failed && !out.failed)
        size = out.size;
    asn1_clear(&tbs);
    asn1_clear(&sig);
    asn1_clear(&out);
    return size;
}

/* Finds the padding for exactly `target` bytes. Where a length field grows by a
 * byte some sizes are jumped over: a longer OID reaches them. */
static int padding_find(const struct recipe *r, const struct key *key,
                        struct key *issuer, size_t target, struct padding *p)
{
    for (p->arcs = 0; p->arcs < 8; p->arcs++) {
        p->on = 1;
        p->bytes = 0;
        for (int i = 0; i < 8; i++) {
            size_t size = size_with(r, key, issuer, p);

            if (size == target)
                return 0;
            if (size == 0 || (size > target && size - target > p->bytes))
                break;
            p->bytes += target - size;
        }
    }
    return -1;
}

/* 0 with *target the size to hit (0: any), or -1 reported. */
static int padding_plan(const struct recipe *r, const char *name,
                        const struct key *key, struct key *issuer,
                        struct padding *p, size_t *target)
{
    size_t bare = size_with(r, key, issuer, p);

    *target = r->pad_to;
    if (r->pad_percent > 0)
        *target = bare + bare * r->pad_percent / 100;
    if (*target == 0 || *target == bare)
        return 0;
    if (padding_find(r, key, issuer, *target, p) == 0)
        return 0;
    diag("%s: cannot be padded to %zu bytes: it has %zu without padding", name,
         *target, bare);
    return -1;
}

/* Signs until the size is hit; the first time if any size will do. */
static int sign(const struct recipe *r, const char *name,
                const struct asn1_buf *tbs, struct key *issuer, size_t target,
                struct asn1_buf *out)
{
    EVP_PKEY *pkey = r->flaw.sort == FLAW_KEPT ? NULL : key_private(issuer);
    struct asn1_buf sig = {0};
    int status = -1;

    for (int i = 0; i < MAX_SIGNATURES && status != 0; i++) {
        sig.size = 0;
        if (flaw_sign(&r->flaw, &r->signing, pkey, tbs, &sig) != 0) {
            diag("%s: cannot sign it by %s with the key %s", name,
                 r->signing.algorithm->name, issuer->id);
            goto out;
        }
        assemble(out, r, tbs, &sig);
        if (out->failed)
            break;
        if (target == 0 || out->size == target)
            status = 0;
    }
    if (status != 0)
        diag("%s: no signature gave %zu bytes", name, target);
out:
    asn1_clear(&sig);
    return status;
}

/* What decides about the bytes: TBS, the issuer's key, the algorithm. */
static char *cache_path(const struct recipe *r, const char *cache,
                        const struct asn1_buf *tbs, struct key *issuer)
{
    struct asn1_buf all = {0};
    uint8_t hash[SHA256_DIGEST_LENGTH];
    char hex[2 * SHA256_DIGEST_LENGTH + 1];

    asn1_put(&all, tbs->data, tbs->size);
    asn1_put(&all, r->signature_algorithm.data, r->signature_algorithm.size);
    asn1_put(&all, issuer->spki.data, issuer->spki.size);
    flaw_put(&r->flaw, &all);
    if (r->outer_wide > 0 || r->bits_wide > 0) {
        asn1_put(&all, &r->outer_wide, sizeof r->outer_wide);
        asn1_put(&all, &r->bits_wide, sizeof r->bits_wide);
    }
    if (all.failed)
        return NULL;
    SHA256(all.data, all.size, hash);
    asn1_clear(&all);
    for (size_t i = 0; i < sizeof hash; i++)
        snprintf(hex + 2 * i, 3, "%02x", hash[i]);
    return format("%s/%s.der", cache, hex);
}

/* A file that is not this certificate counts as not there. */
static int cache_load(const char *path, const struct asn1_buf *tbs,
                      struct asn1_buf *out)
{
    struct der_slice rest, outer, found;
    uint8_t *data = NULL;
    size_t size;
    int status = -1;

    if (!file_exists(path) || file_read(path, 0, &data, &size) != 0)
        return -1;
    rest = (struct der_slice){data, size};
    if (asn1_expect(&rest, ASN1_TAG_SEQUENCE, &outer, NULL) == 0 &&
        rest.size == 0 &&
        asn1_expect(&outer, ASN1_TAG_SEQUENCE, NULL, &found) == 0 &&
        found.size == tbs->size &&
        memcmp(found.data, tbs->data, tbs->size) == 0) {
        asn1_put(out, data, size);
        status = out->failed ? -1 : 0;
    }
    free(data);
    return status;
}

/* Writes the cache file. Where another process was faster, its certificate is
 * taken; where a damaged file stands, it is replaced. */
static int keep(const char *path, const struct asn1_buf *tbs,
                struct asn1_buf *out)
{
    struct asn1_buf theirs = {0};
    int status = claim_write(path, 0644, out->data, out->size);

    if (status != 1)
        return status;
    if (cache_load(path, tbs, &theirs) != 0)
        return file_write(path, 0644, out->data, out->size);
    asn1_clear(out);
    *out = theirs;
    return 0;
}

int recipe_mint(const struct recipe *r, const char *name, const struct key *key,
                struct key *issuer, const char *cache, struct asn1_buf *out,
                int *made)
{
    struct padding padding = {0};
    struct asn1_buf tbs = {0};
    char *path = NULL;
    size_t target = 0;
    int status = -1;

    *made = 0;
    if ((r->pad_to > 0 || r->pad_percent > 0) &&
        padding_plan(r, name, key, issuer, &padding, &target) != 0)
        goto out;
    put_tbs(&tbs, r, key, &padding);
    if (r->flaw.sort == FLAW_KEPT) { /* nothing is signed, nothing is kept */
        status = tbs.failed ? -1 : sign(r, name, &tbs, issuer, 0, out);
        goto out;
    }
    path = cache_path(r, cache, &tbs, issuer);
    if (tbs.failed || path == NULL) {
        diag("%s: out of memory", name);
        goto out;
    }
    status = cache_load(path, &tbs, out);
    if (status == 0)
        goto out;
    *made = 1;
    status = sign(r, name, &tbs, issuer, target, out);
    if (status == 0)
        status = keep(path, &tbs, out);
out:
    free(path);
    asn1_clear(&tbs);
    return status;
}
