/* Minting: the cache, what hangs on what, exact sizes, file modes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <openssl/x509v3.h>

#include "base/file.h"
#include "pki/pki.h"

#define NOW  1719792000 /* 2024-07-01 */
#define HOST "a1b2c3-ats.iot.eu-west-1.amazonaws.com"

static char dir[] = "/tmp/pki-mint-XXXXXX";

static const char catalog[] =
    "family: test\n"
    "certificates:\n"
    "  - {name: root, subject: [{type: CN, value: root}], key: ec-p256,\n"
    "     issuer: self, serial: '01', not_before: 2020-01-01,\n"
    "     not_after: 2040-01-01, signature: ecdsa-sha256, source: test,\n"
    "     extensions: [{name: basic-constraints, critical: true,\n"
    "                   value: [ca]}]}\n"
    "  - {name: middle, subject: [{type: CN, value: middle}], key: ec-p256,\n"
    "     issuer: root, serial: '02', not_before: 2020-01-01,\n"
    "     not_after: %s, signature: ecdsa-sha256, source: test,\n"
    "     extensions: [{name: basic-constraints, critical: true,\n"
    "                   value: [ca]}]}\n"
    "  - {name: beside, subject: [{type: CN, value: beside}],\n"
    "     key: %s, issuer: root, serial: '03',\n"
    "     not_before: 2020-01-01, not_after: 2039-01-01,\n"
    "     signature: ecdsa-sha256, source: test}\n";

struct minted {
    char sha256[4][65];
    size_t made, cached;
};

/* Mints root, middle, beside and a leaf under middle. */
static struct minted mint(const char *not_after, const char *beside_key)
{
    static const char *const names[] = {"root", "middle", "beside"};
    char *folder = format("%s/catalog", dir);
    char *path = format("%s/c.yaml", folder);
    char *text = format(catalog, not_after, beside_key);
    char *cache = format("%s/cache", dir);
    struct leaf_spec spec = {0};
    struct pki_cert *certs[4];
    struct minted m = {0};
    struct pki *p;

    assert_int_equal(file_mkdirs(folder, 0755), 0);
    assert_int_equal(file_write(path, 0644, text, strlen(text)), 0);
    p = pki_new(folder, "pki/templates", cache);
    assert_non_null(p);
    for (int i = 0; i < 3; i++)
        certs[i] = pki_want(p, names[i]);
    certs[3] = pki_want_leaf(p, &spec, certs[1], "ec-p256", HOST, NOW);
    assert_non_null(certs[3]);
    assert_ptr_equal(certs[3],
                     pki_want_leaf(p, &spec, certs[1], "ec-p256", HOST, NOW));
    assert_int_equal(pki_mint(p, 2), 0);
    pki_minted(p, &m.made, &m.cached);
    for (int i = 0; i < 4; i++)
        strcpy(m.sha256[i], pki_certificate_sha256(certs[i]));
    pki_free(p);
    free(folder);
    free(path);
    free(text);
    free(cache);
    return m;
}

static void only_what_hangs_on_a_change(void **state)
{
    struct minted first = mint("2039-01-01", "ec-p256");
    struct minted again = mint("2039-01-01", "ec-p256");
    struct minted dates = mint("2038-01-01", "ec-p256");
    struct minted key = mint("2039-01-01", "ec-p384");

    (void)state;
    assert_int_equal(first.made, 8); /* four keys, four certificates */
    assert_int_equal(first.cached, 0);
    assert_int_equal(again.made, 0);
    assert_int_equal(again.cached, 8);
    assert_memory_equal(first.sha256, again.sha256, sizeof first.sha256);
    /* Another date of an intermediate: that certificate alone. */
    assert_int_equal(dates.made, 1);
    assert_string_not_equal(first.sha256[1], dates.sha256[1]);
    assert_string_equal(first.sha256[3], dates.sha256[3]);
    /* Another key: the key and the certificate that carries it. */
    assert_int_equal(key.made, 2);
    assert_string_not_equal(first.sha256[2], key.sha256[2]);
    assert_string_equal(first.sha256[0], key.sha256[0]);
}

