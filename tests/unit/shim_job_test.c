/* Job lines: every field, defaults, unknown names, bad values, and the key of
 * the context. */
#include "clients/shim_job.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HASH "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define SHA1 "00112233445566778899aabbccddeeff00112233"

static char line[8192];

/* A whole job whose want has `more` behind what must be there. */
static const char *job_line(const char *more)
{
    snprintf(
        line, sizeof line,
        "{\"id\":\"a/b/c\",\"host\":\"127.0.0.1\",\"port\":4433,"
        "\"want\":{\"anchors\":\"/a.der\",\"name\":\"n\",\"clock\":77%s%s}}",
        *more ? "," : "", more);
    return line;
}

static int parse(struct shim_job *job, const char *text)
{
    return shim_job_parse(job, text, strlen(text));
}

static void defaults(void **state)
{
    struct shim_job job;
    const struct shim_want *w = &job.want;

    (void)state;
    assert_int_equal(parse(&job, job_line("")), 0);
    assert_string_equal(w->id, "a/b/c");
    assert_string_equal(w->host, "127.0.0.1");
    assert_string_equal(w->name, "n");
    assert_string_equal(job.anchors, "/a.der");
    assert_int_equal(w->port, 4433);
    assert_int_equal(w->timeout_ms, 10000);
    assert_int_equal(w->clock, 77);
    assert_true(w->sni && w->verify_chain && w->verify_name && w->verify_time);
    assert_int_equal(w->partial_chain, 0);
    assert_int_equal(w->security_level, -1);
    assert_null(w->source);
    assert_int_equal(w->suites_count + w->groups_count + w->pins_count, 0);
    assert_null(w->alpn);
    assert_null(w->identity_certificate);
    assert_string_equal(job.lacks, "");
    shim_job_clear(&job);
}

static void every_field(void **state)
{
    struct shim_job job;
    const struct shim_want *w = &job.want;

    (void)state;
    assert_int_equal(
        parse(&job,
              job_line("\"sni\":false,\"resume\":true,\"ocsp\":"
                       "\"require\",\"verify\":{\"chain\":"
                       "true,\"name\":false,"
                       "\"time\":false,\"partial_chain\":true},"
                       "\"versions\":{\"min\":\"1.0\",\"max\":\"1.2\"},"
                       "\"suites\":[\"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256\"],"
                       "\"groups\":[\"x25519\",\"secp256r1\"],"
                       "\"signature_algorithms\":[\"rsa_pkcs1_sha256\"],"
                       "\"alpn\":[\"mqtt\"],\"max_fragment_length\":4096,"
                       "\"pins\":[{\"what\":\"intermediate\",\"match\":"
                       "\"spki-sha256\",\"hash\":\"" HASH "\"},"
                       "{\"hash\":\"" SHA1 "\",\"match\":"
                       "\"certificate-sha1\"}],"
                       "\"distrust\":{\"anchors\":[\"" HASH "\"],\"after\":5},"
                       "\"trust_settings\":[{\"certificate\":\"" HASH
                       "\",\"servers\":\"rejected\"}],"
                       "\"limits\":{\"heap\":49152,\"max_depth\":3,"
                       "\"max_certificate\":4096},"
                       "\"identity\":{\"certificate\":\"/c\",\"key\":\"/k\"},"
                       "\"security_level\":0,\"require\":[\"heap\"],"
                       "\"application\":\"byte\"")),
        0);
    assert_string_equal(job.lacks, "");
    assert_int_equal(w->sni + w->verify_name + w->verify_time, 0);
    assert_true(w->partial_chain);
    assert_true(w->resume);
    assert_int_equal(w->ocsp, OCSP_REQUIRE);
    assert_int_equal(w->security_level, 0);
    assert_int_equal(w->min_version, 0x0301);
    assert_int_equal(w->max_version, 0x0303);
    assert_int_equal(w->suites[0], 0xc02f);
    assert_int_equal(w->groups_count, 2);
    assert_int_equal(w->groups[1], 0x0017);
    assert_int_equal(w->signature_algorithms[0], 0x0401);
    assert_string_equal(w->alpn[0], "mqtt");
    assert_null(w->alpn[1]);
    assert_int_equal(w->max_fragment_length, 4096);
    assert_int_equal(w->pins[0].what, SHIM_PIN_INTERMEDIATE);
    assert_int_equal(w->pins[0].spki, 1);
    assert_int_equal(w->pins[0].digest, SHIM_SHA256);
    assert_int_equal(w->pins[0].hash[1], 0x11);
    assert_int_equal(w->pins_count, 2);
    assert_int_equal(w->pins[1].digest, SHIM_SHA1);
    assert_int_equal(w->pins[1].hash[19], 0x33);
    assert_int_equal(w->distrust_spki[0][15], 0xff);
    assert_int_equal(w->distrust_after, 5);
    assert_int_equal(w->settings_count, 1);
    assert_int_equal(w->settings[0].sha256[15], 0xff);
    assert_int_equal(w->settings[0].use, SHIM_USE_REJECTED);
    assert_int_equal(w->heap, 49152);
    assert_int_equal(w->max_depth, 3);
    assert_int_equal(w->max_certificate, 4096);
    assert_string_equal(w->identity_key, "/k");
    assert_int_equal(job.required, FEATURE_HEAP);
    shim_job_clear(&job);
}

