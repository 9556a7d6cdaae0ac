/* RSA keys of our own search, checked by libcrypto. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>

#include "pki/prime.h"

static void keys_are_sound(void **state)
{
    static const struct {
        const char *type;
        int bits;
        unsigned long exponent;
    } rows[] = {{"RSA", 512, 65537},     {"RSA", 1024, 3},
                {"RSA", 1023, 65537},    {"RSA", 2048, 65537},
                {"RSA", 2048, 43147},    {"RSA", 2049, 17},
                {"RSA-PSS", 2048, 65537}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        EVP_PKEY *key = prime_rsa(rows[i].type, rows[i].bits, rows[i].exponent);
        EVP_PKEY_CTX *ctx;
        BIGNUM *e = NULL;

        print_message("row %s %d %lu\n", rows[i].type, rows[i].bits,
                      rows[i].exponent);
        assert_non_null(key);
        ctx = EVP_PKEY_CTX_new(key, NULL);
        assert_int_equal(EVP_PKEY_get_bits(key), rows[i].bits);
        assert_int_equal(EVP_PKEY_check(ctx), 1);
        assert_int_equal(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &e),
                         1);
        assert_int_equal(BN_get_word(e), rows[i].exponent);
        BN_free(e);
        EVP_PKEY_CTX_free(ctx);
        EVP_PKEY_free(key);
    }
}

static void two_keys_differ(void **state)
{
    EVP_PKEY *a = prime_rsa("RSA", 512, 65537);
    EVP_PKEY *b = prime_rsa("RSA", 512, 65537);

    (void)state;
    assert_non_null(a);
    assert_non_null(b);
    assert_int_equal(EVP_PKEY_eq(a, a), 1);
    assert_int_equal(EVP_PKEY_eq(a, b), 0);
    EVP_PKEY_free(a);
    EVP_PKEY_free(b);
}

static void what_is_no_key_is_refused(void **state)
{
    (void)state;
    assert_null(prime_rsa("RSA", 256, 65537));
    assert_null(prime_rsa("RSA", 2048, 1));
    assert_null(prime_rsa("RSA", 2048, 4));
    assert_null(prime_rsa("RSA", 1 << 20, 65537));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_sound),
        cmocka_unit_test(two_keys_differ),
        cmocka_unit_test(what_is_no_key_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
