/* What people give as certificates: each form that is read, and one line why
 * for each that is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/pem.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>

#include "base/file.h"
#include "pki/bundle.h"

static char *pem; /* amazon-root-ca-3, 442 bytes of DER */
static uint8_t *der;
static size_t der_size;
static uint8_t *p7;
static size_t p7_size;
static char *p7_pem, *quoted, *showcerts, *two, *cut, *damaged, *key_behind;

/* Every certificate taken must be the one of the set-up. */
static void expect(const char *row, const void *data, size_t size,
                   size_t certificates, const char *why_part)
{
    struct bundle b;
    int status = bundle_parse("store.pem", data, size, 0, &b);

    print_message("row %s%s%s\n", row, status ? ": " : "", status ? b.why : "");
    if (why_part != NULL) {
        assert_int_equal(status, -1);
        assert_non_null(strstr(b.why, why_part));
        bundle_clear(&b);
        return;
    }
    assert_int_equal(status, 0);
    assert_int_equal(b.count, certificates);
    for (size_t i = 0; i < b.count; i++) {
        assert_int_equal(b.certificates[i].size, der_size);
        assert_memory_equal(b.certificates[i].data, der, der_size);
    }
    bundle_clear(&b);
}

static void forms(void **state)
{
    uint8_t *twice = malloc(2 * der_size);

    (void)state;
    memcpy(twice, der, der_size);
    memcpy(twice + der_size, der, der_size);
    expect("PEM", pem, strlen(pem), 1, NULL);
    expect("PEM, two", two, strlen(two), 2, NULL);
    expect("s_client -showcerts", showcerts, strlen(showcerts), 2, NULL);
    expect("C string", quoted, strlen(quoted), 1, NULL);
    expect("DER", der, der_size, 1, NULL);
    expect("DER, two", twice, 2 * der_size, 2, NULL);
    expect("PKCS#7 DER", p7, p7_size, 1, NULL);
    expect("PKCS#7 PEM", p7_pem, strlen(p7_pem), 1, NULL);
    free(twice);
}

static void refusals(void **state)
{
    static const char key[] = "-----BEGIN RSA PRIVATE KEY-----\nMIIB\n";
    static const char crl[] = "-----BEGIN X509 CRL-----\nMIIB\n-----END X509 "
                              "CRL-----\n";
    static const uint8_t pkcs8[] = {0x30, 0x05, 0x02, 0x01, 0x00, 0x30, 0x00};
    uint8_t *junk = malloc(der_size + 1);

    (void)state;
    memcpy(junk, der, der_size);
    junk[der_size] = 'x';
    expect("empty", "", 0, 0, "empty");
    expect("a text", "hello, world\n", 13, 0, "neither PEM");
    expect("cut PEM", cut, strlen(cut), 0, "cut off");
    expect("next one begins", showcerts, strlen(showcerts) - 100, 0, "cut off");
    expect("damaged base64", damaged, strlen(damaged), 0, "damaged");
    expect("cut DER", der, der_size - 1, 0, "cut off");
    expect("cut PKCS#7", p7, p7_size - 1, 0, "cut off");
    expect("DER and junk", junk, der_size + 1, 0,
           "certificate 1 is whole, 1 bytes follow");
    expect("private key", key, strlen(key), 0, "private key");
    expect("store with a key", key_behind, strlen(key_behind), 0,
           "private key");
    expect("DER private key", pkcs8, sizeof pkcs8, 0, "private key");
    expect("only a CRL", crl, strlen(crl), 0, "no certificate");
    free(junk);
}

static void pkcs7_make(void)
{
    const unsigned char *p = der;
    X509 *x = d2i_X509(NULL, &p, (long)der_size);
    PKCS7 *s = PKCS7_new();
    BIO *bio = BIO_new(BIO_s_mem());
    unsigned char *out = NULL;
    char *text;
    long n;

    PKCS7_set_type(s, NID_pkcs7_signed);
    PKCS7_content_new(s, NID_pkcs7_data);
    PKCS7_add_certificate(s, x);
    p7_size = (size_t)i2d_PKCS7(s, &out);
    p7 = malloc(p7_size);
    memcpy(p7, out, p7_size);
    PEM_write_bio_PKCS7(bio, s);
    n = BIO_get_mem_data(bio, &text);
    p7_pem = format("%.*s", (int)n, text);
    OPENSSL_free(out);
    BIO_free(bio);
    PKCS7_free(s);
    X509_free(x);
}

/* As a C source has it: "-----BEGIN ...\n" "MII...\n" */
static char *quote(const char *text)
{
    char *out = format("static const char ca[] =\n    \"");

    for (; *text != '\0'; text++) {
        char *longer = *text == '\n' && text[1] != '\0'
                           ? format("%s\\n\" \\\n    \"", out)
                       : *text == '\n' ? format("%s\\n\";\n", out)
                                       : format("%s%c", out, *text);
        free(out);
        out = longer;
    }
    return out;
}

static int set_up(void **state)
{
    uint8_t *data = NULL;
    size_t size;
    struct bundle b;

    (void)state;
    if (file_read("tests/data/real/amazon-root-ca-3.pem", 0, &data, &size) ||
        bundle_parse("", data, size, 0, &b) != 0)
        return -1;
    pem = (char *)data;
    der_size = b.certificates[0].size;
    der = malloc(der_size);
    memcpy(der, b.certificates[0].data, der_size);
    bundle_clear(&b);
    pkcs7_make();
    quoted = quote(pem);
    two = format("%s%s", pem, pem);
    showcerts = format("CONNECTED(00000003)\n---\n 0 s:CN = x\n%s 1 s:CN = y\n"
                       "%s---\nServer certificate\n",
                       pem, pem);
    cut = format("%.*s", (int)size - 40, pem);
    damaged = format("%s", pem);
    damaged[100] = '!';
    key_behind = format("%s-----BEGIN EC PRIVATE KEY-----\nMHc\n", pem);
    return 0;
}

static int tear_down(void **state)
{
    char *const all[] = {pem, (char *)der, (char *)p7, p7_pem,  quoted,
                         two, showcerts,   cut,        damaged, key_behind};

    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        free(all[i]);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms),
        cmocka_unit_test(refusals),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
