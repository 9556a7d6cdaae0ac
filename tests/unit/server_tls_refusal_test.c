/* The endpoint's TLS machine when something is wrong: the client refuses, the
 * client's certificate is refused, the bytes are no TLS, the state cannot be
 * served. */
#include "tests/unit/server_tls_world.h"

#include "server/facts.h"

/* A client that trusts nobody says so in each version; in 1.3 its alert is
 * encrypted. */
static void test_client_refuses(void **state)
{
    static const int versions[] = {TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION,
                                   TLS1_3_VERSION};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct meeting m;
        json_t *record;

        meeting_open(&m, POLICY_ANY, NULL, versions[i]);
        X509_VERIFY_PARAM_set_time(SSL_get0_param(m.client.ssl),
                                   now + 999 * DAY);
        SSL_set_verify(m.client.ssl, SSL_VERIFY_PEER, NULL);
        assert_int_equal(shake(&m.client, m.conn, 9999), TLS_FAILED);
        assert_int_equal(tls_conn_ended_by(m.conn), TLS_PEER);
        record = meeting_record(&m);
        assert_int_equal(
            json_integer_value(json_object_get(
                json_array_get(json_object_get(record, "alerts_received"), 0),
                "code")),
            45);
        assert_int_equal(
            json_array_size(json_object_get(record, "alerts_sent")), 0);
        expect_text("client refuses", "handshake",
                    json_object_get(record, "handshake"), "failed");
        json_decref(record);
        meeting_close(&m);
    }
}

static void test_client_certificate(void **state)
{
    static const struct {
        const char *name, *mode;
        int with; /* 0: no certificate, 1: good, 2: not yet valid */
        const char *handshake;
        int alert, verify;
    } cases[] = {
        {"required and given", "require", 1, "done", -1, 0},
        {"required and missing", "require", 0, "failed", 116, 0},
        {"required and not yet valid", "require", 2, "failed", 42, 9},
        {"requested and missing", "request", 0, "done", -1, 0},
        {"requested and not yet valid", "request", 2, "failed", 42, 9},
    };

    (void)state;
    for (size_t i = 0; i < 10; i++) {
        int k = (int)i % 5;
        int is13 = i >= 5;
        const char *row = cases[k].name;
        struct meeting m;
        json_t *record;

        meeting_open(&m, POLICY_ANY, cases[k].mode,
                     is13 ? TLS1_3_VERSION : TLS1_2_VERSION);
        if (cases[k].with > 0) {
            SSL_use_certificate(m.client.ssl,
                                cases[k].with == 1 ? world.ec : world.late);
            SSL_use_PrivateKey(m.client.ssl, world.ec_key);
        }
        shake(&m.client, m.conn, 9999);
        record = meeting_record(&m);
        expect_text(row, "handshake", json_object_get(record, "handshake"),
                    cases[k].handshake);
        /* "certificate_required" exists since 1.3; before it is
         * handshake_failure */
        alert_expect(row, "alerts_sent", record,
                     cases[k].alert == 116 && !is13 ? 40 : cases[k].alert);
        if (cases[k].with > 0) {
            expect_text(row, "subject",
                        at(record, "client_certificate", "subject"),
                        cases[k].with == 1 ? "CN=ec leaf" : "CN=late");
            assert_int_equal(
                json_integer_value(json_object_get(
                    at(record, "client_certificate", "verify"), "code")),
                cases[k].verify);
        } else if (!json_is_null(
                       json_object_get(record, "client_certificate"))) {
            fail_msg("%s: a client certificate out of nowhere", row);
        }
        if (cases[k].verify != 0)
            expect_text(
                row, "error", at(record, "error", "text"),
                "certificate verify failed: certificate is not yet valid");
        json_decref(record);
        meeting_close(&m);
    }
}

/* The endpoint signs with RSA, the client with ECDSA. */
static void test_client_of_another_kind(void **state)
{
    (void)state;
    for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
        struct meeting m = {
            .config = state_json(POLICY_ANY, "rsa.der", NULL, "require")};

        m.state = tls_state_new(m.config, 65536);
        assert_non_null(m.state);
        m.conn = tls_conn_new(m.state);
        client_open(&m.client, version, NULL, NULL);
        SSL_use_certificate(m.client.ssl, world.ec);
        SSL_use_PrivateKey(m.client.ssl, world.ec_key);
        if (shake(&m.client, m.conn, 9999) != TLS_ESTABLISHED)
            fail_msg("%x: %s", (unsigned)version,
                     tls_conn_facts(m.conn)->error_text);
        meeting_close(&m);
    }
}

