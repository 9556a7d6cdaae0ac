/* Facts, kin and variations of catalog entries, leaves and twins, whatever
 * their keys. What came out is read back with libcrypto. */
#include "tests/unit/pki_real.h"

#include "model/certificate.h"

#define NOW  1719792000 /* 2024-07-01 */
#define HOST "a1b2c3-ats.iot.eu-west-1.amazonaws.com"

static int has(char *const *list, size_t count, const char *text)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i], text) == 0)
            return 1;
    return 0;
}

/* One certificate of each sort, with its issuer. */
struct subject {
    const char *row, *algorithm, *key;
    struct pki_cert *cert, *issuer; /* issuer NULL: nobody gave it */
    int is_root;
};

enum { SUBJECTS = 16 };

struct zoo {
    struct pki *pki;
    struct subject list[SUBJECTS];
    size_t count;
};

static void add(struct zoo *z, const char *row, const char *algorithm,
                const char *key, struct pki_cert *cert, struct pki_cert *issuer)
{
    assert_non_null(cert);
    z->list[z->count++] =
        (struct subject){row, algorithm, key, cert, issuer, cert == issuer};
}

static void add_own(struct zoo *z)
{
    static const struct {
        const char *name, *algorithm, *key;
    } issuers[] = {
        {"amazon-rsa-2048-m03", "sha256WithRSAEncryption", "rsa-2048"},
        {"amazon-ecdsa-384-m02", "ecdsa-with-SHA384", "ec-p256"},
        {"amazon-rsa-2048-m03", "sha256WithRSAEncryption", "ed25519"},
    };
    struct leaf_spec spec = {0};

    add(z, "a catalog root", "ecdsa-with-SHA256", "ec-p256",
        pki_want(z->pki, "amazon-root-ca-3"),
        pki_want(z->pki, "amazon-root-ca-3"));
    add(z, "a catalog intermediate", "sha256WithRSAEncryption", "rsa-2048",
        pki_want(z->pki, "amazon-rsa-2048-m03"),
        pki_want(z->pki, "amazon-root-ca-1"));
    for (size_t i = 0; i < sizeof issuers / sizeof *issuers; i++) {
        struct pki_cert *by = pki_want(z->pki, issuers[i].name);

        add(z, issuers[i].key, issuers[i].algorithm, issuers[i].key,
            pki_want_leaf(z->pki, &spec, by, issuers[i].key, HOST, NOW), by);
    }
}

/* A root, a leaf below it and a leaf whose root nobody gives. */
static void add_twins(struct zoo *z, const char *row, const char *algorithm,
                      const char *key, EVP_PKEY *by, const char *md, int salt)
{
    EVP_PKEY *leaf = ec_key("P-256", "uncompressed");
    X509 *real[] = {cert_make(row, by, row, by, md, salt),
                    cert_make("leaf", leaf, row, by, md, salt),
                    cert_make("lost", leaf, "gone", by, md, salt)};
    char *name = format("zoo-%s.pem", row);
    char *path = pem_write(name, real, 3);
    struct pki_cert **t;
    size_t count;

    free(name);
    assert_int_equal(pki_want_file(z->pki, path, 0, &t, &count), 0);
    add(z, row, algorithm, key, t[0], t[0]);
    add(z, row, algorithm, "ec-p256", t[1], t[0]);
    add(z, row, algorithm, "ec-p256", t[2], NULL);
    for (int i = 0; i < 3; i++)
        X509_free(real[i]);
    EVP_PKEY_free(by);
    EVP_PKEY_free(leaf);
    free(path);
    free(t);
}

static struct zoo *zoo_new(void)
{
    struct zoo *z = calloc(1, sizeof *z);

    z->pki = world_new();
    add_own(z);
    add_twins(z, "RSA", "sha1WithRSAEncryption", "rsa-1024",
              rsa_key("RSA", 1024, 65537), "SHA1", -1);
    add_twins(z, "RSA-PSS", "rsassaPss with SHA-384", "rsa-pss-1024",
              rsa_key("RSA-PSS", 1024, 65537), "SHA384", 48);
    add_twins(z, "Ed25519", "ED25519", "ed25519",
              EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), NULL, -1);
    assert_int_equal(pki_mint(z->pki, 2), 0);
    return z;
}

static void zoo_free(struct zoo *z)
{
    pki_free(z->pki);
    free(z);
}

