/* Records come back as they were written, and what is no record is refused. */
#include "model/record_codec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static const char answer[] =
    "{\"outcome\":\"refused\",\"refused_by\":\"client\",\"why\":{\"stage\":"
    "\"certificate\",\"reason\":\"unknown-ca\",\"alert_sent\":48,"
    "\"alert_received\":null,\"native\":{\"code\":-9984,\"flags\":8,\"text\":"
    "\"said\"},\"feature\":null},\"got\":{\"version\":\"1.2\",\"suite\":"
    "\"TLS_A\",\"group\":\"x25519\",\"signature_algorithm\":\"rsa\",\"alpn\":"
    "\"mqtt\",\"certificates\":3,\"anchors_loaded\":2,\"anchors_refused\":1,"
    "\"security_level\":2,\"resumed\":true},\"measured\":{\"peak_heap\":51300,"
    "\"allocations_refused\":1,\"harness_short\":true,\"wall_us\":5,\"cpu_us\":"
    "4,\"bytes_in\":3,\"bytes_out\":2},\"local_port\":51234,\"emulated\":["
    "\"distrust\"],\"output\":\"out\"}";

static const char event[] =
    "{\"engine\":\"other\",\"hello\":{\"versions\":[\"1.2\"],\"suites\":[\"TLS_"
    "A\"],\"groups\":[],"
    "\"signature_algorithms\":[\"rsa\"],\"alpn\":[],\"sni\":\"name\","
    "\"max_fragment_length\":null,\"extensions\":[0,11],\"bytes\":317,\"ja4\":"
    "\"t12d\"},\"chose\":{\"version\":\"1.2\",\"suite\":\"TLS_A\",\"chain\":"
    "\"rsa\",\"resumed\":true},\"certificates\":4,\"certificate_bytes\":4898,"
    "\"staple_bytes\":471,"
    "\"alerts_sent\":[{"
    "\"level\":\"fatal\",\"code\":70,\"name\":\"protocol_version\"}],"
    "\"alerts_received\":[{\"level\":\"warning\",\"code\":0}],\"handshake\":"
    "\"done\",\"client_certificate\":{\"subject\":\"CN=a\",\"issuer\":\"CN=b\","
    "\"sha256\":\"00\",\"verify\":{\"code\":20,\"text\":\"no\"}},"
    "\"application\":{\"read\":1,\"written\":1},\"close\":{\"by\":\"peer\","
    "\"how\":\"fin\"},\"error\":{\"code\":7,\"text\":\"t\"},\"limit\":"
    "\"idle_ms\",\"unserved\":\"no\",\"harness_short\":true,\"ms\":4.5}";

static json_t *parse(const char *text)
{
    json_t *json = json_loads(text, 0, NULL);

    assert_non_null(json);
    return json;
}

static struct record *record_make(struct hellos *h)
{
    struct record *r = record_new("scenario/state/device-openssl", "openssl");
    json_t *shim = parse(answer), *endpoint = parse(event);

    assert_non_null(r);
    r->shim = shim_side_decode(shim);
    r->endpoint = endpoint_side_decode(endpoint, h);
    assert_non_null(r->shim);
    assert_non_null(r->endpoint);
    r->outcome = OUTCOME_REFUSED;
    r->reason = REASON_UNKNOWN_CA;
    r->refused_by = PARTY_CLIENT;
    json_decref(shim);
    json_decref(endpoint);
    return r;
}

static void reads_both_sides(void **state)
{
    struct hellos h;
    struct record *r;

    (void)state;
    hellos_init(&h);
    r = record_make(&h);
    assert_string_equal(r->scenario, "scenario");
    assert_string_equal(r->state, "state");
    assert_string_equal(r->device, "device-openssl");
    assert_int_equal(r->shim->stage, STAGE_CERTIFICATE);
    assert_int_equal(r->shim->native_code, -9984);
    assert_int_equal(r->shim->anchors_refused, 1);
    assert_int_equal(r->shim->security_level, 2);
    assert_int_equal(r->shim->resumed, 1);
    assert_int_equal(r->endpoint->resumed, 1);
    assert_int_equal(r->shim->harness_short, 1);
    assert_int_equal(r->endpoint->closed_by, PARTY_CLIENT);
    assert_int_equal(r->endpoint->closed_how, CLOSED_FIN);
    assert_int_equal(r->endpoint->handshake, HANDSHAKE_DONE);
    assert_int_equal(r->endpoint->certificate_bytes, 4898);
    assert_int_equal(r->endpoint->client_certificate.verify_code, 20);
    assert_string_equal(r->endpoint->limit, "idle_ms");
    assert_string_equal(r->endpoint->unserved, "no");
    assert_string_equal(r->endpoint->engine, "other");
    assert_int_equal(record_alert_received(r), 70);
    /* A close_notify tells nothing. */
    assert_int_equal(record_alert_sent(r), ALERT_NONE);
    record_free(r);
    hellos_clear(&h);
}

