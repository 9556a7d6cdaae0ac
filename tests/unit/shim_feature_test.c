/* Features: each part of a job names the one it needs, and versions are
 * narrowed to what a build has. */
#include "clients/shim_feature.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void names_match_bits(void **state)
{
    (void)state;
    for (unsigned i = 0; i < SHIM_FEATURE_COUNT; i++)
        assert_int_equal(shim_feature_parse(shim_feature_name(i)), 1u << i);
    assert_int_equal(shim_feature_parse("tls-1.3"), FEATURE_TLS13);
    assert_int_equal(shim_feature_parse("peer-chain"), FEATURE_PEER_CHAIN);
    assert_int_equal(shim_feature_parse("security-level"),
                     FEATURE_SECURITY_LEVEL);
    assert_int_equal(shim_feature_parse("magic"), 0);
    assert_null(shim_feature_name(SHIM_FEATURE_COUNT));
}

static void needs(void **state)
{
    static const char *const alpn[] = {"x", NULL};
    static const struct shim_pin sha1[] = {{.digest = SHIM_SHA1}}, sha256[1];
    static const struct {
        const char *name;
        struct shim_want want;
        unsigned needed;
    } rows[] = {
        {"nothing", {0}, 0},
        {"sni", {.sni = 1}, FEATURE_SNI},
        {"alpn", {.alpn = alpn}, FEATURE_ALPN},
        {"clock",
         {.verify_chain = 1, .verify_time = 1, .verify_name = 1},
         FEATURE_CLOCK},
        {"time off", {.verify_chain = 1, .verify_name = 1}, FEATURE_TIME_OFF},
        {"name off",
         {.verify_chain = 1, .verify_time = 1},
         FEATURE_CLOCK | FEATURE_NAME_OFF},
        {"pins", {.pins = sha256, .pins_count = 1}, FEATURE_PEER_CHAIN},
        {"distrust", {.distrust_count = 1}, FEATURE_PEER_CHAIN},
        {"heap", {.heap = 1}, FEATURE_HEAP},
        {"identity", {.identity_certificate = "c"}, FEATURE_IDENTITY},
        {"a level is for who has levels", {.security_level = 2}, 0},
        {"resume", {.resume = 1}, FEATURE_RESUME},
        {"a status", {.ocsp = OCSP_ASK}, FEATURE_OCSP},
        {"no status", {.ocsp = OCSP_NONE}, 0},
        {"rsa request",
         {.request = SHIM_KEY_RSA_2048, .sni = 1},
         FEATURE_REQUEST_RSA},
        {"p-256 request",
         {.request = SHIM_KEY_P256, .verify_chain = 1, .verify_time = 1},
         FEATURE_REQUEST_P256},
        {"trust settings", {.settings_count = 1}, FEATURE_TRUST_SETTINGS},
        {"SHA-1 pin",
         {.pins = sha1, .pins_count = 1},
         FEATURE_PEER_CHAIN | FEATURE_SHA1_PIN},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (shim_feature_needed(&rows[i].want) != rows[i].needed)
            fail_msg("%s: needs %#x", rows[i].name,
                     shim_feature_needed(&rows[i].want));
}

static void lacking(void **state)
{
    (void)state;
    assert_null(shim_feature_lacking(FEATURE_SNI, FEATURE_SNI | FEATURE_HEAP));
    assert_string_equal(
        shim_feature_lacking(FEATURE_SNI | FEATURE_HEAP, FEATURE_SNI), "heap");
}

static void versions(void **state)
{
    enum { OLD = FEATURE_TLS11 | FEATURE_TLS12 };
    static const struct {
        const char *name;
        unsigned has;
        uint16_t min, max;
        const char *lacking;
        uint16_t low, high;
    } rows[] = {
        {"no bounds", OLD, 0, 0, NULL, 0, 0},
        {"inside", OLD, 0x0303, 0x0303, NULL, 0x0303, 0x0303},
        {"narrowed", OLD, 0x0301, 0x0304, NULL, 0x0302, 0x0303},
        {"only newer", OLD, 0x0304, 0, "tls-1.3", 0x0304, 0},
        {"only older", OLD, 0, 0x0301, "tls-1.0", 0, 0x0301},
        {"only older, from below", FEATURE_TLS13, 0x0301, 0x0302, "tls-1.1",
         0x0301, 0x0302},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct shim_want w = {.min_version = rows[i].min,
                              .max_version = rows[i].max};
        const char *l = shim_feature_versions(&w, rows[i].has);
        if (strcmp(l ? l : "-", rows[i].lacking ? rows[i].lacking : "-") != 0 ||
            w.min_version != rows[i].low || w.max_version != rows[i].high)
            fail_msg("%s: lacks %s, %#x to %#x", rows[i].name, l ? l : "-",
                     w.min_version, w.max_version);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_match_bits),
        cmocka_unit_test(needs),
        cmocka_unit_test(lacking),
        cmocka_unit_test(versions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