static void facts_of_every_sort(void **state)
{
    struct zoo *z = zoo_new();

    (void)state;
    for (size_t i = 0; i < z->count; i++) {
        const struct subject *s = &z->list[i];
        struct certificate c;
        size_t size;

        print_message("row %s %zu\n", s->row, i);
        assert_int_equal(pki_describe(s->cert, &c), 0);
        pki_der(s->cert, &size);
        assert_int_equal(c.bytes, size);
        assert_string_equal(c.signature_algorithm, s->algorithm);
        assert_string_equal(c.key, s->key);
        assert_string_equal(c.sha256, pki_certificate_sha256(s->cert));
        assert_string_equal(c.subject, pki_subject(s->cert));
        assert_int_equal(c.not_after, pki_not_after(s->cert));
        assert_int_equal(c.version, 3);
        assert_int_equal(c.same_issuer, s->is_root);
        assert_int_equal(c.self_signed, s->is_root);
        certificate_clear(&c);
    }
    zoo_free(z);
}

static void facts_of_extensions(void **state)
{
    struct zoo *z = zoo_new();
    struct certificate leaf, ca;

    (void)state;
    assert_int_equal(pki_describe(z->list[1].cert, &ca), 0);
    assert_int_equal(pki_describe(z->list[2].cert, &leaf), 0);
    assert_int_equal(ca.ca, 1);
    assert_int_equal(ca.path_length, 0);
    assert_true(has(ca.key_usage, ca.key_usage_count, "keyCertSign"));
    assert_true(
        has(ca.extensions, ca.extensions_count, "basicConstraints (critical)"));
    assert_string_equal(ca.common_name, "Amazon RSA 2048 M03");
    assert_string_equal(leaf.authority_key_id, ca.subject_key_id);
    assert_int_equal(leaf.has_san, 1);
    assert_true(has(leaf.names, leaf.names_count, "DNS:" HOST));
    assert_int_equal(leaf.has_key_usage, 1);
    assert_true(has(leaf.extended_key_usage, leaf.extended_key_usage_count,
                    "serverAuth"));
    assert_int_equal(leaf.path_length, CERTIFICATE_ABSENT);
    certificate_clear(&leaf);
    certificate_clear(&ca);
    zoo_free(z);
}

static void issuers_of_every_sort(void **state)
{
    struct zoo *z = zoo_new();

    (void)state;
    for (size_t i = 0; i < z->count; i++) {
        const struct subject *s = &z->list[i];
        struct pki_cert *issuer = pki_issuer_certificate(z->pki, s->cert);
        struct certificate c;

        print_message("row %s %zu\n", s->row, i);
        assert_non_null(issuer);
        assert_int_equal(pki_is_signed_by(s->cert, issuer), 1);
        assert_int_equal(pki_is_signed_by(issuer, s->cert), s->is_root);
        assert_int_equal(pki_describe(issuer, &c), 0);
        assert_string_equal(c.subject, pki_issuer(s->cert));
        assert_int_equal(c.self_signed, 1);
        if (s->issuer != NULL && pki_is_signed_by(s->issuer, s->issuer))
            assert_ptr_equal(issuer, s->issuer);
        if (s->issuer == NULL)
            assert_int_equal(c.ca, 1);
        assert_ptr_equal(issuer, pki_issuer_certificate(z->pki, s->cert));
        certificate_clear(&c);
    }
    zoo_free(z);
}

/* Each variation: what it is called, what it gives, and what of the facts must
 * then hold. */
static int later_dates(const struct certificate *c)
{
    return c->not_before == 1600000000 && c->not_after == 4000000000;
}

static int named(const struct certificate *c)
{
    return c->has_san && has(c->names, c->names_count, "IP:192.0.2.1");
}

static int is_ca(const struct certificate *c)
{
    return c->ca == 1 && c->path_length == CERTIFICATE_ABSENT &&
           (!c->has_key_usage ||
            has(c->key_usage, c->key_usage_count, "keyCertSign"));
}

static int is_server(const struct certificate *c)
{
    return (!c->has_key_usage ||
            has(c->key_usage, c->key_usage_count, "digitalSignature")) &&
           (c->extended_key_usage_count == 0 ||
            has(c->extended_key_usage, c->extended_key_usage_count,
                "serverAuth"));
}

static int with_rsa(const struct certificate *c)
{
    return strcmp(c->key, "rsa-1024") == 0;
}

static int plain_sha256(const struct certificate *c)
{
    return strstr(c->signature_algorithm, "256") != NULL ||
           strcmp(c->signature_algorithm, "ED25519") == 0;
}

static int any(const struct certificate *c)
{
    return c->version == 3;
}

static const int64_t since = 1600000000, until = 4000000000;