static void damaged_cache_is_minted_anew(void **state)
{
    struct minted m = mint("2039-01-01", "ec-p256");
    char *folder = format("%s/cache/certificates", dir);
    char **files = NULL;
    size_t count;

    (void)state;
    assert_int_equal(m.made, 0);
    assert_int_equal(file_find(folder, ".der", &files, &count), 0);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(truncate(files[i], 20), 0);
    m = mint("2039-01-01", "ec-p256");
    assert_int_equal(m.made, 4);
    assert_int_equal(mint("2039-01-01", "ec-p256").made, 0);
    strings_free(files);
    free(folder);
}

static void keys_are_private(void **state)
{
    char *folder = format("%s/cache/keys", dir);
    char **files = NULL;
    size_t count;
    struct stat st;

    (void)state;
    assert_int_equal(stat(folder, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
    assert_int_equal(file_find(folder, ".pem", &files, &count), 0);
    assert_in_range(count, 4, 1000);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(stat(files[i], &st), 0);
        assert_int_equal(st.st_mode & 07777, 0600);
    }
    strings_free(files);
    free(folder);
}

/* Signed by `issuer`'s key, with the wanted name and dates. */
static void leaf_check(struct pki_cert *leaf, struct pki_cert *issuer)
{
    const uint8_t *der;
    size_t size;
    X509 *x, *by;

    der = pki_der(leaf, &size);
    x = d2i_X509(NULL, &der, (long)size);
    der = pki_der(issuer, &size);
    by = d2i_X509(NULL, &der, (long)size);
    assert_non_null(x);
    assert_int_equal(X509_verify(x, X509_get0_pubkey(by)), 1);
    assert_int_equal(X509_check_issued(by, x), X509_V_OK);
    assert_string_equal(pki_first_name(leaf), HOST);
    assert_int_equal(pki_not_before(leaf), NOW - 30 * 86400);
    X509_free(x);
    X509_free(by);
}

static void sizes_are_exact(void **state)
{
    static const struct {
        const char *issuer, *key, *template;
        int64_t pad_to, pad_percent;
    } rows[] = {
        {"amazon-rsa-2048-m03", "rsa-2048", "iot-data-ats", 8192, 0},
        {"amazon-rsa-2048-m03", "ec-p256", "plain", 4096, 0},
        {"amazon-ecdsa-256-m02", "ec-p256", "iot-data-ats", 8192, 0},
        {"amazon-ecdsa-384-m02", "ec-p384", "plain", 8191, 0},
        {"amazon-rsa-2048-m03", "rsa-2048", "iot-data-ats", 0, 20},
        {"amazon-ecdsa-256-m02", "ec-p256", "iot-data-ats", 0, 20},
        /* around the places where length fields grow */
        {"amazon-rsa-2048-m03", "ec-p256", "plain", 800, 0},
        {"amazon-rsa-2048-m03", "ec-p256", "plain", 801, 0},
        {"amazon-rsa-2048-m03", "ec-p256", "plain", 802, 0},
        {"amazon-rsa-2048-m03", "ec-p256", "plain", 803, 0},
        {"amazon-rsa-2048-m03", "ec-p256", "plain", 932, 0},
        {"amazon-rsa-2048-m03", "ec-p256", "plain", 65536, 0},
    };
    char *cache = format("%s/sizes", dir);
    struct pki *p = pki_new("pki/catalog", "pki/templates", cache);

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *template = format("%s", rows[i].template);
        struct leaf_spec spec = {.template_name = template};
        struct pki_cert *issuer = pki_want(p, rows[i].issuer), *bare, *padded;
        size_t bare_size, size;

        print_message("row %zu\n", i);
        bare = pki_want_leaf(p, &spec, issuer, rows[i].key, HOST, NOW);
        spec.pad_to = rows[i].pad_to;
        spec.pad_percent = rows[i].pad_percent;
        padded = pki_want_leaf(p, &spec, issuer, rows[i].key, HOST, NOW);
        assert_int_equal(pki_mint(p, 2), 0);
        pki_der(bare, &bare_size);
        pki_der(padded, &size);
        if (rows[i].pad_to > 0)
            assert_int_equal(size, rows[i].pad_to);
        else /* an ECDSA signature of the bare one may be 2 bytes off */
            assert_in_range(size, bare_size * 120 / 100 - 4,
                            bare_size * 120 / 100 + 4);
        leaf_check(padded, issuer);
        free(template);
    }
    pki_free(p);
    free(cache);
}

