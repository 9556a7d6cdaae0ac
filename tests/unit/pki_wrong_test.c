/* What is wrong with a real certificate is wrong with its twin, in the same
 * way: the bytes but for key and signature, the links, and what can be said of
 * the signature by somebody who reads it leniently. Certificates are put
 * together here byte by byte. */
#include "tests/unit/pki_real.h"

#include <openssl/ecdsa.h>
#include <openssl/err.h>

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
};

static EVP_PKEY *keys[SIGNERS], *leaf_key;

static void put_hex(struct asn1_buf *b, const char *hex)
{
    assert_int_equal(asn1_put_hex(b, hex), 0);
}

static void put_name(struct asn1_buf *b, const char *cn, uint8_t string)
{
    size_t name = asn1_open(b, 0x30), set = asn1_open(b, 0x31),
           attribute = asn1_open(b, 0x30);

    asn1_put_oid(b, "2.5.4.3");
    asn1_put_element(b, string, cn, strlen(cn));
    asn1_close(b, attribute);
    asn1_close(b, set);
    asn1_close(b, name);
}

static void put_extensions(struct asn1_buf *b, const char *hex)
{
    size_t outer = asn1_open(b, 0xa3), list = asn1_open(b, 0x30);

    put_hex(b, hex);
    asn1_close(b, list);
    asn1_close(b, outer);
}

static void put_tbs(struct asn1_buf *b, const struct spec *s, const char *cn,
                    EVP_PKEY *key)
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
    asn1_put(b, spki, (size_t)size);
    if (s->extensions)
        put_extensions(b, s->extensions);
    asn1_close_wide(b, mark, s->tbs_wide);
    OPENSSL_free(spki);
}

static void put_signature(struct asn1_buf *b, const struct spec *s,
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

static void put_cert(struct asn1_buf *b, const struct spec *s, const char *cn,
                     EVP_PKEY *key, EVP_PKEY *by)
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

/* What spoils a signature. */
static void flip_end(struct asn1_buf *bits)
{
    bits->data[bits->size - 1] ^= 1;
}

static void unused_bits(struct asn1_buf *bits)
{
    bits->data[0] = 3;
}

static void cut_end(struct asn1_buf *bits)
{
    bits->size--;
}

static void byte_behind(struct asn1_buf *bits)
{
    asn1_put(bits, "\x2a", 1);
}

static void zero_before(struct asn1_buf *bits)
{
    asn1_put(bits, "", 1);
    memmove(bits->data + 2, bits->data + 1, bits->size - 2);
    bits->data[1] = 0;
}

/* Writes r and s anew: so many zeros before each, the sequence's length in so
 * many bytes, bytes behind s. */
static void ecdsa_write(struct asn1_buf *bits, int zeros_r, int zeros_s,
                        size_t wide, const char *behind)
{
    const unsigned char *p = bits->data + 1;
    ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &p, (long)bits->size - 1);
    const BIGNUM *n[2] = {ECDSA_SIG_get0_r(sig), ECDSA_SIG_get0_s(sig)};
    int zeros[2] = {zeros_r, zeros_s};
    struct asn1_buf made = {0};
    size_t mark;

    asn1_put(&made, "", 1);
    mark = asn1_open(&made, 0x30);
    for (int i = 0; i < 2; i++) {
        size_t inner = asn1_open(&made, 0x02);
        uint8_t bytes[64];
        int size = BN_bn2bin(n[i], bytes);

        for (int k = -(bytes[0] >> 7); k < zeros[i]; k++)
            asn1_put(&made, "", 1);
        asn1_put(&made, bytes, (size_t)size);
        asn1_close(&made, inner);
    }
    put_hex(&made, behind);
    asn1_close_wide(&made, mark, wide);
    ECDSA_SIG_free(sig);
    asn1_clear(bits);
    *bits = made;
}

static void r_with_zeros(struct asn1_buf *bits)
{
    ecdsa_write(bits, 2, 0, 0, "");
}

static void s_with_zero(struct asn1_buf *bits)
{
    ecdsa_write(bits, 0, 1, 0, "");
}

static void long_sequence(struct asn1_buf *bits)
{
    ecdsa_write(bits, 0, 0, 2, "");
}

static void null_inside(struct asn1_buf *bits)
{
    ecdsa_write(bits, 0, 0, 0, "0500");
}

static void zeros_only(struct asn1_buf *bits)
{
    asn1_clear(bits);
    put_hex(bits, "003006020100020100");
}

