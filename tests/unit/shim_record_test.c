/* The answer's JSON: every field of docs/record.md is there, numbers of
 * registries have names, and library text that is not UTF-8 does no harm. */
#include "clients/shim_record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void check(const char *id, const struct shim_answer *a,
                  const char *expected)
{
    json_t *document = shim_record_answer(id, a);
    char *text = json_dumps(document, JSON_COMPACT);

    assert_non_null(text);
    assert_string_equal(text, expected);
    free(text);
    json_decref(document);
}

static void empty(void **state)
{
    struct shim_answer a = {.outcome = SHIM_ERROR,
                            .got.security_level = -1,
                            .why.alert_sent = -1,
                            .why.alert_received = -1};

    (void)state;
    check(
        NULL, &a,
        "{\"id\":null,\"outcome\":\"error\",\"refused_by\":null,"
        "\"why\":{\"stage\":\"setup\",\"reason\":\"none\",\"alert_sent\":null,"
        "\"alert_received\":null,\"native\":{\"code\":0,\"flags\":0,"
        "\"text\":null},\"feature\":null},"
        "\"got\":{\"version\":null,\"suite\":null,\"group\":null,"
        "\"signature_algorithm\":null,\"alpn\":null,\"certificates\":null,"
        "\"anchors_loaded\":0,\"anchors_refused\":0,"
        "\"security_level\":null,\"resumed\":null},"
        "\"measured\":{\"peak_heap\":0,\"allocations_refused\":0,"
        "\"wall_us\":0,\"cpu_us\":0,\"bytes_in\":0,\"bytes_out\":0,"
        "\"harness_short\":false},"
        "\"wire\":{\"received\":{\"bytes\":0,\"marks\":\"\"},"
        "\"sent\":{\"bytes\":0,\"marks\":\"\"}},"
        "\"local_port\":null,\"emulated\":[]}");
}

static void full(void **state)
{
    struct shim_answer a = {
        .outcome = SHIM_REFUSED,
        .why = {.stage = STAGE_CERTIFICATE,
                .reason = REASON_UNKNOWN_CA,
                .by_server = 1,
                .alert_sent = 48,
                .alert_received = 0,
                .native_code = -188,
                .native_flags = 8,
                .native_text = "t"},
        .got = {.version = 0x0303,
                .suite = 0xc02f,
                .group = 0x001d,
                .signature_algorithm = 0x1234,
                .alpn = "mqtt",
                .anchors_loaded = 2,
                .anchors_refused = 1,
                .security_level = 2,
                .resumed = 1},
        .certificates = 3,
        .is_second = 1,
        .peak_heap = 51300,
        .allocations_refused = 4,
        .wall_us = 5,
        .cpu_us = 6,
        .received = {.bytes = 7, .count = 2, .marks = {{5, 0x1a}, {7, ~0u}}},
        .sent.bytes = 8,
        .harness_short = 1,
        .local_port = 9,
        .emulated = SHIM_EMULATED_DISTRUST | SHIM_EMULATED_PATH};

    (void)state;
    check("a/b", &a,
          "{\"id\":\"a/b\",\"outcome\":\"refused\",\"refused_by\":\"server\","
          "\"why\":{\"stage\":\"certificate\",\"reason\":\"unknown-ca\","
          "\"alert_sent\":48,\"alert_received\":0,\"native\":{\"code\":-188,"
          "\"flags\":8,\"text\":\"t\"},\"feature\":null},"
          "\"got\":{\"version\":\"1.2\","
          "\"suite\":\"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256\","
          "\"group\":\"x25519\",\"signature_algorithm\":\"0x1234\","
          "\"alpn\":\"mqtt\",\"certificates\":3,\"anchors_loaded\":2,"
          "\"anchors_refused\":1,\"security_level\":2,"
          "\"resumed\":true},"
          "\"measured\":{\"peak_heap\":51300,\"allocations_refused\":4,"
          "\"wall_us\":5,\"cpu_us\":6,\"bytes_in\":7,\"bytes_out\":8,"
          "\"harness_short\":true},\"wire\":{\"received\":{\"bytes\":7,"
          "\"marks\":\"5:0000001a 7:ffffffff\"},"
          "\"sent\":{\"bytes\":8,\"marks\":\"\"}},"
          "\"local_port\":9,\"emulated\":[\"distrust\",\"path\"]}");
}

static void text_is_not_utf8(void **state)
{
    struct shim_answer a = {.outcome = SHIM_UNSUPPORTED,
                            .why.native_text = "\xff\xfe",
                            .feature = "heap"};
    json_t *document = shim_record_answer("x", &a);
    json_t *why = json_object_get(document, "why");

    (void)state;
    assert_non_null(document);
    assert_string_equal(json_string_value(json_object_get(why, "feature")),
                        "heap");
    assert_string_equal(json_string_value(json_object_get(
                            json_object_get(why, "native"), "text")),
                        "(not UTF-8)");
    json_decref(document);
}

/* Only a request job has the member. */
static void made(void **state)
{
    static const struct shim_request m = {"the key", "the request"};
    struct shim_answer a = {.outcome = SHIM_MADE, .made = &m};
    json_t *document = shim_record_answer("x", &a);
    json_t *value = json_object_get(document, "made");

    (void)state;
    assert_string_equal(json_string_value(json_object_get(document, "outcome")),
                        "made");
    assert_string_equal(json_string_value(json_object_get(value, "key")),
                        "the key");
    assert_string_equal(json_string_value(json_object_get(value, "request")),
                        "the request");
    json_decref(document);
    a.made = NULL;
    document = shim_record_answer("x", &a);
    assert_null(json_object_get(document, "made"));
    json_decref(document);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty),
        cmocka_unit_test(full),
        cmocka_unit_test(text_is_not_utf8),
        cmocka_unit_test(made),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