static void leaves_are_like_the_real_ones(void **state)
{
    static const struct {
        char *template;
        const char *issuer, *name;
        size_t real; /* bytes, as seen on the wire */
    } rows[] = {
        {"iot-data-ats", "amazon-rsa-2048-m03", "www.example.com", 1495},
        {"lets-encrypt", "lets-encrypt-r3", "dn.qamo.ru", 1311},
    };
    char *cache = format("%s/sizes", dir);
    struct pki *p = pki_new("pki/catalog", "pki/templates", cache);

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct leaf_spec spec = {.template_name = rows[i].template};
        struct pki_cert *issuer = pki_want(p, rows[i].issuer);
        struct pki_cert *leaf =
            pki_want_leaf(p, &spec, issuer, "rsa-2048", rows[i].name, NOW);
        size_t size;

        print_message("row %s\n", rows[i].template);
        assert_int_equal(pki_mint(p, 2), 0);
        pki_der(leaf, &size);
        /* Serial numbers and names differ. */
        assert_in_range(size, rows[i].real - 16, rows[i].real + 16);
        print_message("%zu bytes\n", size);
    }
    pki_free(p);
    free(cache);
}

static void serial_check(X509 *x, const char *hex)
{
    BIGNUM *n = ASN1_INTEGER_to_BN(X509_get0_serialNumber(x), NULL);
    char *text = BN_bn2hex(n);

    assert_string_equal(text, hex);
    OPENSSL_free(text);
    BN_free(n);
}

/* The serial number and the names as asked for, read back with libcrypto. */
static void serials_and_names_are_exact(void **state)
{
    static const struct {
        char *serial;
        int64_t names;
        const char *hex;
        int count;
    } rows[] = {
        {"0", 0, "0", 1},
        {"1", 0, "01", 1},
        {"127", 0, "7F", 1},
        {"128", 0, "80", 1},
        {"65536", 0, "010000", 1},
        {"9223372036854775807", 0, "7FFFFFFFFFFFFFFF", 1},
        {NULL, 128, NULL, 128},
        {"0", 1000, "0", 1000},
    };
    char *cache = format("%s/sizes", dir);
    struct pki *p = pki_new("pki/catalog", "pki/templates", cache);
    struct pki_cert *issuer = pki_want(p, "amazon-rsa-2048-m03");

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct leaf_spec spec = {.serial = rows[i].serial,
                                 .names_total = rows[i].names};
        struct pki_cert *leaf =
            pki_want_leaf(p, &spec, issuer, "rsa-2048", HOST, NOW);
        STACK_OF(GENERAL_NAME) * names;
        const unsigned char *der;
        size_t size;
        X509 *x;

        print_message("row %zu\n", i);
        assert_int_equal(pki_mint(p, 2), 0);
        der = pki_der(leaf, &size);
        x = d2i_X509(NULL, &der, (long)size);
        assert_non_null(x);
        if (rows[i].hex)
            serial_check(x, rows[i].hex);
        names = X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
        assert_int_equal(sk_GENERAL_NAME_num(names), rows[i].count);
        assert_int_equal(X509_check_host(x, HOST, 0, 0, NULL), 1);
        GENERAL_NAMES_free(names);
        X509_free(x);
    }
    pki_free(p);
    free(cache);
}

