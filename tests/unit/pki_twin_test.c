/* Twins: every link, shared key and algorithm of the originals, and pins. The
 * originals are made here with libcrypto, which knows nothing of our minting.
 */
#include <unistd.h>

#include "model/certificate.h"
#include "tests/unit/pki_real.h"

static int sizes_may_differ(EVP_PKEY *by)
{
    return EVP_PKEY_get_base_id(by) == EVP_PKEY_EC;
}

/* The twin of `real`, whose issuer's twin has the key of `issuer`. */
static void twin_check(const char *row, const struct pki_cert *twin,
                       const struct pki_cert *issuer, X509 *real,
                       EVP_PKEY *real_by)
{
    X509 *x = twin_x509(twin), *by = twin_x509(issuer);
    int real_size = i2d_X509(real, NULL), size = i2d_X509(x, NULL);
    const X509_ALGOR *a, *b;

    print_message("row %s\n", row);
    assert_int_equal(X509_verify(x, X509_get0_pubkey(by)), 1);
    assert_int_not_equal(
        EVP_PKEY_eq(X509_get0_pubkey(x), X509_get0_pubkey(real)), 1);
    assert_int_equal(EVP_PKEY_get_base_id(X509_get0_pubkey(x)),
                     EVP_PKEY_get_base_id(X509_get0_pubkey(real)));
    assert_int_equal(EVP_PKEY_get_bits(X509_get0_pubkey(x)),
                     EVP_PKEY_get_bits(X509_get0_pubkey(real)));
    X509_get0_signature(NULL, &a, x);
    X509_get0_signature(NULL, &b, real);
    assert_int_equal(X509_ALGOR_cmp(a, b), 0);
    assert_int_equal(
        ASN1_INTEGER_cmp(X509_get_serialNumber(x), X509_get_serialNumber(real)),
        0);
    if (sizes_may_differ(real_by))
        assert_in_range(size, real_size - 3, real_size + 3);
    else
        assert_int_equal(size, real_size);
    X509_free(x);
    X509_free(by);
}

static void every_algorithm(void **state)
{
    const struct {
        const char *name, *md;
        EVP_PKEY *key;
        int salt;
    } rows[] = {
        {"RSA SHA-256", "SHA256", rsa_key("RSA", 1024, 65537), -1},
        {"RSA SHA-1", "SHA1", rsa_key("RSA", 1024, 3), -1},
        {"RSA MD5", "MD5", rsa_key("RSA", 1024, 65537), -1},
        {"RSA key, PSS signature", "SHA256", rsa_key("RSA", 1024, 65537), 32},
        {"RSA-PSS key", "SHA384", rsa_key("RSA-PSS", 1024, 65537), 20},
        {"P-256", "SHA256", ec_key("P-256", "uncompressed"), -1},
        {"P-384 compressed", "SHA384", ec_key("P-384", "compressed"), -1},
        {"P-521", "SHA512", ec_key("P-521", "uncompressed"), -1},
        {"brainpool", "SHA256", ec_key("brainpoolP256r1", "uncompressed"), -1},
        {"Ed25519", NULL, EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), -1},
        {"Ed448", NULL, EVP_PKEY_Q_keygen(NULL, NULL, "ED448"), -1},
    };
    enum { ROWS = sizeof rows / sizeof *rows };
    X509 *real[2 * ROWS];
    struct pki *p = world_new();
    struct pki_cert **twins;
    size_t count;
    char *path;

    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        EVP_PKEY *leaf = ec_key("P-256", "uncompressed");

        real[2 * i] = cert_make(rows[i].name, rows[i].key, rows[i].name,
                                rows[i].key, rows[i].md, rows[i].salt);
        real[2 * i + 1] = cert_make("leaf", leaf, rows[i].name, rows[i].key,
                                    rows[i].md, rows[i].salt);
        EVP_PKEY_free(leaf);
    }
    path = pem_write("algorithms.pem", real, 2 * ROWS);
    assert_int_equal(pki_want_file(p, path, 0, &twins, &count), 0);
    assert_int_equal(count, 2 * ROWS);
    assert_int_equal(pki_mint(p, 2), 0);
    for (size_t i = 0; i < ROWS; i++) {
        twin_check(rows[i].name, twins[2 * i], twins[2 * i], real[2 * i],
                   rows[i].key);
        twin_check(rows[i].name, twins[2 * i + 1], twins[2 * i],
                   real[2 * i + 1], rows[i].key);
    }
    for (size_t i = 0; i < ROWS; i++)
        EVP_PKEY_free(rows[i].key);
    for (size_t i = 0; i < 2 * ROWS; i++)
        X509_free(real[i]);
    free(twins);
    free(path);
    pki_free(p);
}

