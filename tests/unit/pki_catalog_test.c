/* The catalog against the real certificates it was parsed from: every byte but
 * the public key and the signature. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "pki/bundle.h"
#include "pki/catalog.h"
#include "pki/pki.h"

static char cache[] = "/tmp/pki-catalog-XXXXXX";
static struct pki *world;

static const struct {
    const char *name; /* in the catalog */
    const char *file; /* in tests/data/real, without .pem; NULL: the name */
} rows[] = {
    {"amazon-root-ca-1", NULL},
    {"amazon-root-ca-2", NULL},
    {"amazon-root-ca-3", NULL},
    {"amazon-root-ca-4", NULL},
    {"amazon-root-ca-1-by-starfield-g2", NULL},
    {"amazon-root-ca-3-by-starfield-g2", NULL},
    {"amazon-server-ca-1b", NULL},
    {"amazon-rsa-2048-m01", NULL},
    {"amazon-rsa-2048-m02", NULL},
    {"amazon-rsa-2048-m03", NULL},
    {"amazon-rsa-2048-m04", NULL},
    {"amazon-ecdsa-256-m01", NULL},
    {"amazon-ecdsa-256-m02", NULL},
    {"amazon-ecdsa-384-m02", NULL},
    {"starfield-g2", NULL},
    {"starfield-g2-by-starfield-class-2", NULL},
    {"starfield-class-2", NULL},
    {"verisign-g5", NULL},
    {"symantec-ica-2013", "symantec-class-3-secure-server-ca-g4"},
    {"symantec-ecc-ica-2015", "symantec-class-3-ecc-256-bit-ssl-ca-g2"},
    {"isrg-root-x1", NULL},
    {"dst-root-ca-x3", NULL},
    {"isrg-root-x1-by-dst-x3", NULL},
    {"lets-encrypt-r3", NULL},
};

enum { ROWS = sizeof rows / sizeof *rows };

static void real_read(size_t row, struct bundle *out)
{
    char *path = format("tests/data/real/%s.pem",
                        rows[row].file ? rows[row].file : rows[row].name);

    memset(out, 0, sizeof *out);
    assert_int_equal(bundle_read(path, 0, out), 0);
    assert_int_equal(out->count, 1);
    free(path);
}

/* The parts of a TBSCertificate before and behind the SPKI's key bits. */
static void split(const uint8_t *der, size_t size, struct der_slice *head,
                  struct der_slice *tail, struct der_slice *bits)
{
    struct der_certificate parts;
    struct der_slice rest = {der, size}, outer, tbs, spki;

    assert_int_equal(der_certificate_read(der, size, &parts), size);
    assert_int_equal(asn1_expect(&rest, 0x30, &outer, NULL), 0);
    assert_int_equal(asn1_expect(&outer, 0x30, &tbs, NULL), 0);
    rest = parts.spki;
    assert_int_equal(asn1_expect(&rest, 0x30, &spki, NULL), 0);
    assert_int_equal(asn1_expect(&spki, 0x30, NULL, NULL), 0);
    *bits = spki;
    *head = (struct der_slice){tbs.data, (size_t)(spki.data - tbs.data)};
    tail->data = parts.spki.data + parts.spki.size;
    tail->size = (size_t)(tbs.data + tbs.size - tail->data);
}

static void equals_real_but_for_key(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        struct pki_cert *c = pki_want(world, rows[i].name);
        struct der_slice real[3], minted[3];
        struct bundle b;
        const uint8_t *der;
        size_t size;

        print_message("row %s\n", rows[i].name);
        real_read(i, &b);
        der = pki_der(c, &size);
        split(b.certificates[0].data, b.certificates[0].size, &real[0],
              &real[1], &real[2]);
        split(der, size, &minted[0], &minted[1], &minted[2]);
        assert_int_equal(real[0].size, minted[0].size);
        assert_memory_equal(real[0].data, minted[0].data, real[0].size);
        assert_int_equal(real[1].size, minted[1].size);
        assert_memory_equal(real[1].data, minted[1].data, real[1].size);
        assert_int_equal(real[2].size, minted[2].size);
        assert_memory_not_equal(real[2].data, minted[2].data, real[2].size);
        /* ECDSA signatures vary by up to two bytes. */
        if (strncmp(pki_key_kind(c), "rsa", 3) == 0)
            assert_int_equal(size, b.certificates[0].size);
        else
            assert_in_range(size + 4, b.certificates[0].size,
                            b.certificates[0].size + 8);
        bundle_clear(&b);
    }
}

static void every_entry_says_what_it_is(void **state)
{
    struct catalog *c = catalog_load("pki/catalog");
    size_t parsed = 0;

    (void)state;
    assert_non_null(c);
    for (size_t i = 0; i < c->count; i++) {
        const struct catalog_text *t = c->entries[i].text;
        int ours = strcmp(t->source, "our own") == 0;

        print_message("row %s\n", t->name);
        /* Parsed and checked, or said to be inferred, or nobody else's. */
        assert_int_equal((t->real != NULL) + (t->inferred_count > 0) + ours, 1);
        parsed += t->real != NULL;
    }
    assert_int_equal(parsed, ROWS);
    catalog_free(c);
}

