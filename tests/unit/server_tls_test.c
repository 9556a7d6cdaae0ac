/* The endpoint's TLS machine in memory, against a libssl client: what is chosen
 * and served, and how it is recorded. */
#include "tests/unit/server_tls_world.h"

#include "server/facts.h"

#define ANY_SUITE "\"suites\": []"

struct row {
    const char *name, *tls, *rsa, *ecdsa;
    int client_version;
    const char *client_suites, *client_sigalgs;
    int verify;  /* the client checks the chain and trusts the CA only */
    size_t step; /* bytes fed at a time */
    const char *version, *suite, *chain, *sigalg, *handshake;
    size_t certificates;
    int alert_sent, alert_received; /* -1: none */
};

static const struct row rows[] = {
    {"1.0, RSA", "{\"min\": \"1.0\", \"max\": \"1.3\"," ANY_SUITE "}",
     "rsa.der", NULL, TLS1_VERSION, "ECDHE-RSA-AES128-SHA", NULL, 1, 9999,
     "1.0", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "rsa", NULL, "done", 2, -1,
     -1},
    {"1.1, key exchange by RSA", "{\"min\": \"1.0\", \"max\": \"1.2\"}",
     "rsa.der", "ec.der", TLS1_1_VERSION, "AES128-SHA", NULL, 1, 9999, "1.1",
     "TLS_RSA_WITH_AES_128_CBC_SHA", "rsa", NULL, "done", 2, -1, -1},
    {"1.2, finite field", "{\"min\": \"1.0\", \"max\": \"1.2\"}", "rsa.der",
     NULL, TLS1_2_VERSION, "DHE-RSA-AES256-SHA", "RSA+SHA256", 1, 9999, "1.2",
     "TLS_DHE_RSA_WITH_AES_256_CBC_SHA", "rsa", "rsa_pkcs1_sha256", "done", 2,
     -1, -1},
    {"1.2, the suite picks ECDSA", "{\"min\": \"1.2\", \"max\": \"1.2\"}",
     "rsa.der", "ec.der", TLS1_2_VERSION, "ECDHE-ECDSA-AES128-GCM-SHA256", NULL,
     1, 9999, "1.2", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "ecdsa",
     "ecdsa_secp256r1_sha256", "done", 2, -1, -1},
    {"1.2, the server's order of suites counts",
     "{\"min\": \"1.2\", \"max\": \"1.2\", \"suites\": "
     "[\"TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA\", "
     "\"ECDHE-ECDSA-AES128-GCM-SHA256\"]}",
     "rsa.der", "ec.der", TLS1_2_VERSION, NULL, NULL, 1, 9999, "1.2",
     "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "rsa", "rsa_pss_rsae_sha256", "done",
     2, -1, -1},
    {"1.2, the server's order of algorithms counts",
     "{\"min\": \"1.2\", \"max\": \"1.2\"}", "rsa.der", NULL, TLS1_2_VERSION,
     NULL, "RSA+SHA512:RSA+SHA256", 1, 9999, "1.2",
     "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "rsa", "rsa_pkcs1_sha256", "done",
     2, -1, -1},
    {"1.3, the server's order of algorithms counts",
     "{\"min\": \"1.3\", \"max\": \"1.3\"}", "rsa.der", NULL, TLS1_3_VERSION,
     NULL, "rsa_pss_rsae_sha512:rsa_pss_rsae_sha384", 1, 9999, "1.3",
     "TLS_AES_256_GCM_SHA384", "rsa", "rsa_pss_rsae_sha384", "done", 2, -1, -1},
    {"1.3, byte by byte", "{\"min\": \"1.2\", \"max\": \"1.3\"}", "rsa.der",
     NULL, TLS1_3_VERSION, NULL, NULL, 1, 1, "1.3", "TLS_AES_256_GCM_SHA384",
     "rsa", "rsa_pss_rsae_sha256", "done", 2, -1, -1},
    {"1.3, algorithms pick RSA", "{\"min\": \"1.3\", \"max\": \"1.3\"}",
     "rsa.der", "ec.der", TLS1_3_VERSION, NULL, "rsa_pss_rsae_sha384", 1, 9999,
     "1.3", "TLS_AES_256_GCM_SHA384", "rsa", "rsa_pss_rsae_sha384", "done", 2,
     -1, -1},
    {"1.3, retry for another group",
     "{\"min\": \"1.3\", \"max\": \"1.3\", \"groups\": [\"secp384r1\"], "
     "\"suites\": [\"TLS_AES_128_GCM_SHA256\"]}",
     "rsa.der", NULL, TLS1_3_VERSION, NULL, NULL, 1, 9999, "1.3",
     "TLS_AES_128_GCM_SHA256", "rsa", "rsa_pss_rsae_sha256", "done", 2, -1, -1},
    {"odd chain as it is", "{\"min\": \"1.2\", \"max\": \"1.2\"}", "odd.der",
     NULL, TLS1_2_VERSION, NULL, NULL, 1, 9999, "1.2",
     "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "rsa", "rsa_pss_rsae_sha256",
     "done", 4, -1, -1},
    {"odd chain as it is, 1.3, small records",
     "{\"min\": \"1.3\", \"max\": \"1.3\", \"max_record\": 512}", "odd.der",
     NULL, TLS1_3_VERSION, NULL, NULL, 1, 9999, "1.3", "TLS_AES_256_GCM_SHA384",
     "rsa", "rsa_pss_rsae_sha256", "done", 4, -1, -1},
    {"no common version", "{\"min\": \"1.3\", \"max\": \"1.3\"}", "rsa.der",
     NULL, TLS1_2_VERSION, NULL, NULL, 1, 9999, NULL, NULL, NULL, NULL,
     "failed", 0, 70, -1},
    {"no common suite",
     "{\"min\": \"1.2\", \"max\": \"1.2\", \"suites\": "
     "[\"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256\"]}",
     "rsa.der", NULL, TLS1_2_VERSION, "AES128-SHA", NULL, 1, 9999, NULL, NULL,
     NULL, NULL, "failed", 0, 40, -1},
    {"only an RSA chain for a client of ECDSA",
     "{\"min\": \"1.2\", \"max\": \"1.2\"}", "rsa.der", NULL, TLS1_2_VERSION,
     "ECDHE-ECDSA-AES128-GCM-SHA256", NULL, 1, 9999, NULL, NULL, NULL, NULL,
     "failed", 0, 40, -1},
    {"SHA-1 only client of a 1.2 state", "{\"min\": \"1.2\", \"max\": \"1.2\"}",
     "rsa.der", NULL, TLS1_2_VERSION, "ECDHE-RSA-AES128-GCM-SHA256", "RSA+SHA1",
     1, 9999, NULL, NULL, NULL, NULL, "failed", 0, 40, -1},
    {"key exchange by RSA in a state of PSS only",
     "{\"min\": \"1.2\", \"max\": \"1.2\", \"signature_algorithms\": "
     "[\"rsa_pss_rsae_sha256\"]}",
     "rsa.der", NULL, TLS1_2_VERSION, "AES128-SHA", "RSA+SHA256", 1, 9999, NULL,
     NULL, NULL, NULL, "failed", 0, 40, -1},
    {"SHA-1 only client of a 1.0 state", "{\"min\": \"1.0\", \"max\": \"1.2\"}",
     "rsa.der", NULL, TLS1_2_VERSION, "ECDHE-RSA-AES128-GCM-SHA256", "RSA+SHA1",
     1, 9999, "1.2", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "rsa",
     "rsa_pkcs1_sha1", "done", 2, -1, -1},
};

