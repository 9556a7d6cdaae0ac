/* The endpoint's TLS machine in memory, against a libssl client: what is
 * chosen, served, refused, and how it is recorded. */
#include "server/tls.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "core/file.h"

enum { DAY = 86400 };
static const time_t now = 1719792000; /* 2024-07-01 */

static struct {
    char dir[32];
    EVP_PKEY *ca_key, *rsa_key, *ec_key;
    X509 *ca, *rsa, *ec, *late;
} world;

static X509 *certificate(const char *name, EVP_PKEY *key, X509 *issuer,
                         time_t from)
{
    X509 *x = X509_new();
    X509_NAME *subject = X509_get_subject_name(x);

    X509_set_version(x, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 7);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                               (const unsigned char *)name, -1, -1, 0);
    X509_set_issuer_name(x, issuer == NULL ? subject
                                           : X509_get_subject_name(issuer));
    ASN1_TIME_set(X509_getm_notBefore(x), from);
    ASN1_TIME_set(X509_getm_notAfter(x), from + 60 * DAY);
    X509_set_pubkey(x, key);
    if (issuer == NULL) {
        X509_EXTENSION *ca = X509V3_EXT_conf_nid(
            NULL, NULL, NID_basic_constraints, "critical,CA:TRUE");

        X509_add_ext(x, ca, -1);
        X509_EXTENSION_free(ca);
    }
    assert_true(X509_sign(x, world.ca_key, EVP_sha256()) > 0);
    return x;
}

static void path_of(const char *name, char out[static 64])
{
    snprintf(out, 64, "%s/%s", world.dir, name);
}

static void chain_write(const char *name, X509 *const *list, size_t count)
{
    char path[64];
    FILE *f;

    path_of(name, path);
    f = fopen(path, "wb");
    assert_non_null(f);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(i2d_X509_fp(f, list[i]), 1);
    fclose(f);
}

static void key_write(const char *name, EVP_PKEY *key)
{
    char path[64];
    FILE *f;

    path_of(name, path);
    f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL),
                     1);
    fclose(f);
}

static int setup(void **state)
{
    (void)state;
    strcpy(world.dir, "/tmp/chainbreak-XXXXXX");
    assert_non_null(mkdtemp(world.dir));
    world.ca_key = EVP_EC_gen("P-256");
    world.rsa_key = EVP_RSA_gen(2048);
    world.ec_key = EVP_EC_gen("P-256");
    world.ca = certificate("ca", world.ca_key, NULL, now - DAY);
    world.rsa = certificate("rsa leaf", world.rsa_key, world.ca, now - DAY);
    world.ec = certificate("ec leaf", world.ec_key, world.ca, now - DAY);
    world.late = certificate("late", world.ec_key, world.ca, now + DAY);
    chain_write("ca.der", (X509 *[]){world.ca}, 1);
    chain_write("rsa.der", (X509 *[]){world.rsa, world.ca}, 2);
    chain_write("ec.der", (X509 *[]){world.ec, world.ca}, 2);
    /* unrelated, doubled, root before its child: to be served as it is */
    chain_write("odd.der", (X509 *[]){world.rsa, world.ca, world.ec, world.ca},
                4);
    chain_write("bare.der", (X509 *[]){world.rsa}, 1);
    key_write("rsa.key", world.rsa_key);
    key_write("ec.key", world.ec_key);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    X509_free(world.ca);
    X509_free(world.rsa);
    X509_free(world.ec);
    X509_free(world.late);
    EVP_PKEY_free(world.ca_key);
    EVP_PKEY_free(world.rsa_key);
    EVP_PKEY_free(world.ec_key);
    return file_remove_tree(world.dir);
}

static json_t *chain_json(const char *key, const char *certificates)
{
    char key_path[64], path[64];

    if (certificates == NULL)
        return json_null();
    path_of(key, key_path);
    path_of(certificates, path);
    return json_pack("{s:s, s:s}", "key", key_path, "certificates", path);
}