static void links_and_shared_keys(void **state)
{
    EVP_PKEY *old = ec_key("P-256", "uncompressed");
    EVP_PKEY *new = ec_key("P-256", "uncompressed");
    EVP_PKEY *end = ec_key("P-256", "uncompressed");
    EVP_PKEY *gone = rsa_key("RSA", 2048, 65537);
    X509 *real[] = {
        cert_make("old", old, "old", old, "SHA256", -1),
        cert_make("new", new, "new", new, "SHA256", -1),
        cert_make("new", new, "old", old, "SHA256", -1), /* cross-signed */
        cert_make("end", end, "new", new, "SHA256", -1),
        /* The same name as "new" and another key: not the issuer of "end". */
        cert_make("new", end, "new", end, "SHA256", -1),
        /* two whose issuer is not among the inputs */
        cert_make("a", new, "gone", gone, "SHA256", -1),
        cert_make("b", end, "gone", gone, "SHA256", -1),
    };
    enum { COUNT = sizeof real / sizeof *real };
    struct pki *p = world_new();
    struct pki_cert **t;
    const struct pki_cert *anchor;
    size_t count;
    char *path = pem_write("links.pem", real, COUNT);

    (void)state;
    assert_int_equal(pki_want_file(p, path, 0, &t, &count), 0);
    assert_int_equal(pki_mint(p, 2), 0);
    twin_check("cross-signed", t[2], t[0], real[2], old);
    twin_check("end", t[3], t[1], real[3], new);
    assert_string_equal(pki_spki_sha256(t[1]), pki_spki_sha256(t[2]));
    assert_string_not_equal(pki_spki_sha256(t[1]), pki_spki_sha256(t[4]));
    assert_string_equal(pki_spki_sha256(t[3]), pki_spki_sha256(t[4]));
    anchor = pki_anchor_of(&t[3], 1, &t[4], 1);
    assert_null(anchor);
    anchor = pki_anchor_of(&t[3], 1, &t[1], 1);
    assert_ptr_equal(anchor, t[1]);
    for (size_t i = 5; i < COUNT; i++) {
        X509 *x = twin_x509(t[i]);

        assert_int_equal(i2d_X509(x, NULL), i2d_X509(real[i], NULL));
        X509_free(x);
    }
    for (size_t i = 0; i < COUNT; i++)
        X509_free(real[i]);
    EVP_PKEY_free(old);
    EVP_PKEY_free(new);
    EVP_PKEY_free(end);
    EVP_PKEY_free(gone);
    free(t);
    free(path);
    pki_free(p);
}

/* Says MD2 instead of SHA-256, inside and outside. */
static X509 *with_md2(X509 *x)
{
    static const uint8_t oid[] = {0x2a, 0x86, 0x48, 0x86, 0xf7,
                                  0x0d, 0x01, 0x01, 0x0b};
    unsigned char *der = NULL, *at;
    int size = i2d_X509(x, &der);
    const unsigned char *p = der;
    X509 *changed;

    for (int i = 0; i < 2; i++) {
        at = memmem(der, (size_t)size, oid, sizeof oid);
        assert_non_null(at);
        at[sizeof oid - 1] = 2;
    }
    changed = d2i_X509(NULL, &p, size);
    OPENSSL_free(der);
    X509_free(x);
    return changed;
}