static void comes_back(void **state)
{
    struct hellos h, again;
    struct record *r, *back;
    json_t *line, *hello, *second;

    (void)state;
    hellos_init(&h);
    hellos_init(&again);
    r = record_make(&h);
    line = record_encode(r);
    hello = hello_encode(r->endpoint->hello);
    assert_non_null(line);
    assert_non_null(hello);
    assert_int_equal(hello_decode(hello, &again), 0);
    back = record_decode(line, &again);
    assert_non_null(back);
    second = record_encode(back);
    assert_true(json_equal(line, second));
    assert_string_equal(back->shim->native_text, "said");
    assert_string_equal(back->shim->emulated[0], "distrust");
    assert_int_equal(back->endpoint->hello->extensions[1], 11);
    assert_string_equal(back->endpoint->engine, "other");
    assert_int_equal(back->endpoint->certificate_bytes, 4898);
    assert_int_equal(back->endpoint->staple_bytes, 471);
    json_decref(line);
    json_decref(second);
    json_decref(hello);
    record_free(r);
    record_free(back);
    hellos_clear(&h);
    hellos_clear(&again);
}

static void keeps_a_hello_once(void **state)
{
    struct hellos h;
    struct record *a, *b;

    (void)state;
    hellos_init(&h);
    a = record_make(&h);
    b = record_make(&h);
    assert_ptr_equal(a->endpoint->hello, b->endpoint->hello);
    assert_int_equal(h.count, 1);
    record_free(a);
    record_free(b);
    hellos_clear(&h);
}

/* An endpoint's texts and a client's output are whatever they are. */
static void keeps_every_byte(void **state)
{
    static const char *const texts[] = {
        "plain",
        "caf\xc3\xa9",
        "\xff\xfe",
        "a\x80z",
        "\xed\xa0\x80",     /* a surrogate */
        "\xee\xbe\x80",     /* U+EF80, which stands for a byte in JSON */
        "\xc0\xaf\x1b[31m", /* overlong, and an escape sequence */
        "\xf0\x9f\x98\x80",
        "\xf4\x90\x80\x80",
    };
    struct hellos h;

    (void)state;
    hellos_init(&h);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct record *r = record_make(&h), *back;
        json_t *line;

        free(r->shim->output);
        r->shim->output = strdup(texts[i]);
        line = record_encode(r);
        assert_non_null(line);
        back = record_decode(line, &h);
        assert_non_null(back);
        assert_string_equal(back->shim->output, texts[i]);
        json_decref(line);
        record_free(r);
        record_free(back);
    }
    hellos_clear(&h);
}

static void refuses_what_is_none(void **state)
{
    static const struct {
        const char *name, *from, *to;
    } rows[] = {
        {"an outcome that is none", "\"outcome\":\"refused\"",
         "\"outcome\":\"perhaps\"         "},
        {"a reason that is none", "\"unknown-ca\"", "\"whim\"      "},
        {"a stage that is none", "\"certificate\"", "\"somewhere\"  "},
        {"text for a number", "\"local_port\":51234", "\"local_port\":\"512\""},
        {"a number for text", "\"version\":\"1.2\"", "\"version\":12345"},
        {"an object for a list", "[\"distrust\"]", "{\"dis\":\"st\"}"},
        {"a list for an object", "\"why\":{", "\"wha\":{"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[sizeof answer], *at;
        json_t *json;
        struct shim_side *s;

        memcpy(text, answer, sizeof answer);
        at = strstr(text, rows[i].from);
        if (!at)
            fail_msg("%s: not in the text", rows[i].name);
        memcpy(at, rows[i].to,
               strlen(rows[i].from) < strlen(rows[i].to) ? strlen(rows[i].from)
                                                         : strlen(rows[i].to));
        json = json_loads(text, 0, NULL);
        s = json ? shim_side_decode(json) : NULL;
        if (s && strcmp(rows[i].name, "a list for an object") != 0)
            fail_msg("%s: was taken", rows[i].name);
        shim_side_release(s);
        json_decref(json);
    }
}

static void refuses_other_lines(void **state)
{
    static const char *const rows[] = {
        "{}", "[]", "{\"cell\":\"a/b/c\"}",
        "{\"cell\":\"a/b/c\",\"scenario\":\"a\",\"state\":\"b\",\"device\":"
        "\"c\",\"stack\":\"d\",\"outcome\":\"error\",\"reason\":\"none\","
        "\"endpoint\":{\"hello\":\"0123456789abcdef\"}}"};
    struct hellos h;

    (void)state;
    hellos_init(&h);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        json_t *json = parse(rows[i]);

        assert_null(record_decode(json, &h));
        json_decref(json);
    }
    assert_null(record_new("no/cell", "openssl"));
    hellos_clear(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_both_sides),
        cmocka_unit_test(comes_back),
        cmocka_unit_test(keeps_a_hello_once),
        cmocka_unit_test(keeps_every_byte),
        cmocka_unit_test(refuses_what_is_none),
        cmocka_unit_test(refuses_other_lines),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