static void bad_leaves_are_refused(void **state)
{
    char none[] = "no-such", late[] = "+10d", key[] = "rsa-17", soon[] = "soon";
    char first[] = "a.example", second[] = "b.example";
    char *two[] = {first, second};
    const struct {
        const char *name;
        struct leaf_spec spec;
    } rows[] = {
        {"template", {.template_name = none}},
        {"key", {.key = key}},
        {"not_before", {.not_before = soon}},
        {"dates", {.not_before = late, .not_after = soon}},
        {"pad both", {.pad_to = 4096, .pad_percent = 20}},
        {"pad negative", {.pad_to = -1}},
        {"names", {.names = two, .names_count = 2, .names_total = 1}},
    };
    char *cache = format("%s/sizes", dir);
    struct pki *p = pki_new("pki/catalog", "pki/templates", cache);
    struct pki_cert *issuer = pki_want(p, "amazon-rsa-2048-m03");
    struct leaf_spec small = {.pad_to = 300};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        print_message("row %s\n", rows[i].name);
        assert_null(
            pki_want_leaf(p, &rows[i].spec, issuer, "rsa-2048", HOST, NOW));
    }
    /* Only minting can tell that it is larger already. */
    assert_non_null(pki_want_leaf(p, &small, issuer, "rsa-2048", HOST, NOW));
    assert_int_equal(pki_mint(p, 2), -1);
    pki_free(p);
    free(cache);
}

static void bad_catalogs_are_refused(void **state)
{
    static const char *const rows[] = {
        "family: x\nunknown_key: 1\n",
        "family: x\ncertificates: []\n",
        "family: x\ncertificates:\n  - {name: a, subject: [{type: CN, value: "
        "a}], key: ec-p999, issuer: self, serial: '01', not_before: "
        "2020-01-01, not_after: 2021-01-01, signature: ecdsa-sha256, source: "
        "x}\n",
        "family: x\ncertificates:\n  - {name: a, subject: [{type: CN, value: "
        "a}], key: ec-p256, issuer: nobody, serial: '01', not_before: "
        "2020-01-01, not_after: 2021-01-01, signature: ecdsa-sha256, source: "
        "x}\n",
        "family: x\ncertificates:\n  - {name: a, subject: [{type: CN, value: "
        "a}], key: ec-p256, issuer: self, serial: '0', not_before: "
        "2020-01-01, not_after: 2021-01-01, signature: ecdsa-sha256, source: "
        "x}\n",
        "family: x\ncertificates:\n  - {name: a, subject: [{type: CN, value: "
        "a}], key: ec-p256, issuer: self, serial: '01', not_before: "
        "2020-01-01, not_after: 2021-01-01, signature: ecdsa-sha256, source: "
        "x, extensions: [{name: basic-constraints, critical: maybe, value: "
        "[ca]}]}\n",
    };
    char *folder = format("%s/bad", dir), *path = format("%s/c.yaml", folder);
    char *cache = format("%s/cache", dir);

    (void)state;
    assert_int_equal(file_mkdirs(folder, 0755), 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        print_message("row %zu\n", i);
        assert_int_equal(file_write(path, 0644, rows[i], strlen(rows[i])), 0);
        assert_null(pki_new(folder, "pki/templates", cache));
    }
    free(folder);
    free(path);
    free(cache);
}

static int set_up(void **state)
{
    (void)state;
    return mkdtemp(dir) == NULL ? -1 : 0;
}

static int tear_down(void **state)
{
    (void)state;
    return file_remove_tree(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_hangs_on_a_change),
        cmocka_unit_test(damaged_cache_is_minted_anew),
        cmocka_unit_test(keys_are_private),
        cmocka_unit_test(sizes_are_exact),
        cmocka_unit_test(leaves_are_like_the_real_ones),
        cmocka_unit_test(serials_and_names_are_exact),
        cmocka_unit_test(bad_leaves_are_refused),
        cmocka_unit_test(bad_catalogs_are_refused),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
