/* A plan comes back as it was written, and what is no plan is refused. */
#include "model/plan_codec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static const char text[] =
    "{\"program\":\"chainbreak\",\"certificates\":[{\"name\":\"leaf\","
    "\"subject\":\"CN=a\",\"issuer\":\"CN=b\",\"common_name\":\"a\",\"serial\":"
    "\"01\",\"sha256\":\"00\",\"spki_sha256\":\"11\",\"key\":\"rsa-2048\","
    "\"signature_algorithm\":\"sha256WithRSAEncryption\",\"not_before\":"
    "\"2024-01-01T00:00:00Z\",\"not_after\":\"2025-01-01T00:00:00Z\",\"bytes\":"
    "900,\"version\":3,\"subject_key_id\":\"aa\",\"authority_key_id\":\"bb\","
    "\"names\":[\"DNS:a.example\"],\"ca\":false,\"key_usage\":[],\"extensions\""
    ":[\"keyUsage (critical)\"]},{\"name\":\"root\",\"subject\":\"CN=b\","
    "\"issuer\":\"CN=b\",\"common_name\":\"b\",\"serial\":\"02\",\"sha256\":"
    "\"22\",\"spki_sha256\":\"33\",\"key\":\"rsa-2048\",\"signature_algorithm\""
    ":\"sha256WithRSAEncryption\",\"not_before\":\"2000-01-01T00:00:00Z\","
    "\"not_after\":\"2030-01-01T00:00:00Z\",\"bytes\":800,\"version\":1,\"ca\":"
    "true,\"path_length\":0,\"same_issuer\":true,\"self_signed\":true}],"
    "\"scenarios\":[{\"id\":\"s\",\"title\":\"T\",\"story\":null,\"source\":"
    "null,\"file\":\"s.yaml\",\"built_in\":true,\"kind\":\"attack\","
    "\"concerns\":[\"tls\"],\"states\":[{\"name\":\"before\",\"now\":\"2024-07-"
    "01T00:00:00Z\",\"policy\":\"p\",\"endpoint\":\"a.example\",\"tls\":{"
    "\"min\":\"1.2\",\"max\":null,\"suites\":[\"TLS_A\"],\"groups\":[],"
    "\"signature_algorithms\":[],\"alpn\":[],\"alpn_required\":false,"
    "\"ignore_max_fragment_length\":true,\"max_record\":0,\"close\":{"
    "\"how\":\"rst\",\"offers\":\"1.3\",\"without_name\":true,\"hello_over\":"
    "512},\"tickets\":2,\"ticket_padding\":3000,\"staple\":"
    "\"wrong-responder\"},\"client_auth\":"
    "\"none\",\"chains\":{\"rsa\":[0],\"ecdsa\":[]},\"without_name\":"
    "\"before\",\"left_out\":[\"x:1: "
    "why\"]}],\"expect\":[{\"devices\":[\"d-*\"],\"stacks\":[],\"verdict\":"
    "\"refuses\",\"reason\":\"unknown-ca\",\"because\":\"b\",\"reference\":null"
    "}]}],\"devices\":[{\"id\":\"d-openssl\",\"device\":\"d\",\"title\":\"D\","
    "\"file\":\"d.yaml\",\"built_in\":false,\"units\":7,\"stack\":\"openssl\","
    "\"client\":null,\"store\":[\"root\"],\"trust_store\":[1],\"pins\":[{"
    "\"what\":\"leaf\",\"match\":\"spki-sha256\",\"of\":\"leaf\",\"hash\":null}"
    "],\"tls\":{\"min\":null,\"max\":\"1.2\",\"suites\":[],\"groups\":[],"
    "\"signature_algorithms\":[],\"sni\":true,\"resume\":true,\"alpn\":[],"
    "\"max_fragment_length\":0,\"ocsp\":\"require\"},\"verify\":{\"chain\":true,\"name\":true,"
    "\"time\":false,\"partial_chain\":true},\"clock\":\"+90s\",\"limits\":{"
    "\"heap\":1,\"max_depth\":2,\"max_certificate\":3},\"security_level\":2,"
    "\"distrust\":{\"anchors\":[\"root\"],\"after\":\"2020-01-01T00:00:00Z\"},"
    "\"identity\":\"ec-p256\",\"ignored\":[\"i\"],\"options\":[\"--now\","
    "\"x\"]}],\"stacks\":[{\"stack\":\"openssl\",\"version\":\"3\",\"built\":"
    "true,\"reason\":null,\"family\":\"openssl\",\"features\":[\"sni\"],"
    "\"emulates\":[\"e\"],\"curves\":[\"c\"],\"max_certificate\":1,"
    "\"in_content\":2,\"certificates\":3,\"depth\":4,\"reassembly\":false,"
    "\"notes\":[\"n\"]"
    "}],\"pairs\":[\"s/d-openssl\"],\"options\":[\"--chain-before\",\"f\"],"
    "\"reading\":[\"--skip-damaged\"],"
    "\"notes\":[\"note\"]}";

