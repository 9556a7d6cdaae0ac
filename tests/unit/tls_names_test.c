/* The registries: each name finds its code and the way back; no two rows share
 * one. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

#include "base/tls_names.h"

static void suites(void **state)
{
    static const struct {
        const char *iana, *openssl;
        uint16_t code;
    } rows[] = {
        {"TLS_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256", 0x1301},
        {"TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384", "ECDHE-ECDSA-AES256-SHA384",
         0xc024},
        {"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ECDHE-RSA-AES128-GCM-SHA256",
         0xc02f},
        {"TLS_RSA_WITH_AES_128_CBC_SHA256", "AES128-SHA256", 0x003c},
        {"TLS_RSA_WITH_AES_256_CBC_SHA256", "AES256-SHA256", 0x003d},
        {"TLS_DHE_RSA_WITH_AES_256_CBC_SHA", "DHE-RSA-AES256-SHA", 0x0039},
        {"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
         "ECDHE-ECDSA-CHACHA20-POLY1305", 0xcca9},
        {"TLS_RSA_WITH_3DES_EDE_CBC_SHA", "DES-CBC3-SHA", 0x000a},
        {"TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8", "ECDHE-ECDSA-AES128-CCM8",
         0xc0ae},
        {"TLS_DH_anon_WITH_AES_128_CBC_SHA", "ADH-AES128-SHA", 0x0034},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct tls_suite *s = tls_suite_by_name(rows[i].openssl);

        if (!s || s != tls_suite_by_name(rows[i].iana) ||
            s != tls_suite_by_code(rows[i].code) || s->code != rows[i].code ||
            strcmp(s->iana, rows[i].iana) != 0)
            fail_msg("%s", rows[i].iana);
    }
    assert_null(tls_suite_by_name("ecdhe-rsa-aes128-gcm-sha256"));
    assert_null(tls_suite_by_name(""));
    assert_null(tls_suite_by_code(0xfafa));
}

static void names(void **state)
{
    static const struct {
        const struct tls_name *(*by_name)(const char *);
        const struct tls_name *(*by_code)(uint16_t);
        const char *iana, *openssl;
        uint16_t code;
    } rows[] = {
        {tls_group_by_name, tls_group_by_code, "secp256r1", "P-256", 23},
        {tls_group_by_name, tls_group_by_code, "secp224r1", "P-224", 21},
        {tls_group_by_name, tls_group_by_code, "x25519", "X25519", 29},
        {tls_group_by_name, tls_group_by_code, "ffdhe8192", "ffdhe8192", 0x104},
        {tls_group_by_name, tls_group_by_code, "X25519MLKEM768",
         "X25519MLKEM768", 0x11ec},
        {tls_sigalg_by_name, tls_sigalg_by_code, "rsa_pkcs1_sha1", "RSA+SHA1",
         0x0201},
        {tls_sigalg_by_name, tls_sigalg_by_code, "ecdsa_secp384r1_sha384",
         "ECDSA+SHA384", 0x0503},
        {tls_sigalg_by_name, tls_sigalg_by_code, "rsa_pss_pss_sha512",
         "rsa_pss_pss_sha512", 0x080b},
        {tls_sigalg_by_name, tls_sigalg_by_code, "ed448", "ed448", 0x0808},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct tls_name *n = rows[i].by_name(rows[i].openssl);

        if (!n || n != rows[i].by_name(rows[i].iana) ||
            n != rows[i].by_code(rows[i].code) || n->code != rows[i].code)
            fail_msg("%s", rows[i].iana);
    }
    assert_null(tls_group_by_name("secp256r2"));
    assert_null(tls_sigalg_by_code(0));
}

/* A row whose code or name an earlier row has could never be found. */
static void every_row_is_found(void **state)
{
    size_t suites_seen = 0, groups_seen = 0, algorithms_seen = 0;

    (void)state;
    for (unsigned code = 0; code <= 0xffff; code++) {
        const struct tls_suite *s = tls_suite_by_code((uint16_t)code);
        const struct tls_name *g = tls_group_by_code((uint16_t)code);
        const struct tls_name *a = tls_sigalg_by_code((uint16_t)code);

        if ((s && (tls_suite_by_name(s->iana) != s ||
                   tls_suite_by_name(s->openssl) != s)) ||
            (g && (tls_group_by_name(g->iana) != g ||
                   tls_group_by_name(g->openssl) != g)) ||
            (a && (tls_sigalg_by_name(a->iana) != a ||
                   tls_sigalg_by_name(a->openssl) != a)))
            fail_msg("0x%04x", code);
        suites_seen += s != NULL;
        groups_seen += g != NULL;
        algorithms_seen += a != NULL;
    }
    assert_int_equal(suites_seen, 48);
    assert_int_equal(groups_seen, 18);
    assert_int_equal(algorithms_seen, 24);
}

static void versions(void **state)
{
    static const char *const known[] = {"1.0", "1.1", "1.2", "1.3"};

    (void)state;
    for (uint16_t i = 0; i < 4; i++) {
        assert_int_equal(tls_version_parse(known[i]), 0x0301 + i);
        assert_string_equal(tls_version_name((uint16_t)(0x0301 + i)), known[i]);
    }
    assert_int_equal(tls_version_parse("1.4"), 0);
    assert_int_equal(tls_version_parse("1"), 0);
    assert_null(tls_version_name(0x0300));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(suites),
        cmocka_unit_test(names),
        cmocka_unit_test(every_row_is_found),
        cmocka_unit_test(versions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