static void unknown_name_is_refused(void **state)
{
    (void)state;
    assert_null(pki_want(world, "amazon-root-ca-9"));
    assert_non_null(pki_want(world, "amazon-root-ca-4"));
}

static void real_file_is_the_catalogs(void **state)
{
    struct pki_cert **found;
    size_t count;

    (void)state;
    assert_int_equal(pki_want_file(world, "tests/data/real/verisign-g5.pem", 0,
                                   &found, &count),
                     0);
    assert_int_equal(count, 1);
    assert_ptr_equal(found[0], pki_want(world, "verisign-g5"));
    free(found);
}

static void same_key_in_cross_signed(void **state)
{
    static const char *const pairs[][2] = {
        {"amazon-root-ca-1", "amazon-root-ca-1-by-starfield-g2"},
        {"amazon-root-ca-2", "amazon-root-ca-2-by-starfield-g2"},
        {"amazon-root-ca-3", "amazon-root-ca-3-by-starfield-g2"},
        {"amazon-root-ca-4", "amazon-root-ca-4-by-starfield-g2"},
        {"starfield-g2", "starfield-g2-by-starfield-class-2"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        assert_string_equal(pki_spki_sha256(pki_want(world, pairs[i][0])),
                            pki_spki_sha256(pki_want(world, pairs[i][1])));
    assert_string_not_equal(
        pki_spki_sha256(pki_want(world, "symantec-ica-2013")),
        pki_spki_sha256(pki_want(world, "symantec-ica-2023")));
}

static void anchors_by_key(void **state)
{
    static const struct {
        const char *chain[4], *anchors[3], *found;
    } cases[] = {
        {{"amazon-rsa-2048-m03"}, {"amazon-root-ca-1"}, "amazon-root-ca-1"},
        {{"amazon-rsa-2048-m03"}, {"starfield-g2"}, NULL},
        {{"amazon-rsa-2048-m03", "amazon-root-ca-1-by-starfield-g2"},
         {"starfield-g2"},
         "starfield-g2"},
        {{"amazon-rsa-2048-m03", "amazon-root-ca-1-by-starfield-g2"},
         {"starfield-g2", "amazon-root-ca-1"},
         "amazon-root-ca-1"},
        {{"amazon-rsa-2048-m03", "starfield-g2-by-starfield-class-2",
          "amazon-root-ca-1-by-starfield-g2"},
         {"starfield-class-2"},
         "starfield-class-2"},
        /* the same subject as the issuer that signed, another key */
        {{"symantec-ica-2023"}, {"symantec-ica-2013"}, NULL},
        {{"symantec-ica-2023"}, {"symantec-ica-2023"}, "symantec-ica-2023"},
        /* an extra certificate off the leaf's path must not anchor it */
        {{"amazon-rsa-2048-m03", "symantec-ica-2013"}, {"verisign-g5"}, NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pki_cert *chain[4], *anchors[3];
        const struct pki_cert *found;
        size_t n = 0, m = 0;

        print_message("row %zu\n", i);
        while (n < 4 && cases[i].chain[n] != NULL) {
            chain[n] = pki_want(world, cases[i].chain[n]);
            n++;
        }
        while (m < 3 && cases[i].anchors[m] != NULL) {
            anchors[m] = pki_want(world, cases[i].anchors[m]);
            m++;
        }
        found = pki_anchor_of(chain, n, anchors, m);
        if (cases[i].found == NULL)
            assert_null(found);
        else
            assert_string_equal(pki_name(found), cases[i].found);
    }
}

static int set_up(void **state)
{
    static const char *const more[] = {
        "amazon-root-ca-2-by-starfield-g2", "amazon-root-ca-4-by-starfield-g2",
        "symantec-ica-2023", "untrusted-root", "chainbreak-device-ca"};

    (void)state;
    if (mkdtemp(cache) == NULL)
        return -1;
    world = pki_new("pki/catalog", "pki/templates", cache);
    for (size_t i = 0; world != NULL && i < ROWS; i++)
        if (pki_want(world, rows[i].name) == NULL)
            return -1;
    for (size_t i = 0; world != NULL && i < sizeof more / sizeof *more; i++)
        if (pki_want(world, more[i]) == NULL)
            return -1;
    return world == NULL ? -1 : pki_mint(world, 2);
}

static int tear_down(void **state)
{
    (void)state;
    pki_free(world);
    return file_remove_tree(cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_real_but_for_key),
        cmocka_unit_test(every_entry_says_what_it_is),
        cmocka_unit_test(unknown_name_is_refused),
        cmocka_unit_test(real_file_is_the_catalogs),
        cmocka_unit_test(same_key_in_cross_signed),
        cmocka_unit_test(anchors_by_key),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