/* `tls`: JSON of the state's policy; rsa, ecdsa: chain files or NULL. */
static json_t *state_json(const char *tls, const char *rsa, const char *ecdsa,
                          const char *client_auth)
{
    char anchors[64];

    path_of("ca.der", anchors);
    return json_pack("{s:s, s:s, s:I, s:o, s:{s:o, s:o}, s:{s:s, s:s}, s:s}",
                     "id", "s/a", "listen", "127.0.0.1:0", "clock",
                     (json_int_t)now, "tls", json_loads(tls, 0, NULL), "chains",
                     "rsa", chain_json("rsa.key", rsa), "ecdsa",
                     chain_json("ec.key", ecdsa), "client_auth", "mode",
                     client_auth == NULL ? "none" : client_auth, "anchors",
                     anchors, "application", "byte");
}

struct client {
    SSL_CTX *ctx;
    SSL *ssl;
    BIO *in, *out;
};

static void client_open(struct client *c, int version, const char *suites,
                        const char *sigalgs)
{
    c->ctx = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_security_level(c->ctx, 0);
    SSL_CTX_set_min_proto_version(c->ctx, TLS1_VERSION);
    SSL_CTX_set_max_proto_version(c->ctx, version);
    if (suites != NULL)
        assert_int_equal(SSL_CTX_set_cipher_list(c->ctx, suites), 1);
    if (sigalgs != NULL)
        assert_int_equal(SSL_CTX_set1_sigalgs_list(c->ctx, sigalgs), 1);
    X509_STORE_add_cert(SSL_CTX_get_cert_store(c->ctx), world.ca);
    X509_VERIFY_PARAM_set_time(SSL_CTX_get0_param(c->ctx), now);
    c->ssl = SSL_new(c->ctx);
    c->in = BIO_new(BIO_s_mem());
    c->out = BIO_new(BIO_s_mem());
    SSL_set_bio(c->ssl, c->in, c->out);
    SSL_set_tlsext_host_name(c->ssl, "device.example");
    SSL_set_connect_state(c->ssl);
}

static void client_close(struct client *c)
{
    SSL_free(c->ssl);
    SSL_CTX_free(c->ctx);
}

static enum tls_result client_to_server(struct client *c, struct tls_conn *s,
                                        size_t step)
{
    enum tls_result result = TLS_MORE;
    uint8_t data[32768];
    int n;

    while ((n = BIO_read(c->out, data, (int)step)) > 0)
        result = tls_conn_input(s, data, (size_t)n);
    return result;
}

static void server_to_client(struct client *c, struct tls_conn *s)
{
    size_t size;
    const uint8_t *data = tls_conn_output(s, &size);

    if (size > 0)
        assert_int_equal(BIO_write(c->in, data, (int)size), (int)size);
}

/* Until neither side has anything to say. Returns the endpoint's last result.
 */
static enum tls_result shake(struct client *c, struct tls_conn *s, size_t step)
{
    enum tls_result result = TLS_MORE;

    for (int i = 0; i < 12; i++) {
        (void)SSL_do_handshake(c->ssl);
        if (BIO_ctrl_pending(c->out) > 0)
            result = client_to_server(c, s, step);
        server_to_client(c, s);
    }
    return result;
}

static const json_t *at(const json_t *record, const char *object,
                        const char *field)
{
    return json_object_get(json_object_get(record, object), field);
}

/* Compares text with a JSON text or null (NULL). */
static void expect_text(const char *row, const char *field, const json_t *got,
                        const char *want)
{
    const char *text = json_string_value(got);

    if (got == NULL || (text == NULL) != (want == NULL) ||
        (text != NULL && strcmp(text, want) != 0))
        fail_msg("%s: %s is %s instead of %s", row, field,
                 text == NULL ? "null" : text, want == NULL ? "null" : want);
}

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
    {"SHA-1 only client of a 1.0 state", "{\"min\": \"1.0\", \"max\": \"1.2\"}",
     "rsa.der", NULL, TLS1_2_VERSION, "ECDHE-RSA-AES128-GCM-SHA256", "RSA+SHA1",
     1, 9999, "1.2", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "rsa",
     "rsa_pkcs1_sha1", "done", 2, -1, -1},
};