static const struct {
    const char *name;
    struct pki_variation v;
    int (*holds)(const struct certificate *c);
} variations[] = {
    {"nothing", {0}, any},
    {"dates", {.not_before = &since, .not_after = &until}, later_dates},
    {"name", {.add_name = "IP:192.0.2.1"}, named},
    {"ca", {.set_ca = 1}, is_ca},
    {"server", {.set_server_auth = 1}, is_server},
    {"key", {.key = "rsa-1024"}, with_rsa},
    {"signature", {.signature = "sha256"}, plain_sha256},
};

static void vary_one(struct pki *p, const struct subject *s, size_t row)
{
    struct pki_cert *issuer = pki_issuer_certificate(p, s->cert), *made;
    const char *why = NULL;
    struct certificate c;

    print_message("row %s: %s\n", s->row, variations[row].name);
    made = pki_vary(p, s->cert, &variations[row].v, &why);
    assert_non_null(made);
    assert_ptr_equal(made, pki_vary(p, s->cert, &variations[row].v, &why));
    assert_int_equal(pki_describe(made, &c), 0);
    assert_true(variations[row].holds(&c));
    assert_string_equal(c.subject, pki_subject(s->cert));
    assert_int_equal(pki_is_signed_by(made, issuer), 1);
    assert_int_equal(access(pki_key_path(made), R_OK), 0);
    certificate_clear(&c);
}

static void variations_of_every_sort(void **state)
{
    struct zoo *z = zoo_new();

    (void)state;
    for (size_t i = 0; i < z->count; i++)
        for (size_t k = 0; k < sizeof variations / sizeof *variations; k++)
            vary_one(z->pki, &z->list[i], k);
    zoo_free(z);
}

static void names_and_extensions(void **state)
{
    struct zoo *z = zoo_new();
    struct pki_cert *leaf = z->list[2].cert, *made;
    struct pki_variation fewer = {.shrink_names_to = 1};
    struct pki_variation drop = {.drop_extension = "keyUsage"};
    struct pki_variation none = {.drop_extension = "1.2.3.4"};
    struct pki_variation bad = {.add_name = "host.example"};
    struct certificate c;
    const char *why = NULL;

    (void)state;
    made = pki_vary(z->pki, leaf, &fewer, &why);
    assert_non_null(made);
    assert_int_equal(pki_describe(made, &c), 0);
    assert_int_equal(c.names_count, 1);
    certificate_clear(&c);
    made = pki_vary(z->pki, leaf, &drop, &why);
    assert_int_equal(pki_describe(made, &c), 0);
    assert_int_equal(c.has_key_usage, 0);
    certificate_clear(&c);
    assert_null(pki_vary(z->pki, leaf, &none, &why));
    assert_string_equal(why, "it has no such extension");
    assert_null(pki_vary(z->pki, leaf, &bad, &why));
    assert_string_equal(why, "the name is neither DNS: nor IP:");
    zoo_free(z);
}

/* Two other sets of keys: the same bytes but for keys and signature, and the
 * links within each set. */
static void other_sets_of_keys(void **state)
{
    struct zoo *z = zoo_new();

    (void)state;
    for (size_t i = 0; i < z->count; i++) {
        const struct subject *s = &z->list[i];
        struct pki_cert *issuer =
            s->issuer ? s->issuer : pki_issuer_certificate(z->pki, s->cert);
        struct certificate first, other;

        print_message("row %s %zu\n", s->row, i);
        assert_int_equal(pki_describe(s->cert, &first), 0);
        for (int set = 2; set <= 3; set++) {
            struct pki_cert *c = pki_alternative(z->pki, s->cert, set);
            struct pki_cert *by = pki_alternative(z->pki, issuer, set);

            assert_ptr_equal(c, pki_alternative(z->pki, s->cert, set));
            assert_int_equal(pki_is_signed_by(c, by), 1);
            assert_int_equal(pki_is_signed_by(c, issuer), 0);
            assert_int_equal(pki_is_signed_by(s->cert, by), 0);
            assert_int_equal(pki_describe(c, &other), 0);
            assert_string_equal(other.subject, first.subject);
            assert_string_equal(other.serial, first.serial);
            assert_string_equal(other.key, first.key);
            assert_string_not_equal(other.spki_sha256, first.spki_sha256);
            certificate_clear(&other);
        }
        assert_ptr_equal(pki_alternative(z->pki, s->cert, 1), s->cert);
        certificate_clear(&first);
    }
    zoo_free(z);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(facts_of_every_sort),
        cmocka_unit_test(facts_of_extensions),
        cmocka_unit_test(issuers_of_every_sort),
        cmocka_unit_test(variations_of_every_sort),
        cmocka_unit_test(names_and_extensions),
        cmocka_unit_test(other_sets_of_keys),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