/* The value as a lenient reader has it. */
static void lenient(struct asn1_buf *out, const struct der_slice *value,
                    EVP_PKEY *key, char *how)
{
    size_t want = (size_t)EVP_PKEY_get_size(key);
    struct der_slice rest = *value, inner, n[2];
    ECDSA_SIG *sig;
    unsigned char *der = NULL;
    int size;

    if (!EVP_PKEY_is_a(key, "EC")) {
        while (rest.size > want && rest.data[0] == 0) {
            rest.data++;
            rest.size--;
            strcat(how, " zero-before");
        }
        if (rest.size != want)
            sprintf(how + strlen(how), " %+d", (int)rest.size - (int)want);
        asn1_put(out, rest.data, rest.size < want ? rest.size : want);
        return;
    }
    if (asn1_expect(&rest, 0x30, &inner, NULL) != 0 ||
        asn1_expect(&inner, 0x02, &n[0], NULL) != 0 ||
        asn1_expect(&inner, 0x02, &n[1], NULL) != 0) {
        strcat(how, " unreadable");
        return;
    }
    sig = ECDSA_SIG_new();
    ECDSA_SIG_set0(sig, BN_bin2bn(n[0].data, (int)n[0].size, NULL),
                   BN_bin2bn(n[1].data, (int)n[1].size, NULL));
    size = i2d_ECDSA_SIG(sig, &der);
    if ((size_t)size != value->size)
        sprintf(how + strlen(how), " %+d", (int)value->size - size);
    asn1_put(out, der, (size_t)size);
    OPENSSL_free(der);
    ECDSA_SIG_free(sig);
}

static int verifies(const struct der_slice *tbs, const struct asn1_buf *value,
                    EVP_PKEY *key, const struct spec *s)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *pctx = NULL;
    int good = 0;

    if (EVP_DigestVerifyInit_ex(ctx, &pctx,
                                s->by == BY_ED ? NULL
                                : s->md        ? s->md
                                               : "SHA256",
                                NULL, NULL, key, NULL) == 1) {
        if (s->by == BY_PSS)
            EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING);
        good = EVP_DigestVerify(ctx, value->data, value->size, tbs->data,
                                tbs->size) == 1;
    }
    EVP_MD_CTX_free(ctx);
    ERR_clear_error();
    return good;
}

/* "good", "bad", and in what form. */
static void kind_of(const uint8_t *der, size_t size, EVP_PKEY *key,
                    const struct spec *s, char out[200])
{
    struct der_slice rest = {der, size}, outer, tbs, bits, value;
    struct asn1_buf read = {0};

    assert_int_equal(asn1_expect(&rest, 0x30, &outer, NULL), 0);
    assert_int_equal(asn1_expect(&outer, 0x30, NULL, &tbs), 0);
    assert_int_equal(asn1_expect(&outer, 0x30, NULL, NULL), 0);
    assert_int_equal(asn1_expect(&outer, 0x03, &bits, NULL), 0);
    out[0] = '\0';
    if (bits.data[0] != 0)
        sprintf(out, " unused %d", bits.data[0]);
    value = (struct der_slice){bits.data + 1, bits.size - 1};
    lenient(&read, &value, key, out);
    strcat(out, verifies(&tbs, &read, key, s) ? " good" : " bad");
    asn1_clear(&read);
}

/* All but the key's bits and the signature. */
static void rest_is_equal(const struct asn1_buf *real, const uint8_t *der,
                          size_t size)
{
    struct der_slice all = {real->data, real->size}, twin = {der, size};
    struct der_slice in, its, a, b, x, y;
    uint8_t tag, other;

    assert_int_equal(asn1_expect(&all, 0x30, &in, NULL), 0);
    assert_int_equal(asn1_expect(&twin, 0x30, &its, NULL), 0);
    assert_int_equal(asn1_expect(&in, 0x30, &x, &a), 0);
    assert_int_equal(asn1_expect(&its, 0x30, &y, &b), 0);
    assert_int_equal(a.size, b.size);
    assert_int_equal(x.data - a.data, y.data - b.data); /* header */
    assert_memory_equal(a.data, b.data, (size_t)(x.data - a.data));
    a = x;
    b = y;
    while (a.size > 0) {
        assert_int_equal(asn1_next(&a, &tag, NULL, &x), 0);
        assert_int_equal(asn1_next(&b, &other, NULL, &y), 0);
        assert_int_equal(x.size, y.size);
        if (tag == 0x30 && memmem(x.data, x.size, "\x03\x42\x00\x04", 4)) {
            assert_memory_not_equal(x.data, y.data, x.size);
            continue; /* the leaf's SPKI */
        }
        assert_memory_equal(x.data, y.data, x.size);
    }
}

