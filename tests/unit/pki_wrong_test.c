/* What is wrong with a real certificate is wrong with its twin, in the same
 * way: the bytes but for key and signature, the links, and what can be said of
 * the signature by somebody who reads it leniently. */
#include "tests/unit/pki_bytes.h"

#include <openssl/ecdsa.h>
#include <openssl/err.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_stays_wrong),
    };

    return cmocka_run_group_tests(tests, keys_make, keys_free);
}