/* What the client saw is, byte for byte and in order, what the file holds. */
static void chain_expect(const struct row *r, const struct client *c)
{
    STACK_OF(X509) *seen = SSL_get_peer_cert_chain(c->ssl);
    char path[64];
    uint8_t *file, *at_file;
    size_t size, used = 0;

    path_of(strcmp(r->chain, "rsa") == 0 ? r->rsa : r->ecdsa, path);
    assert_int_equal(file_read(path, 0, &file, &size), 0);
    at_file = file;
    for (int i = 0; i < sk_X509_num(seen); i++) {
        uint8_t *der = NULL;
        int n = i2d_X509(sk_X509_value(seen, i), &der);

        if (n <= 0 || used + (size_t)n > size ||
            memcmp(at_file + used, der, (size_t)n) != 0)
            fail_msg("%s: certificate %d differs from the file", r->name, i);
        used += (size_t)n;
        OPENSSL_free(der);
    }
    if (used != size)
        fail_msg("%s: the file has more certificates", r->name);
    free(file);
}

static void row_check(const struct row *r, const struct client *c,
                      const json_t *record)
{
    size_t count =
        (size_t)json_integer_value(json_object_get(record, "certificates"));

    expect_text(r->name, "version", at(record, "chose", "version"), r->version);
    expect_text(r->name, "suite", at(record, "chose", "suite"), r->suite);
    expect_text(r->name, "chain", at(record, "chose", "chain"), r->chain);
    expect_text(r->name, "signature_algorithm",
                at(record, "chose", "signature_algorithm"), r->sigalg);
    expect_text(r->name, "handshake", json_object_get(record, "handshake"),
                r->handshake);
    expect_text(r->name, "sni", at(record, "hello", "sni"), "device.example");
    alert_expect(r->name, "alerts_sent", record, r->alert_sent);
    alert_expect(r->name, "alerts_received", record, r->alert_received);
    if (count != r->certificates)
        fail_msg("%s: %zu certificates instead of %zu", r->name, count,
                 r->certificates);
    if (r->chain != NULL)
        chain_expect(r, c);
}