static void unsupported_is_named_or_skipped(void **state)
{
    EVP_PKEY *rsa = rsa_key("RSA", 1024, 65537);
    EVP_PKEY *ec = ec_key("P-256", "uncompressed");
    X509 *real[] = {with_md2(cert_make("md2", rsa, "md2", rsa, "SHA256", -1)),
                    cert_make("ec", ec, "ec", ec, "SHA256", -1)};
    struct pki *p = world_new();
    char *both = pem_write("both.pem", real, 2);
    char *one = pem_write("one.pem", real, 1);
    struct pki_cert **t;
    size_t count;

    (void)state;
    assert_int_equal(pki_want_file(p, both, 0, &t, &count), -1);
    assert_int_equal(pki_want_file(p, both, 1, &t, &count), 0);
    assert_int_equal(count, 1);
    free(t);
    assert_int_equal(pki_want_file(p, one, 1, &t, &count), -1);
    for (int i = 0; i < 2; i++)
        X509_free(real[i]);
    EVP_PKEY_free(rsa);
    EVP_PKEY_free(ec);
    free(both);
    free(one);
    pki_free(p);
}

/* Larger than a twin's may be: no twin, though libcrypto verifies with it. */
static EVP_PKEY *large_exponent_key(void)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    BIGNUM *e = NULL;
    EVP_PKEY *key = NULL;

    assert_true(BN_hex2bn(&e, "1000000000000000d") > 0);
    assert_int_equal(EVP_PKEY_keygen_init(ctx), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, 1024), 1);
    assert_int_equal(EVP_PKEY_CTX_set1_rsa_keygen_pubexp(ctx, e), 1);
    assert_int_equal(EVP_PKEY_generate(ctx, &key), 1);
    EVP_PKEY_CTX_free(ctx);
    BN_free(e);
    return key;
}

/* What hangs on a key that no twin can have stays whole; what has such a key
 * and another issuer keeps the key, and is signed by its issuer's twin. */
static void keys_without_twin_are_kept(void **state)
{
    EVP_PKEY *dsa = dsa_key(), *ec = ec_key("P-256", "uncompressed");
    EVP_PKEY *odd = large_exponent_key();
    EVP_PKEY *end = ec_key("P-256", "uncompressed");
    EVP_PKEY *last = ec_key("P-256", "uncompressed");
    X509 *real[] = {cert_make("odd", odd, "odd", odd, "SHA256", -1),
                    cert_make("ec", ec, "ec", ec, "SHA256", -1),
                    cert_make("end", end, "odd", odd, "SHA256", -1),
                    cert_make("last", last, "end", end, "SHA256", -1),
                    cert_make("other", dsa, "ec", ec, "SHA256", -1),
                    cert_make("dsa", dsa, "dsa", dsa, "SHA256", -1)};
    static const int whole[] = {1, 0, 1, 1, 0, 1};
    enum { COUNT = sizeof real / sizeof *real };
    char *path = pem_write("kept.pem", real, COUNT);
    struct pki *p = world_new();
    struct pki_cert **t;
    const char *why;
    struct pki_variation none = {0};
    size_t count;

    (void)state;
    assert_int_equal(pki_want_file(p, path, 0, &t, &count), 0);
    assert_int_equal(count, COUNT);
    assert_int_equal(pki_mint(p, 2), 0);
    for (size_t i = 0; i < COUNT; i++) {
        X509 *x = twin_x509(t[i]);

        print_message("row %zu\n", i);
        assert_int_equal(X509_cmp(x, real[i]) == 0, whole[i]);
        assert_int_equal(pki_key_path(t[i]) == NULL, i != 1);
        X509_free(x);
    }
    assert_string_equal(pki_key_kind(t[0]), "rsa-1024");
    assert_string_equal(pki_key_kind(t[5]), "dsa-1024");
    assert_string_equal(pki_key_kind(t[2]), "ec-p256");
    assert_string_equal(pki_spki_sha256(t[4]), pki_spki_sha256(t[5]));
    assert_int_equal(pki_is_signed_by(t[4], t[1]), 1);
    assert_int_equal(pki_is_signed_by(t[3], t[2]), 1);
    assert_null(pki_vary(p, t[2], &none, &why));
    assert_string_equal(why, "the key that signed it is not ours");
    assert_ptr_equal(pki_issuer_certificate(p, t[2]), t[0]);
    assert_ptr_equal(pki_alternative(p, t[3], 2), t[3]);
    assert_int_equal(pki_is_signed_by(pki_alternative(p, t[4], 2),
                                      pki_alternative(p, t[1], 2)),
                     1);
    for (size_t i = 0; i < COUNT; i++)
        X509_free(real[i]);
    EVP_PKEY_free(dsa);
    EVP_PKEY_free(odd);
    EVP_PKEY_free(ec);
    EVP_PKEY_free(end);
    EVP_PKEY_free(last);
    free(path);
    free(t);
    pki_free(p);
}