static void a_session_is_read(void **state)
{
    struct shim_job job;
    const struct shim_session *s = &job.session;

    (void)state;
    assert_int_equal(
        parse(&job,
              job_line("\"application\":{\"protocol\":\"mqtt\",\"version\":4,"
                       "\"client_id\":\"lamp\",\"session\":{\"subscribe\":"
                       "[\"a\",\"b\"],\"publish\":{\"topic\":\"c\","
                       "\"payload\":\"{}\"},\"wait_ms\":20}}")),
        0);
    assert_ptr_equal(job.want.mqtt_session, s);
    assert_string_equal(s->filters[1], "b");
    assert_null(s->filters[2]);
    assert_string_equal(s->topic, "c");
    assert_string_equal(s->payload, "{}");
    assert_int_equal(s->wait_ms, 20);
    shim_job_clear(&job);
}

static void unknown_names(void **state)
{
    static const struct {
        const char *more, *lacks;
    } rows[] = {
        {"\"colour\":1", "want.colour"},
        {"\"verify\":{\"mood\":true}", "verify.mood"},
        {"\"require\":[\"heap\",\"magic\"]", "magic"},
        {"\"suites\":[\"TLS_NONE\"]", "TLS_NONE"},
        {"\"groups\":[\"p1\"]", "p1"},
        {"\"path\":\"default\"", "want.path"},
        {"\"application\":\"mqtt\"", "application-mqtt"},
        {"\"alpn\":null", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct shim_job job;
        if (parse(&job, job_line(rows[i].more)) == -1 ||
            strcmp(job.lacks, rows[i].lacks) != 0)
            fail_msg("%s: lacks \"%s\", fault \"%s\"", rows[i].more, job.lacks,
                     job.fault);
        shim_job_clear(&job);
    }
}

static void bad_values(void **state)
{
    static const char *const rows[] = {
        "\"sni\":1",
        "\"application\":{\"protocol\":\"mqtt\",\"version\":5,"
        "\"client_id\":\"a\",\"session\":{}}",
        "\"application\":{\"protocol\":\"mqtt\",\"version\":4,"
        "\"client_id\":\"a\",\"topic\":\"t\",\"session\":{}}",
        "\"application\":{\"protocol\":\"mqtt\",\"version\":4,"
        "\"client_id\":\"a\",\"session\":{\"subscribe\":[\"\"]}}",
        "\"application\":{\"protocol\":\"mqtt\",\"version\":4,"
        "\"client_id\":\"a\",\"session\":{\"subscribe\":"
        "[\"a\",\"b\",\"c\",\"d\",\"e\"]}}",
        "\"application\":{\"protocol\":\"mqtt\",\"version\":4,"
        "\"client_id\":\"a\",\"session\":{\"publish\":{\"topic\":\"t\"}}}",
        "\"application\":{\"protocol\":\"mqtt\",\"version\":4,"
        "\"client_id\":\"a\",\"session\":{\"wait_ms\":-1}}",
        "\"verify\":[]",
        "\"verify\":{\"chain\":\"yes\"}",
        "\"versions\":{\"min\":\"0.9\"}",
        "\"versions\":{\"min\":\"1.3\",\"max\":\"1.2\"}",
        "\"suites\":\"TLS_AES_128_GCM_SHA256\"",
        "\"suites\":[1]",
        "\"alpn\":[\"\"]",
        "\"max_fragment_length\":1000",
        "\"pins\":[{\"what\":\"leaf\",\"match\":\"spki-sha256\"}]",
        "\"pins\":[{\"what\":\"head\",\"hash\":\"" HASH "\"}]",
        "\"pins\":[{\"what\":\"leaf\",\"hash\":\"12\"}]",
        "\"distrust\":{\"anchors\":[\"" HASH "\"]}",
        "\"trust_settings\":[{\"certificate\":\"" HASH "\"}]",
        "\"trust_settings\":[{\"servers\":\"trusted\"}]",
        "\"trust_settings\":[{\"certificate\":\"" HASH
        "\",\"servers\":\"no\"}]",
        "\"limits\":{\"heap\":-1}",
        "\"limits\":{\"heap\":1.5}",
        "\"identity\":{\"certificate\":\"/c\"}",
        "\"require\":\"heap\"",
        "\"security_level\":6",
        "\"security_level\":\"0\"",
        "\"pins\":[{\"what\":\"leaf\",\"hash\":\"" SHA1 "\"}]",
        "\"pins\":[{\"match\":\"certificate-sha1\",\"hash\":\"" HASH "\"}]",
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct shim_job job;
        if (parse(&job, job_line(rows[i])) != -1 || !*job.fault ||
            !job.want.id || strcmp(job.want.id, "a/b/c") != 0)
            fail_msg("%s was accepted, or lost the id", rows[i]);
        shim_job_clear(&job);
    }
}

static void lists_are_bounded(void **state)
{
    char list[4096] = "\"require\":[],\"alpn\":[";
    struct shim_job job;

    (void)state;
    for (size_t i = 0; i < SHIM_JOB_LIST; i++)
        strcat(list, i ? ",\"x\"" : "\"x\"");
    strcat(list, "]");
    assert_int_equal(parse(&job, job_line(list)), 0);
    assert_null(job.want.alpn[SHIM_JOB_LIST]);
    shim_job_clear(&job);
    list[strlen(list) - 1] = '\0';
    strcat(list, ",\"x\"]");
    assert_int_equal(parse(&job, job_line(list)), -1);
    shim_job_clear(&job);
}

static char *key_of(const char *more, unsigned shares)
{
    struct shim_job job;
    char *key;

    assert_int_equal(parse(&job, job_line(more)), 0);
    key = shim_job_context_key(&job, shares);
    shim_job_clear(&job);
    assert_non_null(key);
    return key;
}

static void context_keys(void **state)
{
    static const struct {
        const char *name, *a, *b;
        unsigned shares;
        int same;
    } rows[] = {
        {"order", "\"sni\":true,\"security_level\":1",
         "\"security_level\":1,\"sni\":true", 0, 1},
        {"level", "", "\"security_level\":1", 0, 0},
        {"sni", "\"sni\":true", "\"sni\":false", 0, 0},
        {"pins", "", "\"pins\":[{\"what\":\"leaf\",\"hash\":\"" HASH "\"}]", 0,
         1},
        {"heap", "\"limits\":{\"heap\":1}", "\"limits\":{\"heap\":2}", 0, 1},
        {"depth", "\"limits\":{\"max_depth\":1}",
         "\"limits\":{\"max_depth\":2}", 0, 0},
        {"distrust", "", "\"distrust\":{\"anchors\":[],\"after\":1}", 0, 1},
        {"versions", "\"versions\":{\"max\":\"1.2\"}",
         "\"versions\":{\"max\":\"1.3\"}", 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *a = key_of(rows[i].a, rows[i].shares);
        char *b = key_of(rows[i].b, rows[i].shares);
        int same = !strcmp(a, b);
        if (same != rows[i].same)
            fail_msg("%s: %s | %s", rows[i].name, a, b);
        free(a);
        free(b);
    }
}

static void shared_clock_and_name(void **state)
{
    char *all = key_of("", 0);
    char *clock = key_of("", SHIM_SHARE_CLOCK);
    char *both = key_of("", SHIM_SHARE_CLOCK | SHIM_SHARE_NAME);

    (void)state;
    assert_string_equal(all,
                        "{\"anchors\":\"/a.der\",\"clock\":77,\"name\":\"n\"}");
    assert_string_equal(clock, "{\"anchors\":\"/a.der\",\"name\":\"n\"}");
    assert_string_equal(both, "{\"anchors\":\"/a.der\"}");
    free(all);
    free(clock);
    free(both);
}

/* The address that the job comes from: IPv4, or nothing. */
static void source(void **state)
{
    static const struct {
        const char *text;
        int read;
    } rows[] = {
        {"\"127.1.2.3\"", 0}, {"\"::1\"", -1}, {"\"here\"", -1}, {"7", -1}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct shim_job job;

        snprintf(line, sizeof line,
                 "{\"id\":\"a\",\"host\":\"127.0.0.1\",\"port\":1,"
                 "\"source\":%s,\"want\":{\"anchors\":\"/a\",\"name\":\"n\","
                 "\"clock\":1}}",
                 rows[i].text);
        if (parse(&job, line) != rows[i].read)
            fail_msg("%s: %s", rows[i].text, job.fault);
        if (!rows[i].read)
            assert_string_equal(job.want.source, "127.1.2.3");
        shim_job_clear(&job);
    }
}

/* A request stands alone; fault "": it is read. */
static void requests(void **state)
{
    static const struct {
        const char *text, *fault, *lacks;
        enum shim_key key;
        const char *kept;
    } rows[] = {
        {"{\"key\":\"p-256\",\"name\":\"a-1_b.c:d e\"}", "", "", SHIM_KEY_P256,
         NULL},
        {"{\"key\":\"rsa-2048\",\"name\":\"a\",\"kept\":\"/k\"}", "", "",
         SHIM_KEY_RSA_2048, "/k"},
        {"{\"key\":\"ed448\",\"name\":\"a\"}", "", "request-ed448",
         SHIM_KEY_RSA_2048, NULL},
        {"{\"key\":\"p-256\",\"name\":\"a\",\"x\":1}", "", "request.x",
         SHIM_KEY_P256, NULL},
        {"{\"key\":\"p-256\"}", "request: key, and", "", 0, NULL},
        {"{\"name\":\"a\"}", "request: key, and", "", 0, NULL},
        {"{\"key\":\"p-256\",\"name\":\"\"}", "request.name", "", 0, NULL},
        {"{\"key\":\"p-256\",\"name\":\"a,b\"}", "letters", "", 0, NULL},
        {"{\"key\":\"p-256\",\"name\":\"a \"}", "letters", "", 0, NULL},
        {"{\"key\":2048,\"name\":\"a\"}", "request.key", "", 0, NULL},
        {"null", "or id and request alone", "", 0, NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct shim_job job;
        const struct shim_want *w = &job.want;
        int is_good = !*rows[i].fault;

        snprintf(line, sizeof line, "{\"id\":\"a\",\"request\":%s}",
                 rows[i].text);
        if (parse(&job, line) != (is_good ? 0 : -1) ||
            !strstr(job.fault, rows[i].fault) ||
            strcmp(job.lacks, rows[i].lacks) != 0 ||
            (is_good && w->request != rows[i].key) ||
            (rows[i].kept &&
             (!w->request_key || strcmp(w->request_key, rows[i].kept) != 0)))
            fail_msg("%s: %s %s", rows[i].text, job.fault, job.lacks);
        shim_job_clear(&job);
    }
}

/* 63 letters are a name, 64 are none. */
static void request_name_sizes(void **state)
{
    static const char letters[] = "0123456789012345678901234567890123456789"
                                  "012345678901234567890123";
    struct shim_job job;

    (void)state;
    for (int size = SHIM_REQUEST_NAME; size <= SHIM_REQUEST_NAME + 1; size++) {
        snprintf(line, sizeof line,
                 "{\"id\":\"a\",\"request\":{\"key\":\"p-256\","
                 "\"name\":\"%.*s\"}}",
                 size, letters);
        assert_int_equal(parse(&job, line), size > SHIM_REQUEST_NAME ? -1 : 0);
        shim_job_clear(&job);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults),
        cmocka_unit_test(every_field),
        cmocka_unit_test(a_session_is_read),
        cmocka_unit_test(unknown_names),
        cmocka_unit_test(bad_values),
        cmocka_unit_test(lists_are_bounded),
        cmocka_unit_test(source),
        cmocka_unit_test(requests),
        cmocka_unit_test(request_name_sizes),
        cmocka_unit_test(context_keys),
        cmocka_unit_test(shared_clock_and_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