static char *der_write(const struct asn1_buf *b)
{
    char *path = format("%s/wrong.der", dir);

    assert_int_equal(file_write(path, 0644, b->data, b->size), 0);
    return path;
}

static void row_check(const struct spec *s)
{
    static const struct spec plain[SIGNERS] = {
        {.by = BY_EC}, {.by = BY_RSA}, {.by = BY_ED}, {.by = BY_PSS}};
    EVP_PKEY *by = keys[s->by], *given = by;
    struct asn1_buf root = {0}, leaf = {0}, all = {0};
    struct pki *p = world_new();
    struct pki_cert **t, *issuer;
    const uint8_t *der;
    size_t count, size;
    char real[200], twin[200];
    EVP_PKEY *key = NULL;
    X509 *x;
    int status;
    char *path;

    print_message("row %s\n", s->row);
    if (s->stranger)
        given = keys[s->by == BY_EC ? BY_RSA : BY_EC];
    put_cert(&root,
             &plain[given == keys[BY_EC]    ? BY_EC
                    : given == keys[BY_RSA] ? BY_RSA
                                            : s->by],
             "root", given, given);
    put_cert(&leaf, s, "leaf", leaf_key, by);
    asn1_put(&all, leaf.data, leaf.size);
    if (!s->issuer_is_gone)
        asn1_put(&all, root.data, root.size);
    path = der_write(&all);
    status = pki_want_file(p, path, 0, &t, &count);
    assert_int_equal(status, s->is_refused ? -1 : 0);
    if (s->is_refused)
        goto out;
    assert_int_equal(count, s->issuer_is_gone ? 1 : 2);
    assert_int_equal(pki_mint(p, 1), 0);
    der = pki_der(t[0], &size);
    rest_is_equal(&leaf, der, size);
    kind_of(leaf.data, leaf.size, given, s, real);
    issuer = count == 2 ? t[1] : pki_issuer_certificate(p, t[0]);
    x = twin_x509(issuer);
    key = X509_get_pubkey(x);
    X509_free(x);
    kind_of(der, size, key, s, twin);
    if (!s->stranger) /* an EC signature's length, for an RSA key */
        assert_string_equal(twin, s->kind ? s->kind : " good");
    if (!s->issuer_is_gone) {
        assert_string_equal(twin, real);
        assert_int_equal(pki_is_signed_by(t[0], t[1]),
                         strcmp(twin, " good") == 0 && s->md == NULL);
        assert_ptr_equal(pki_anchor_of(t, 1, t + 1, 1), t[1]);
    }
out:
    EVP_PKEY_free(key);
    asn1_clear(&root);
    asn1_clear(&leaf);
    asn1_clear(&all);
    free(path);
    free(t);
    pki_free(p);
}