/* A certificate that says it is issued by a catalog CA, given without that CA:
 * the twin hangs on the catalog's key, so built-in scenarios and a real store
 * fit together. With another key identifier it is another CA. */
static void catalog_issues_what_is_real(void **state)
{
    static const struct {
        const char *file, *akid, *anchored;
    } rows[] = {
        {"issued.pem", "7fd365a7c2ddecbbf03009f34339fa02af333133",
         "verisign-g5"},
        {"other.pem", "7fd365a7c2ddecbbf03009f34339fa02af333134", NULL},
    };
    EVP_PKEY *key = ec_key("P-256", "uncompressed");
    EVP_PKEY *unknown = rsa_key("RSA", 2048, 65537);
    struct pki *p = world_new();
    struct pki_cert *root = pki_want(p, "verisign-g5");

    (void)state;
    assert_int_equal(pki_mint(p, 2), 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        X509 *g5 = twin_x509(root);
        X509 *x = cert_make("leaf", key, "-", unknown, "SHA256", -1);
        char *value = format("DER:30168014%s", rows[i].akid);
        X509_EXTENSION *akid = X509V3_EXT_conf(NULL, NULL, "2.5.29.35", value);
        struct pki_cert **t;
        size_t count;
        char *path;

        print_message("row %zu\n", i);
        X509_set_issuer_name(x, X509_get_subject_name(g5));
        assert_int_equal(X509_add_ext(x, akid, -1), 1);
        assert_true(X509_sign(x, unknown, EVP_sha256()) > 0);
        path = pem_write(rows[i].file, &x, 1);
        assert_int_equal(pki_want_file(p, path, 0, &t, &count), 0);
        assert_int_equal(pki_mint(p, 2), 0);
        assert_int_equal(pki_anchor_of(t, 1, &root, 1) == root,
                         rows[i].anchored != NULL);
        X509_EXTENSION_free(akid);
        X509_free(x);
        X509_free(g5);
        free(value);
        free(path);
        free(t);
    }
    EVP_PKEY_free(key);
    EVP_PKEY_free(unknown);
    pki_free(p);
}

static void pins_follow(void **state)
{
    static const struct {
        const char *real, *of;
        int is_spki, found;
    } rows[] = {
        /* Amazon Root CA 1: certificate, and its key */
        {"8ecde6884f3d87b1125ba31ac3fcb13d7016de7f57cc904fe1cb97c6ae98196e",
         "amazon-root-ca-1", 0, 1},
        {"FBE3018031F9586BCBF41727E417B7D1C45C2F47F93BE372A17B96B50757D5A2",
         "amazon-root-ca-1", 1, 1},
        /* of the catalog, wanted by nobody before */
        {"9acfab7e43c8d880d06b262a94deeee4b4659989c3d0caf19baf6405e41ab7df",
         "verisign-g5", 0, 1},
        {"0000000000000000000000000000000000000000000000000000000000000000",
         NULL, 0, 0},
    };
    struct pki *p = world_new();
    struct pki_cert **t;
    size_t count;

    (void)state;
    assert_int_equal(
        pki_want_file(p, "tests/data/real/amazon-root-ca-1.pem", 0, &t, &count),
        0);
    assert_int_equal(pki_mint(p, 2), 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *out = NULL;
        int is_spki = -1;
        struct pki_cert *c;

        print_message("row %zu\n", i);
        assert_int_equal(pki_pin(p, rows[i].real, &out, &is_spki),
                         rows[i].found ? 0 : -1);
        if (!rows[i].found)
            continue;
        c = pki_want(p, rows[i].of);
        assert_int_equal(is_spki, rows[i].is_spki);
        assert_string_equal(out, is_spki ? pki_spki_sha256(c)
                                         : pki_certificate_sha256(c));
    }
    free(t);
    pki_free(p);
}