static void alert_expect(const struct row *r, const char *field,
                         const json_t *record, int want)
{
    const json_t *list = json_object_get(record, field);
    const json_t *code = json_object_get(json_array_get(list, 0), "code");
    int got = json_array_size(list) == 0 ? -1 : (int)json_integer_value(code);

    if (got != want)
        fail_msg("%s: %s is %d instead of %d", r->name, field, got, want);
}

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
    alert_expect(r, "alerts_sent", record, r->alert_sent);
    alert_expect(r, "alerts_received", record, r->alert_received);
    if (count != r->certificates)
        fail_msg("%s: %zu certificates instead of %zu", r->name, count,
                 r->certificates);
    if (r->chain != NULL)
        chain_expect(r, c);
}

static void row_run(const struct row *r)
{
    json_t *config = state_json(r->tls, r->rsa, r->ecdsa, NULL);
    struct tls_state *s = tls_state_new(config);
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

struct meeting {
    json_t *config;
    struct tls_state *state;
    struct tls_conn *conn;
    struct client client;
};

static void meeting_open(struct meeting *m, const char *tls,
                         const char *client_auth, int version)
{
    m->config = state_json(tls, "rsa.der", "ec.der", client_auth);
    m->state = tls_state_new(m->config);
    assert_non_null(m->state);
    m->conn = tls_conn_new(m->state);
    assert_non_null(m->conn);
    client_open(&m->client, version, NULL, NULL);
}

static json_t *meeting_record(const struct meeting *m)
{
    json_t *record = json_object();

    tls_conn_describe(m->conn, record);
    return record;
}

static void meeting_close(struct meeting *m)
{
    client_close(&m->client);
    tls_conn_free(m->conn);
    tls_state_free(m->state);
    json_decref(m->config);
}

#define POLICY_ANY "{\"min\": \"1.0\", \"max\": \"1.3\"}"

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
    struct tls_state *s = tls_state_new(config);
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
        struct row r = {.name = cases[k].name};
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
        expect_text(r.name, "alpn", at(record, "chose", "alpn"),
                    cases[k].chosen);
        expect_text(r.name, "handshake", json_object_get(record, "handshake"),
                    cases[k].handshake);
        alert_expect(&r, "alerts_sent", record, cases[k].alert);
        json_decref(record);
        meeting_close(&m);
    }
}

static void test_max_fragment_length(void **state)
{
    static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct meeting m;
        json_t *record;

        meeting_open(&m, POLICY_ANY, NULL, versions[i]);
        SSL_set_tlsext_max_fragment_length(m.client.ssl,
                                           TLSEXT_max_fragment_length_1024);
        assert_int_equal(shake(&m.client, m.conn, 9999), TLS_ESTABLISHED);
        record = meeting_record(&m);
        assert_int_equal(
            json_integer_value(at(record, "hello", "max_fragment_length")),
            1024);
        assert_int_equal(
            json_integer_value(at(record, "chose", "max_fragment_length")),
            1024);
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
        struct row r = {.name = cases[k].name};
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
        expect_text(r.name, "handshake", json_object_get(record, "handshake"),
                    cases[k].handshake);
        /* "certificate_required" exists since 1.3; before it is
         * handshake_failure */
        alert_expect(&r, "alerts_sent", record,
                     cases[k].alert == 116 && !is13 ? 40 : cases[k].alert);
        if (cases[k].with > 0) {
            expect_text(r.name, "subject",
                        at(record, "client_certificate", "subject"),
                        cases[k].with == 1 ? "CN=ec leaf" : "CN=late");
            assert_int_equal(
                json_integer_value(json_object_get(
                    at(record, "client_certificate", "verify"), "code")),
                cases[k].verify);
        } else if (!json_is_null(
                       json_object_get(record, "client_certificate"))) {
            fail_msg("%s: a client certificate out of nowhere", r.name);
        }
        if (cases[k].verify != 0)
            expect_text(
                r.name, "error", at(record, "error", "text"),
                "certificate verify failed: certificate is not yet valid");
        json_decref(record);
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
        struct tls_state *s = tls_state_new(config);

        if (s != NULL)
            fail_msg("%s: accepted", cases[i].name);
        json_decref(config);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_client_refuses),
        cmocka_unit_test(test_certificate_bytes),
        cmocka_unit_test(test_nothing_added),
        cmocka_unit_test(test_application_bytes),
        cmocka_unit_test(test_alpn),
        cmocka_unit_test(test_max_fragment_length),
        cmocka_unit_test(test_client_certificate),
        cmocka_unit_test(test_garbage),
        cmocka_unit_test(test_bad_states),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