static void row_run(const struct row *r)
{
    json_t *config = state_json(r->tls, r->rsa, r->ecdsa, NULL);
    struct tls_state *s = tls_state_new(config, 65536);
    struct tls_conn *conn = s == NULL ? NULL : tls_conn_new(s);
    json_t *record = json_object();
    struct client c;

    if (conn == NULL)
        fail_msg("%s: no state", r->name);
    client_open(&c, r->client_version, r->client_suites, r->client_sigalgs);
    SSL_set_verify(c.ssl, r->verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
    shake(&c, conn, r->step);
    tls_conn_describe(conn, record);
    row_check(r, &c, record);
    client_close(&c);
    json_decref(record);
    tls_conn_free(conn);
    tls_state_free(s);
    json_decref(config);
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        row_run(&rows[i]);
}

/* certificate_bytes: the handshake message of RFC 8446 section 4.4.2 with its
 * header, from the DER sizes. */
static void test_certificate_bytes(void **state)
{
    size_t der =
        (size_t)i2d_X509(world.ec, NULL) + (size_t)i2d_X509(world.ca, NULL);
    struct meeting m;
    json_t *record;

    (void)state;
    meeting_open(&m, POLICY_ANY, NULL, TLS1_2_VERSION);
    shake(&m.client, m.conn, 9999);
    record = meeting_record(&m);
    assert_int_equal(
        json_integer_value(json_object_get(record, "certificate_bytes")),
        4 + 3 + 2 * 3 + der);
    json_decref(record);
    meeting_close(&m);
    meeting_open(&m, POLICY_ANY, NULL, TLS1_3_VERSION);
    shake(&m.client, m.conn, 9999);
    record = meeting_record(&m);
    assert_int_equal(
        json_integer_value(json_object_get(record, "certificate_bytes")),
        4 + 1 + 3 + 2 * (3 + 2) + der);
    json_decref(record);
    meeting_close(&m);
}

/* The state's store holds the CA; a library left to itself would add it to the
 * chain. */
static void test_nothing_added(void **state)
{
    json_t *config = state_json(POLICY_ANY, "bare.der", NULL, "request");
    struct tls_state *s = tls_state_new(config, 65536);
    struct tls_conn *conn;
    struct client c;
    json_t *record = json_object();

    (void)state;
    assert_non_null(s);
    conn = tls_conn_new(s);
    client_open(&c, TLS1_3_VERSION, NULL, NULL);
    shake(&c, conn, 9999);
    tls_conn_describe(conn, record);
    assert_int_equal(
        json_integer_value(json_object_get(record, "certificates")), 1);
    client_close(&c);
    json_decref(record);
    tls_conn_free(conn);
    tls_state_free(s);
    json_decref(config);
}

static void test_application_bytes(void **state)
{
    struct meeting m;
    json_t *record;
    char got[4] = "";

    (void)state;
    meeting_open(&m, POLICY_ANY, NULL, TLS1_3_VERSION);
    assert_int_equal(shake(&m.client, m.conn, 9999), TLS_ESTABLISHED);
    assert_int_equal(SSL_write(m.client.ssl, "ab", 2), 2);
    client_to_server(&m.client, m.conn, 9999);
    assert_int_equal(tls_conn_read(m.conn, got, 1), 1);
    assert_int_equal(tls_conn_read(m.conn, got + 1, 3), 1);
    assert_string_equal(got, "ab");
    assert_int_equal(tls_conn_write(m.conn, "xyz", 3), 0);
    server_to_client(&m.client, m.conn);
    assert_int_equal(SSL_read(m.client.ssl, got, 4), 3);
    SSL_shutdown(m.client.ssl);
    assert_int_equal(client_to_server(&m.client, m.conn, 9999), TLS_CLOSED);
    tls_conn_close(m.conn);
    record = meeting_record(&m);
    assert_int_equal(json_array_size(json_object_get(record, "alerts_sent")),
                     1);
    assert_int_equal(
        json_array_size(json_object_get(record, "alerts_received")), 1);
    json_decref(record);
    meeting_close(&m);
}

static void test_alpn(void **state)
{
    static const struct {
        const char *name, *offer, *chosen, *handshake;
        int alert;
    } cases[] = {
        {"server's order", "\x04mqtt\x0ex-amzn-mqtt-ca", "x-amzn-mqtt-ca",
         "done", -1},
        {"none in common", "\x02h2", NULL, "failed", 120},
        {"not offered", NULL, NULL, "done", -1},
    };

    (void)state;
    for (size_t i = 0; i < 6; i++) {
        int k = (int)i % 3;
        const char *row = cases[k].name;
        struct meeting m;
        json_t *record;

        meeting_open(&m,
                     "{\"min\": \"1.0\", \"max\": \"1.3\", \"alpn\": "
                     "[\"x-amzn-mqtt-ca\", \"mqtt\"]}",
                     NULL, i < 3 ? TLS1_2_VERSION : TLS1_3_VERSION);
        if (cases[k].offer != NULL)
            SSL_set_alpn_protos(m.client.ssl,
                                (const unsigned char *)cases[k].offer,
                                (unsigned int)strlen(cases[k].offer));
        shake(&m.client, m.conn, 9999);
        record = meeting_record(&m);
        expect_text(row, "alpn", at(record, "chose", "alpn"), cases[k].chosen);
        expect_text(row, "handshake", json_object_get(record, "handshake"),
                    cases[k].handshake);
        alert_expect(row, "alerts_sent", record, cases[k].alert);
        json_decref(record);
        meeting_close(&m);
    }
}

struct lengths { /* of the records that a client gets */
    size_t most;
};

static void on_record(int is_sent, int version, int type, const void *data,
                      size_t size, SSL *ssl, void *arg)
{
    struct lengths *l = arg;
    const uint8_t *header = data;
    size_t n;

    (void)version;
    (void)ssl;
    if (is_sent || type != SSL3_RT_HEADER || size < 5)
        return;
    n = (size_t)header[3] << 8 | header[4];
    l->most = n > l->most ? n : l->most;
}

/* The odd chain and 5000 bytes of an application in records of at most 1024
 * and what encryption adds, or as long as they come. */
static void fragment_run(const char *row, const char *tls, int version,
                         int chosen)
{
    static const char data[5000];
    struct lengths lengths = {0};
    struct meeting m;
    char got[sizeof(data)];
    json_t *record;
    int all = 0, n;

    meeting_open(&m, tls, NULL, version);
    SSL_set_tlsext_max_fragment_length(m.client.ssl,
                                       TLSEXT_max_fragment_length_1024);
    SSL_set_msg_callback(m.client.ssl, on_record);
    SSL_set_msg_callback_arg(m.client.ssl, &lengths);
    if (shake(&m.client, m.conn, 9999) != TLS_ESTABLISHED)
        fail_msg("%s: %s", row, tls_conn_facts(m.conn)->error_text);
    assert_int_equal(tls_conn_write(m.conn, data, sizeof(data)), 0);
    server_to_client(&m.client, m.conn);
    while ((n = SSL_read(m.client.ssl, got, sizeof(got))) > 0)
        all += n;
    if (all != sizeof(data) || (lengths.most > 1024 + 256) != (chosen == 0))
        fail_msg("%s: %d bytes, records of %zu", row, all, lengths.most);
    record = meeting_record(&m);
    assert_int_equal(
        json_integer_value(at(record, "hello", "max_fragment_length")), 1024);
    assert_int_equal(
        json_integer_value(at(record, "chose", "max_fragment_length")), chosen);
    json_decref(record);
    meeting_close(&m);
}

static void test_max_fragment_length(void **state)
{
    (void)state;
    fragment_run("heeded, 1.2", POLICY_ANY, TLS1_2_VERSION, 1024);
    fragment_run("heeded, 1.3", POLICY_ANY, TLS1_3_VERSION, 1024);
    fragment_run("not ignored",
                 "{\"min\": \"1.2\", \"max\": \"1.3\", "
                 "\"ignore_max_fragment_length\": false}",
                 TLS1_2_VERSION, 1024);
}

#define IGNORES                                                                \
    "{\"min\": \"1.2\", \"max\": \"1.3\", \"ignore_max_fragment_length\": "    \
    "true}"

/* OpenSSL cannot: GnuTLS does it, unless OpenSSL is asked for. */
static void test_max_fragment_length_ignored(void **state)
{
    json_t *config = state_json(IGNORES, "rsa.der", NULL, NULL);
    struct tls_state *s = tls_state_new(config, 65536);

    (void)state;
    json_decref(config);
    assert_int_equal(s == NULL, engine_is("openssl"));
    tls_state_free(s);
    if (engine_is("openssl"))
        return;
    fragment_run("ignored, 1.2", IGNORES, TLS1_2_VERSION, 0);
    fragment_run("ignored, 1.3", IGNORES, TLS1_3_VERSION, 0);
}

/* Bytes that are no OCSP response: nobody looks into them. asks: the client
 * sends status_request. */
static void staple_run(const char *row, int version, int is_stapled, int asks)
{
    static const char bytes[] = "no OCSP response at all";
    int want = is_stapled && asks ? (int)sizeof(bytes) : 0;
    json_t *config = state_json(POLICY_ANY, "rsa.der", "ec.der", NULL), *record;
    struct meeting m = {.config = config};
    const unsigned char *got = NULL;
    char path[64];

    path_of("staple", path);
    assert_int_equal(file_write(path, 0644, bytes, sizeof(bytes)), 0);
    if (is_stapled)
        for (const char **k = (const char *[]){"rsa", "ecdsa", NULL}; *k; k++)
            json_object_set_new(
                json_object_get(json_object_get(config, "chains"), *k),
                "staple", json_string(path));
    m.state = tls_state_new(config, 65536);
    assert_non_null(m.state);
    m.conn = tls_conn_new(m.state);
    client_open(&m.client, version, NULL, NULL);
    if (asks)
        SSL_set_tlsext_status_type(m.client.ssl, TLSEXT_STATUSTYPE_ocsp);
    if (shake(&m.client, m.conn, 9999) != TLS_ESTABLISHED)
        fail_msg("%s: %s", row, tls_conn_facts(m.conn)->error_text);
    if (SSL_get_tlsext_status_ocsp_resp(m.client.ssl, &got) !=
            (want ? want : -1) ||
        (want && memcmp(got, bytes, sizeof(bytes)) != 0))
        fail_msg("%s: the client got something else", row);
    record = meeting_record(&m);
    assert_int_equal(
        json_integer_value(json_object_get(record, "staple_bytes")), want);
    json_decref(record);
    meeting_close(&m);
}

static void test_staple(void **state)
{
    (void)state;
    staple_run("1.2", TLS1_2_VERSION, 1, 1);
    staple_run("1.3", TLS1_3_VERSION, 1, 1);
    staple_run("1.2, not asked for", TLS1_2_VERSION, 1, 0);
    staple_run("1.3, not asked for", TLS1_3_VERSION, 1, 0);
    staple_run("1.2, none is there", TLS1_2_VERSION, 0, 1);
    staple_run("1.3, none is there", TLS1_3_VERSION, 0, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_certificate_bytes),
        cmocka_unit_test(test_nothing_added),
        cmocka_unit_test(test_application_bytes),
        cmocka_unit_test(test_alpn),
        cmocka_unit_test(test_max_fragment_length),
        cmocka_unit_test(test_max_fragment_length_ignored),
        cmocka_unit_test(test_staple),
    };

    return run_by_each_engine(tests);
}