/* All states of a scenario may serve one file: it is read once, and the facts
 * of its certificates are the same by any number of threads. */
static void file_is_read_once(void **state)
{
    EVP_PKEY *key = ec_key("P-256", "uncompressed");
    X509 *real[] = {cert_make("root", key, "root", key, "SHA256", -1),
                    cert_make("leaf", key, "root", key, "SHA256", -1)};
    char *path = pem_write("once.pem", real, 2);
    struct pki *p = world_new();
    struct pki_cert **t, **again;
    struct certificate facts[2] = {{0}};
    size_t count;

    (void)state;
    assert_int_equal(pki_want_file(p, path, 0, &t, &count), 0);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(pki_want_file(p, path, PKI_NOTES_QUIET, &again, &count),
                     0);
    assert_int_equal(count, 2);
    assert_memory_equal(t, again, 2 * sizeof *t);
    free(again);
    /* What is left out may be another: that is looked for in the file. */
    assert_int_equal(pki_want_file(p, path, PKI_SKIP_DAMAGED, &again, &count),
                     -1);
    assert_int_equal(pki_mint(p, 2), 0);
    assert_int_equal(pki_describe_all(t, 2, facts, 2), 0);
    for (size_t i = 0; i < 2; i++) {
        assert_string_equal(facts[i].sha256, pki_certificate_sha256(t[i]));
        certificate_clear(&facts[i]);
        X509_free(real[i]);
    }
    EVP_PKEY_free(key);
    free(path);
    free(t);
    pki_free(p);
}

/* How many files lie below a folder, temporary ones included. */
static size_t files_below(const char *path)
{
    char **files = NULL;
    size_t count = 0;

    if (file_exists(path))
        assert_int_equal(file_find(path, "", &files, &count), 0);
    strings_free(files);
    return count;
}

static void folder_is_whole_or_not_there(void **state)
{
    char store[] = "tests/data/real/amazon-root-ca-3.pem";
    char chain[] = "tests/data/real/amazon-ecdsa-256-m02.pem";
    char bad_pin[65] = "", missing[] = "/no/such/file.pem";
    char *stores[] = {store, NULL}, *chains[] = {chain, NULL};
    char *pins[] = {bad_pin, NULL}, *missings[] = {missing, NULL};
    char *parent = format("%s/outs", dir), *out = format("%s/out", parent);
    struct twin_options good = {
        .trust_store = stores, .chain = chains, .out = out, .jobs = 1};
    struct twin_options bad = good;
    struct pki *p = world_new();

    (void)state;
    assert_int_equal(file_mkdirs(parent, 0755), 0);
    memset(bad_pin, '7', 64);
    bad.pin = pins;
    assert_int_equal(pki_twin(p, &bad), -1);
    bad = good;
    bad.chain = missings;
    assert_int_equal(pki_twin(p, &bad), -1);
    assert_int_equal(files_below(parent), 0);
    assert_int_equal(pki_twin(p, &good), 0);
    /* trust-store.pem, one DER, trust_store.h, chain.pem, twin.json, table, and
       four for Arduino, ESP-IDF and Zephyr */
    assert_int_equal(files_below(parent), 10);
    assert_int_equal(pki_twin(p, &good), -1); /* not empty any more */
    assert_int_equal(files_below(parent), 10);
    free(parent);
    free(out);
    pki_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_algorithm),
        cmocka_unit_test(links_and_shared_keys),
        cmocka_unit_test(unsupported_is_named_or_skipped),
        cmocka_unit_test(keys_without_twin_are_kept),
        cmocka_unit_test(catalog_issues_what_is_real),
        cmocka_unit_test(pins_follow),
        cmocka_unit_test(file_is_read_once),
        cmocka_unit_test(folder_is_whole_or_not_there),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