static void test_garbage(void **state)
{
    static const struct {
        const char *name;
        const char *bytes;
        size_t size;
        enum tls_result result;
    } cases[] = {
        {"HTTP", "GET / HTTP/1.1\r\n\r\n", 18, TLS_FAILED},
        {"zeros", "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16, TLS_FAILED},
        {"half a hello", "\x16\x03\x01\x00\xc8\x01\x00\x00\xc4\x03\x03", 11,
         TLS_MORE},
        {"hello that lies about its size",
         "\x16\x03\x01\x00\x08\x01\x00\x00\x04\x03\x03\xff\xff", 13,
         TLS_FAILED},
        {"alert first", "\x15\x03\x01\x00\x02\x02\x28", 7, TLS_FAILED},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct meeting m;
        json_t *record;
        enum tls_result got;

        meeting_open(&m, POLICY_ANY, NULL, TLS1_2_VERSION);
        got = tls_conn_input(m.conn, cases[i].bytes, cases[i].size);
        if (got != cases[i].result)
            fail_msg("%s: result %d instead of %d", cases[i].name, (int)got,
                     (int)cases[i].result);
        record = meeting_record(&m);
        if (!json_is_null(json_object_get(record, "hello")))
            fail_msg("%s: a hello is told", cases[i].name);
        if (got == TLS_FAILED && json_is_null(at(record, "error", "text")))
            fail_msg("%s: no error is told", cases[i].name);
        json_decref(record);
        meeting_close(&m);
    }
}

static void test_bad_states(void **state)
{
    static const struct {
        const char *name, *tls, *rsa, *ecdsa;
    } cases[] = {
        {"unknown suite",
         "{\"min\": \"1.2\", \"max\": \"1.2\", \"suites\": "
         "[\"TLS_NO_SUCH\"]}",
         "rsa.der", NULL},
        {"unknown group",
         "{\"min\": \"1.2\", \"max\": \"1.2\", \"groups\": "
         "[\"curve1\"]}",
         "rsa.der", NULL},
        {"unknown algorithm",
         "{\"min\": \"1.2\", \"max\": \"1.2\", \"signature_algorithms\": "
         "[\"rsa_md5\"]}",
         "rsa.der", NULL},
        {"no suite for 1.2",
         "{\"min\": \"1.2\", \"max\": \"1.3\", \"suites\": "
         "[\"TLS_AES_128_GCM_SHA256\"]}",
         "rsa.der", NULL},
        {"min above max", "{\"min\": \"1.3\", \"max\": \"1.2\"}", "rsa.der",
         NULL},
        {"no such version", "{\"min\": \"1.4\", \"max\": \"1.4\"}", "rsa.der",
         NULL},
        {"no chain", POLICY_ANY, NULL, NULL},
        {"no such file", POLICY_ANY, "missing.der", NULL},
        {"not DER", POLICY_ANY, "rsa.key", NULL},
        {"key of another certificate", POLICY_ANY, "ec.der", NULL},
        {"tiny records",
         "{\"min\": \"1.2\", \"max\": \"1.2\", \"max_record\": 64}", "rsa.der",
         NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        json_t *config =
            state_json(cases[i].tls, cases[i].rsa, cases[i].ecdsa, NULL);
        struct tls_state *s = tls_state_new(config, 65536);

        if (s != NULL)
            fail_msg("%s: accepted", cases[i].name);
        json_decref(config);
    }
}

/* Takes the configuration. */
static void unknown_key_run(json_t *config, const char *value, int is_refused)
{
    struct tls_state *s = tls_state_new(config, 65536);

    if ((s == NULL) != (is_refused && engine_is("gnutls")))
        fail_msg("%s: %s", value, s == NULL ? "refused" : "served");
    tls_state_free(s);
    json_decref(config);
}

/* A key that GnuTLS does not serve takes a state away from it; one that says
 * nothing does not. */
static void test_unknown_keys(void **state)
{
    static const struct {
        const char *value;
        int is_refused;
    } cases[] = {
        {"null", 0}, {"false", 0}, {"0", 0},    {"\"\"", 0},
        {"[]", 0},   {"{}", 0},    {"true", 1}, {"1.5", 1},
        {"2", 1},    {"\"x\"", 1}, {"[0]", 1},  {"{\"a\": 0}", 1},
    };

    json_t *config, *chain;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char tls[128];

        snprintf(tls, sizeof(tls),
                 "{\"min\": \"1.2\", \"max\": \"1.3\", \"new\": %s}",
                 cases[i].value);
        unknown_key_run(state_json(tls, "rsa.der", NULL, NULL), cases[i].value,
                        cases[i].is_refused);
        config = state_json(POLICY_ANY, "rsa.der", NULL, NULL);
        chain = json_object_get(json_object_get(config, "chains"), "rsa");
        json_object_set_new(chain, "new",
                            json_loads(cases[i].value, JSON_DECODE_ANY, NULL));
        unknown_key_run(config, cases[i].value, cases[i].is_refused);
    }
}

static void test_no_such_engine(void **state)
{
    const char *names[] = {"other", "", "OpenSSL"};
    const char *before = world.engine;

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        json_t *config;

        world.engine = names[i];
        config = state_json(POLICY_ANY, "rsa.der", NULL, NULL);
        world.engine = before;
        if (tls_state_new(config, 65536) != NULL)
            fail_msg("%s: accepted", names[i]);
        json_decref(config);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_client_refuses),
        cmocka_unit_test(test_client_certificate),
        cmocka_unit_test(test_client_of_another_kind),
        cmocka_unit_test(test_garbage),
        cmocka_unit_test(test_bad_states),
        cmocka_unit_test(test_unknown_keys),
        cmocka_unit_test(test_no_such_engine),
    };

    return run_by_each_engine(tests);
}