static void comes_back(void **state)
{
    json_t *json = json_loads(text, 0, NULL), *back;
    struct plan p;

    (void)state;
    assert_non_null(json);
    assert_int_equal(plan_decode(json, "plan.json", &p), 0);
    back = plan_encode(&p);
    assert_non_null(back);
    assert_true(json_equal(json, back));
    json_decref(back);
    json_decref(json);
    plan_clear(&p);
}

static void is_found_by_name(void **state)
{
    json_t *json = json_loads(text, 0, NULL);
    const struct plan_scenario *s;
    struct plan p;

    (void)state;
    assert_int_equal(plan_decode(json, "plan.json", &p), 0);
    s = plan_scenario(&p, "s");
    assert_non_null(s);
    assert_non_null(plan_state(s, "before"));
    assert_null(plan_state(s, "after"));
    assert_non_null(plan_device(&p, "d-openssl"));
    assert_null(plan_device(&p, "d"));
    assert_int_equal(plan_stack(&p, "openssl")->reassembly, 0);
    assert_ptr_equal(s->states[0].chains[CHAIN_RSA].items[0],
                     &p.certificates[0]);
    assert_int_equal(p.certificates[0].ca, 0);
    assert_int_equal(p.certificates[0].path_length, CERTIFICATE_ABSENT);
    assert_int_equal(p.certificates[1].has_key_usage, 0);
    assert_int_equal(p.pairs_count, 1);
    json_decref(json);
    plan_clear(&p);
}

static void refuses_what_is_none(void **state)
{
    static const struct {
        const char *name, *from, *to;
    } rows[] = {
        {"a certificate that is not there", "\"rsa\":[0]", "\"rsa\":[9]"},
        {"a pair that is not there", "s/d-openssl", "s/d-nothing"},
        {"a verdict that is none", "\"refuses\"", "\"perhaps\""},
        {"a time that is none", "2024-07-01T00", "2024-99-01T00"},
        {"a clock that is none", "\"+90s\"", "\"+90x\""},
        {"no scenarios", "\"scenarios\"", "\"scenarioz\""},
        {"no states", "\"states\":", "\"statez\":"},
        {"a number for text", "\"title\":\"D\"", "\"title\":123"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *copy = strdup(text), *at = strstr(copy, rows[i].from);
        struct plan p;
        json_t *json;

        if (!at)
            fail_msg("%s: not in the text", rows[i].name);
        memcpy(at, rows[i].to, strlen(rows[i].to));
        json = json_loads(copy, 0, NULL);
        if (!json)
            fail_msg("%s: is no JSON", rows[i].name);
        if (plan_decode(json, "plan.json", &p) == 0)
            fail_msg("%s: was taken", rows[i].name);
        json_decref(json);
        free(copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_back),
        cmocka_unit_test(is_found_by_name),
        cmocka_unit_test(refuses_what_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
