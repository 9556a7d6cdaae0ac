/* What the tests of the endpoint's TLS machine share: a small certificate world
 * in /tmp, and a libssl client that meets the machine in memory. Included once
 * per test program. */
#ifndef TESTS_UNIT_SERVER_TLS_WORLD_H
#define TESTS_UNIT_SERVER_TLS_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/file.h"
#include "server/tls.h"

enum { DAY = 86400 };
static const time_t now = 1719792000; /* 2024-07-01 */

static struct {
    char dir[32];
    EVP_PKEY *ca_key, *rsa_key, *ec_key;
    X509 *ca, *rsa, *ec, *late;
    const char *engine; /* of the states that are made; NULL: as they need */
} world;

static const char *const engine_names[] = {"openssl", "gnutls", NULL};

static inline int engine_is(const char *name)
{
    return world.engine != NULL && strcmp(world.engine, name) == 0;
}

static inline X509 *certificate(const char *name, EVP_PKEY *key, X509 *issuer,
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

static inline void path_of(const char *name, char out[static 64])
{
    snprintf(out, 64, "%s/%s", world.dir, name);
}

static inline void chain_write(const char *name, X509 *const *list,
                               size_t count)
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

static inline void key_write(const char *name, EVP_PKEY *key)
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

static inline int world_make(void **state)
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

static inline int world_remove(void **state)
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

static inline json_t *chain_json(const char *key, const char *certificates)
{
    char key_path[64], path[64];

    if (certificates == NULL)
        return json_null();
    path_of(key, key_path);
    path_of(certificates, path);
    return json_pack("{s:s, s:s}", "key", key_path, "certificates", path);
}

/* `tls`: JSON of the state's policy; rsa, ecdsa: chain files or NULL. */
static inline json_t *state_json(const char *tls, const char *rsa,
                                 const char *ecdsa, const char *client_auth)
{
    char anchors[64];

    path_of("ca.der", anchors);
    return json_pack(
        "{s:s, s:s*, s:s, s:I, s:o, s:{s:o, s:o}, s:{s:s, s:s}, s:s}", "id",
        "s/a", "engine", world.engine, "listen", "127.0.0.1:0", "clock",
        (json_int_t)now, "tls", json_loads(tls, 0, NULL), "chains", "rsa",
        chain_json("rsa.key", rsa), "ecdsa", chain_json("ec.key", ecdsa),
        "client_auth", "mode", client_auth == NULL ? "none" : client_auth,
        "anchors", anchors, "application", "byte");
}

struct client {
    SSL_CTX *ctx;
    SSL *ssl;
    BIO *in, *out;
};

static inline void client_open(struct client *c, int version,
                               const char *suites, const char *sigalgs)
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

static inline void client_close(struct client *c)
{
    SSL_free(c->ssl);
    SSL_CTX_free(c->ctx);
}

static inline enum tls_result client_to_server(struct client *c,
                                               struct tls_conn *s, size_t step)
{
    enum tls_result result = TLS_MORE;
    uint8_t data[32768];
    int n;

    while ((n = BIO_read(c->out, data, (int)step)) > 0)
        result = tls_conn_input(s, data, (size_t)n);
    return result;
}

static inline void server_to_client(struct client *c, struct tls_conn *s)
{
    size_t size;
    const uint8_t *data = tls_conn_output(s, &size);

    if (size > 0)
        assert_int_equal(BIO_write(c->in, data, (int)size), (int)size);
}

/* Until neither side has anything to say. Returns the endpoint's last result.
 */
static inline enum tls_result shake(struct client *c, struct tls_conn *s,
                                    size_t step)
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

static inline const json_t *at(const json_t *record, const char *object,
                               const char *field)
{
    return json_object_get(json_object_get(record, object), field);
}

/* Compares text with a JSON text or null (NULL). */
static inline void expect_text(const char *row, const char *field,
                               const json_t *got, const char *want)
{
    const char *text = json_string_value(got);

    if (got == NULL || (text == NULL) != (want == NULL) ||
        (text != NULL && strcmp(text, want) != 0))
        fail_msg("%s: %s is %s instead of %s", row, field,
                 text == NULL ? "null" : text, want == NULL ? "null" : want);
}

static inline void alert_expect(const char *row, const char *field,
                                const json_t *record, int want)
{
    const json_t *list = json_object_get(record, field);
    const json_t *code = json_object_get(json_array_get(list, 0), "code");
    int got = json_array_size(list) == 0 ? -1 : (int)json_integer_value(code);

    if (got != want)
        fail_msg("%s: %s is %d instead of %d", row, field, got, want);
}

struct meeting {
    json_t *config;
    struct tls_state *state;
    struct tls_conn *conn;
    struct client client;
};

static inline void meeting_open(struct meeting *m, const char *tls,
                                const char *client_auth, int version)
{
    m->config = state_json(tls, "rsa.der", "ec.der", client_auth);
    m->state = tls_state_new(m->config, 65536);
    assert_non_null(m->state);
    m->conn = tls_conn_new(m->state);
    assert_non_null(m->conn);
    client_open(&m->client, version, NULL, NULL);
}

static inline json_t *meeting_record(const struct meeting *m)
{
    json_t *record = json_object();

    tls_conn_describe(m->conn, record);
    return record;
}

static inline void meeting_close(struct meeting *m)
{
    client_close(&m->client);
    tls_conn_free(m->conn);
    tls_state_free(m->state);
    json_decref(m->config);
}

/* Runs the tests once for each engine, each time with the states of that one,
 * and once more with states that name none. */
#define run_by_each_engine(tests)                                              \
    run_by_engines(tests, sizeof(tests) / sizeof *(tests))

static inline int run_by_engines(const struct CMUnitTest *tests, size_t count)
{
    int failed = 0;

    for (size_t i = 0; i < sizeof(engine_names) / sizeof(*engine_names); i++) {
        world.engine = engine_names[i];
        failed += _cmocka_run_group_tests(
            world.engine == NULL ? "as needed" : world.engine, tests, count,
            world_make, world_remove);
    }
    return failed;
}

#define POLICY_ANY "{\"min\": \"1.0\", \"max\": \"1.3\"}"

#endif
