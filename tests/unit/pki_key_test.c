/* Keys of real certificates: what has a twin keeps its form, and what no twin
 * can have stays as it is. */
#include "tests/unit/pki_bytes.h"

#include <openssl/core_names.h>

/* SubjectPublicKeyInfos. */
static void of_key(struct asn1_buf *b, EVP_PKEY *key)
{
    unsigned char *der = NULL;
    int size = i2d_PUBKEY(key, &der);

    asn1_put(b, der, (size_t)size);
    OPENSSL_free(der);
    EVP_PKEY_free(key);
}

static void plain_key(struct asn1_buf *b)
{
    of_key(b, ec_key("P-256", "uncompressed"));
}

static void hybrid_point(struct asn1_buf *b)
{
    of_key(b, ec_key("P-256", "hybrid"));
}

static void explicit_curve(struct asn1_buf *b)
{
    EVP_PKEY *key = ec_key("P-256", "uncompressed");

    assert_int_equal(EVP_PKEY_set_utf8_string_param(
                         key, OSSL_PKEY_PARAM_EC_ENCODING, "explicit"),
                     1);
    of_key(b, key);
}

static void off_the_curve(struct asn1_buf *b)
{
    plain_key(b);
    b->data[b->size - 1] ^= 1;
}

#define P256 "301306072a8648ce3d020106082a8648ce3d030107"

static void at_infinity(struct asn1_buf *b)
{
    put_hex(b, "3019" P256 "03020000");
}

static void rsa_of(struct asn1_buf *b, const char *last, const char *exponent)
{
    size_t outer = asn1_open(b, 0x30), bits, key, n;

    put_hex(b, "300d06092a864886f70d0101010500");
    bits = asn1_open(b, 0x03);
    asn1_put(b, "", 1);
    key = asn1_open(b, 0x30);
    n = asn1_open(b, 0x02);
    put_hex(b, "00");
    for (int i = 0; i < 127; i++)
        put_hex(b, "c5");
    put_hex(b, last);
    asn1_close(b, n);
    put_hex(b, exponent);
    asn1_close(b, key);
    asn1_close(b, bits);
    asn1_close(b, outer);
}

static void even_modulus(struct asn1_buf *b)
{
    rsa_of(b, "c4", "0203010001");
}

static void exponent_one(struct asn1_buf *b)
{
    rsa_of(b, "c5", "020101");
}

static void even_exponent(struct asn1_buf *b)
{
    rsa_of(b, "c5", "020104");
}

static void long_exponent(struct asn1_buf *b)
{
    rsa_of(b, "c5", "028103010001");
}

static void x25519(struct asn1_buf *b)
{
    of_key(b, EVP_PKEY_Q_keygen(NULL, NULL, "X25519"));
}

static void ml_dsa(struct asn1_buf *b) /* RFC 9881: id-ml-dsa-44 */
{
    put_hex(b, "3013300b06096086480165030403110304"
               "00aabbcc");
}

static const struct {
    const char *row;
    void (*put)(struct asn1_buf *b);
    const char *kind;
    int is_kept;
} key_rows[] = {
    {"P-256", plain_key, "ec-p256", 0},
    {"P-256, hybrid point", hybrid_point, "ec-p256", 0},
    {"P-256, explicit parameters", explicit_curve, "ec-p256", 0},
    {"P-256, off the curve", off_the_curve, "id-ecpublickey", 1},
    {"P-256, point at infinity", at_infinity, "ec-p256", 1},
    {"RSA, even modulus", even_modulus, "rsa-1024", 1},
    {"RSA, exponent 1", exponent_one, "rsa-1024", 1},
    {"RSA, exponent 4", even_exponent, "rsa-1024", 1},
    {"RSA, BER in the key", long_exponent, "rsa-1024", 1},
    {"X25519", x25519, "x25519", 1},
    {"ML-DSA", ml_dsa, "2.16.840.1.101.3.4.3.17", 1},
};

static struct der_slice tbs_of(const uint8_t *der, size_t size)
{
    struct der_slice rest = {der, size}, outer, tbs;

    assert_int_equal(asn1_expect(&rest, 0x30, &outer, NULL), 0);
    assert_int_equal(asn1_expect(&outer, 0x30, NULL, &tbs), 0);
    return tbs;
}

/* A leaf with such a key under a root whose key has a twin. */
static void keys_stay_or_are_like(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof key_rows / sizeof *key_rows; i++) {
        struct spec s = {.by = BY_EC}, plain = {.by = BY_EC};
        struct asn1_buf all = {0};
        struct der_slice real, twin;
        struct pki *p = world_new();
        struct pki_cert **t;
        size_t count, size;
        const uint8_t *der;
        char *path;

        print_message("row %s\n", key_rows[i].row);
        key_rows[i].put(&s.spki);
        put_cert(&all, &s, "leaf", leaf_key, keys[BY_EC]);
        put_cert(&all, &plain, "root", keys[BY_EC], keys[BY_EC]);
        real = tbs_of(all.data, all.size);
        path = der_write(&all);
        assert_int_equal(pki_want_file(p, path, 0, &t, &count), 0);
        assert_int_equal(pki_mint(p, 1), 0);
        der = pki_der(t[0], &size);
        twin = tbs_of(der, size);
        assert_int_equal(twin.size, real.size);
        assert_int_equal(memcmp(twin.data, real.data, real.size) == 0,
                         key_rows[i].is_kept);
        assert_int_equal(pki_is_signed_by(t[0], t[1]), 1);
        assert_int_equal(pki_key_path(t[0]) == NULL, key_rows[i].is_kept);
        assert_string_equal(pki_key_kind(t[0]), key_rows[i].kind);
        asn1_clear(&s.spki);
        asn1_clear(&all);
        free(path);
        free(t);
        pki_free(p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_stay_or_are_like),
    };

    return cmocka_run_group_tests(tests, keys_make, keys_free);
}