/* One Extension: OID in hex, critical, value in hex, of less than 100 bytes. */
static const struct spec rows[] = {
    {"well made, EC", .by = BY_EC},
    {"well made, RSA", .by = BY_RSA},
    {"well made, Ed25519", .by = BY_ED},
    {"well made, PSS", .by = BY_PSS},
    {"RSA, unused bits", .by = BY_RSA, .spoil = unused_bits,
     .kind = " unused 3 good"},
    {"RSA, a flipped bit", .by = BY_RSA, .spoil = flip_end, .kind = " bad"},
    {"RSA, a byte short", .by = BY_RSA, .spoil = cut_end, .kind = " -1 bad"},
    {"RSA, a byte behind", .by = BY_RSA, .spoil = byte_behind,
     .kind = " +1 good"},
    {"RSA, a zero before", .by = BY_RSA, .spoil = zero_before,
     .kind = " zero-before good"},
    {"RSA, another digest", .by = BY_RSA, .md = "SHA1"},
    {"EC, unused bits", .by = BY_EC, .spoil = unused_bits,
     .kind = " unused 3 good"},
    {"EC, a flipped bit", .by = BY_EC, .spoil = flip_end, .kind = " bad"},
    {"EC, a byte short", .by = BY_EC, .spoil = cut_end,
     .kind = " unreadable bad"},
    {"EC, a byte behind", .by = BY_EC, .spoil = byte_behind,
     .kind = " +1 good"},
    {"EC, zeros before r", .by = BY_EC, .spoil = r_with_zeros,
     .kind = " +2 good"},
    {"EC, a zero before s", .by = BY_EC, .spoil = s_with_zero,
     .kind = " +1 good"},
    {"EC, a long length", .by = BY_EC, .spoil = long_sequence,
     .kind = " +2 good"},
    {"EC, a NULL behind s", .by = BY_EC, .spoil = null_inside,
     .kind = " +2 good"},
    {"EC, r and s zero", .by = BY_EC, .spoil = zeros_only, .kind = " bad"},
    {"Ed25519, a flipped bit", .by = BY_ED, .spoil = flip_end, .kind = " bad"},
    {"Ed25519, a byte short", .by = BY_ED, .spoil = cut_end, .kind = " -1 bad"},
    {"Ed25519, a byte behind", .by = BY_ED, .spoil = byte_behind,
     .kind = " +1 good"},
    {"PSS, a flipped bit", .by = BY_PSS, .spoil = flip_end, .kind = " bad"},
    {"PSS, unused bits", .by = BY_PSS, .spoil = unused_bits,
     .kind = " unused 3 good"},
    {"issuer not given", .by = BY_EC, .issuer_is_gone = 1},
    {"issuer not given, RSA", .by = BY_RSA, .issuer_is_gone = 1},
    {"issuer not given, unused bits", .by = BY_EC, .spoil = unused_bits,
     .kind = " unused 3 good", .issuer_is_gone = 1},
    {"issuer not given, zeros before r", .by = BY_EC, .spoil = r_with_zeros,
     .kind = " +2 good", .issuer_is_gone = 1},
    {"issuer not given, a byte short", .by = BY_EC, .spoil = cut_end,
     .kind = " unreadable bad", .issuer_is_gone = 1},
    {"a key of another type has the name", .by = BY_EC, .stranger = 1},
    {"inner algorithm differs", .by = BY_RSA, .inner = RSA_SHA384},
    {"BER length of the TBSCertificate", .by = BY_EC, .tbs_wide = 3},
    {"negative serial", .by = BY_EC, .serial = "0201fb"},
    {"serial of 30 bytes", .by = BY_RSA,
     .serial = "021e"
               "7f0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d"},
    {"serial with a zero too many", .by = BY_EC, .serial = "02020005",
     .is_refused = 1},
    {"version 1 with extensions", .by = BY_EC, .version = "",
     .extensions = "300f0603551d130101ff040530030101ff"},
    {"version 7", .by = BY_EC, .version = "a003020106"},
    {"an extension twice", .by = BY_EC,
     .extensions = "300c0603551d130101ff04023000"
                   "300c0603551d130101ff04023000"},
    {"unknown critical extension", .by = BY_EC,
     .extensions = "300b06032a03040101ff040130"},
    {"malformed SAN", .by = BY_EC, .extensions = "30090603551d1104023003"},
    {"malformed key usage", .by = BY_EC,
     .extensions = "300c0603551d0f0101ff04020400"},
    {"malformed basic constraints", .by = BY_EC,
     .extensions = "300e0603551d130101ff040430060101"},
    {"malformed AKI", .by = BY_EC, .extensions = "300a0603551d230403300580"},
    {"UTCTime of 1950", .by = BY_EC,
     .validity = "301e170d3530303130313030303030305a"
                 "170d3439313233313233353935395a"},
    {"GeneralizedTime before 2050", .by = BY_EC,
     .validity = "3022180f32303230303130313030303030305a"
                 "180f32303330303130313030303030305a"},
    {"dates reversed", .by = BY_EC,
     .validity = "301e170d3330303130313030303030305a"
                 "170d3230303130313030303030305a"},
    {"a time that is none", .by = BY_EC,
     .validity = "30141708303030303030305a"
                 "1708393939393939395a"},
    {"UTCTime without seconds", .by = BY_EC,
     .validity = "301a170b323030313031303030305a"
                 "170b333030313031303030305a"},
    {"empty issuer", .by = BY_EC, .issuer = "3000", .issuer_is_gone = 1},
    {"issuer as a PrintableString", .by = BY_EC,
     .issuer = "300f310d300b06035504031304726f6f74"},
    {"issuer in capitals", .by = BY_EC,
     .issuer = "300f310d300b0603550403130452"
               "4f4f54"},
};

static void wrong_stays_wrong(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        row_check(&rows[i]);
}

static int keys_make(void **state)
{
    keys[BY_EC] = ec_key("P-256", "uncompressed");
    keys[BY_RSA] = rsa_key("RSA", 1024, 65537);
    keys[BY_ED] = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    keys[BY_PSS] = rsa_key("RSA", 1024, 65537);
    leaf_key = ec_key("P-256", "uncompressed");
    return set_up(state);
}

static int keys_free(void **state)
{
    for (int i = 0; i < SIGNERS; i++)
        EVP_PKEY_free(keys[i]);
    EVP_PKEY_free(leaf_key);
    return tear_down(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_stays_wrong),
    };

    return cmocka_run_group_tests(tests, keys_make, keys_free);
}
