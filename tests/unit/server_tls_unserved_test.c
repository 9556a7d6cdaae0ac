/* What the endpoint's TLS library cannot serve, and what its own limits end, is
 * told as the endpoint's; what no server of the state could do is not. */
#include "tests/unit/server_tls_world.h"

#include "server/facts.h"

struct hello {
    uint8_t data[512];
    size_t size;
};

static void put(struct hello *h, uint32_t value, size_t bytes)
{
    while (bytes-- > 0)
        h->data[h->size++] = (uint8_t)(value >> (8 * bytes));
}

static void put_codes(struct hello *h, const uint16_t *codes)
{
    size_t n = 0;

    while (codes[n] != 0)
        n++;
    put(h, (uint32_t)(2 * n), 2);
    for (size_t i = 0; i < n; i++)
        put(h, codes[i], 2);
}

static void put_extension(struct hello *h, uint16_t type, const uint16_t *codes)
{
    size_t n = 0;

    if (codes[0] == 0)
        return;
    while (codes[n] != 0)
        n++;
    put(h, type, 2);
    put(h, (uint32_t)(2 * n + 2), 2);
    put_codes(h, codes);
}

static void length_set(struct hello *h, size_t at, size_t bytes)
{
    size_t size = h->size - at - bytes;

    for (size_t i = 0; i < bytes; i++)
        h->data[at + i] = (uint8_t)(size >> (8 * (bytes - 1 - i)));
}

/* A record with a ClientHello; lists end with 0. */
static void hello_make(struct hello *h, uint16_t version,
                       const uint16_t *suites, const uint16_t *groups,
                       const uint16_t *algorithms)
{
    size_t extensions;

    h->size = 0;
    put(h, 0x160301, 3);
    put(h, 0, 2);
    put(h, 1, 1);
    put(h, 0, 3);
    put(h, version, 2);
    for (int i = 0; i < 8; i++)
        put(h, 0x01020304, 4);
    put(h, 0, 1);
    put_codes(h, suites);
    put(h, 0x0100, 2);
    extensions = h->size;
    put(h, 0, 2);
    put_extension(h, 10, groups);
    put_extension(h, 13, algorithms);
    length_set(h, extensions, 2);
    if (h->size == extensions + 2)
        h->size -= 2;
    length_set(h, 3, 2);
    length_set(h, 6, 3);
}

enum { /* code points */
       ECDSA_GCM = 0xc02b,
       ECDSA_CBC = 0xc009,
       RSA_GCM = 0xc02f,
       RSA_CBC = 0xc013,
       RSA_PLAIN = 0x009c,
       PSK = 0x00a8,
       P256 = 23,
       BP256 = 26,
       ECDSA_SHA256 = 0x0403,
       RSA_SHA256 = 0x0401
};

#define ONLY_12   "{\"min\": \"1.2\", \"max\": \"1.2\"}"
#define SUITES_12 "{\"min\": \"1.2\", \"max\": \"1.2\", \"suites\": "

static const struct row {
    const char *name, *tls, *rsa, *ecdsa;
    uint16_t version, suites[4], groups[3], algorithms[3];
    int is_refused, is_unserved;
} rows[] = {
    {"ECDSA without groups",
     ONLY_12,
     NULL,
     "ec.der",
     0x0303,
     {ECDSA_GCM},
     {0},
     {ECDSA_SHA256},
     1,
     1},
    {"RSA without groups",
     ONLY_12,
     "rsa.der",
     NULL,
     0x0303,
     {RSA_GCM},
     {0},
     {RSA_SHA256},
     1,
     1},
    {"ECDHE without groups beside others",
     ONLY_12,
     "rsa.der",
     NULL,
     0x0303,
     {PSK, 0xfefe, RSA_GCM},
     {0},
     {RSA_SHA256},
     1,
     1},
    {"no extensions, old",
     POLICY_ANY,
     "rsa.der",
     NULL,
     0x0301,
     {RSA_CBC},
     {0},
     {0},
     1,
     1},
    {"no extensions, 1.2",
     POLICY_ANY,
     NULL,
     "ec.der",
     0x0303,
     {ECDSA_CBC},
     {0},
     {0},
     1,
     1},
    {"with groups",
     ONLY_12,
     NULL,
     "ec.der",
     0x0303,
     {ECDSA_GCM},
     {P256},
     {ECDSA_SHA256},
     0,
     0},
    {"key exchange by RSA is left",
     ONLY_12,
     "rsa.der",
     NULL,
     0x0303,
     {RSA_GCM, RSA_PLAIN},
     {0},
     {RSA_SHA256},
     0,
     0},
    {"no common group",
     ONLY_12,
     NULL,
     "ec.der",
     0x0303,
     {ECDSA_GCM},
     {BP256},
     {ECDSA_SHA256},
     1,
     0},
    {"no chain of this key type",
     ONLY_12,
     NULL,
     "ec.der",
     0x0303,
     {RSA_GCM},
     {0},
     {RSA_SHA256},
     1,
     0},
    {"suite that the policy has not",
     SUITES_12 "[\"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384\"]}",
     NULL,
     "ec.der",
     0x0303,
     {ECDSA_GCM},
     {0},
     {ECDSA_SHA256},
     1,
     0},
    {"no ECDHE offered",
     ONLY_12,
     NULL,
     "ec.der",
     0x0303,
     {RSA_PLAIN},
     {0},
     {RSA_SHA256},
     1,
     0},
    {"suite of a later version",
     POLICY_ANY,
     "rsa.der",
     NULL,
     0x0301,
     {RSA_GCM},
     {0},
     {0},
     1,
     0},
    {"version that the policy has not",
     ONLY_12,
     "rsa.der",
     NULL,
     0x0302,
     {RSA_CBC},
     {0},
     {0},
     1,
     0},
    {"nothing but SHA-1 in a state without it",
     ONLY_12,
     "rsa.der",
     NULL,
     0x0303,
     {RSA_GCM},
     {0},
     {0x0201},
     1,
     0},
};

static const char *engine_told(const struct tls_conn *c, json_t *record)
{
    assert_int_equal(tls_conn_describe(c, record), 0);
    return json_string_value(json_object_get(record, "engine"));
}

/* What OpenSSL cannot serve GnuTLS can, and is given where nobody asks for
 * OpenSSL. */
static void row_check(const struct row *r, const struct tls_conn *c,
                      enum tls_result got)
{
    int is_unserved = r->is_unserved && engine_is("openssl");
    int is_refused = r->is_refused && (!r->is_unserved || is_unserved);
    const char *engine = world.engine != NULL ? world.engine
                         : r->is_unserved     ? "gnutls"
                                              : "openssl";
    const struct facts *f = tls_conn_facts(c);
    json_t *record = json_object();

    if (f->hello.data == NULL)
        fail_msg("%s: the hello is not well formed", r->name);
    if ((got == TLS_FAILED) != is_refused)
        fail_msg("%s: result %d, %s", r->name, (int)got, f->error_text);
    if ((f->unserved != NULL) != is_unserved)
        fail_msg("%s: unserved: %s (%s)", r->name,
                 f->unserved == NULL ? "no" : f->unserved, f->error_text);
    if (strcmp(engine_told(c, record), engine) != 0)
        fail_msg("%s: the engine is not %s", r->name, engine);
    if ((f->sent.count > 0) != is_refused)
        fail_msg("%s: %zu alerts", r->name, f->sent.count);
    json_decref(record);
}

static void row_run(const struct row *r)
{
    json_t *config = state_json(r->tls, r->rsa, r->ecdsa, NULL);
    struct tls_state *s = tls_state_new(config, 65536);
    struct tls_conn *c;
    struct hello h;
    const uint8_t *out;
    size_t size;

    if (s == NULL)
        fail_msg("%s: no state", r->name);
    c = tls_conn_new(s);
    hello_make(&h, r->version, r->suites, r->groups, r->algorithms);
    row_check(r, c, tls_conn_input(c, h.data, h.size));
    out = tls_conn_output(c, &size);
    if (size < 7 || (out[0] == 21) != (tls_conn_facts(c)->sent.count > 0))
        fail_msg("%s: what is sent is not what is told", r->name);
    if (out[0] == 21 && (out[1] << 8 | out[2]) > r->version)
        fail_msg("%s: an alert in a version that the client has not", r->name);
    tls_conn_free(c);
    tls_state_free(s);
    json_decref(config);
}

static void test_unserved(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        row_run(&rows[i]);
}

/* A client's certificate list above the endpoint's limit is the endpoint's
 * business, any other message that is too long the client's. */
static void test_too_large(void **state)
{
    static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        int is_large = i % 2 == 0;
        json_t *config = state_json(POLICY_ANY, "rsa.der", "ec.der", "request");
        struct meeting m = {.config = config};

        m.state = tls_state_new(config, is_large ? 200 : 65536);
        assert_non_null(m.state);
        m.conn = tls_conn_new(m.state);
        client_open(&m.client, versions[i / 2], NULL, NULL);
        SSL_use_certificate(m.client.ssl, world.ec);
        SSL_use_PrivateKey(m.client.ssl, world.ec_key);
        shake(&m.client, m.conn, 9999);
        assert_int_equal(tls_conn_facts(m.conn)->is_too_large, is_large);
        assert_int_equal(tls_conn_is_established(m.conn), !is_large);
        assert_int_equal(tls_conn_facts(m.conn)->is_short, 0);
        meeting_close(&m);
    }
}

static void test_alpn_required(void **state)
{
    static const struct {
        const char *name, *offer, *handshake;
        int version, alert;
    } cases[] = {
        {"listed", "\x04mqtt", "done", TLS1_2_VERSION, -1},
        {"another", "\x02h2", "failed", TLS1_2_VERSION, 120},
        {"none", NULL, "failed", TLS1_2_VERSION, 120},
        {"none, and too old", NULL, "failed", TLS1_1_VERSION, 70},
        {"listed, 1.3", "\x04mqtt", "done", TLS1_3_VERSION, -1},
        {"another, 1.3", "\x02h2", "failed", TLS1_3_VERSION, 120},
        {"none, 1.3", NULL, "failed", TLS1_3_VERSION, 120},
    };

    (void)state;
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        struct meeting m;
        json_t *record;

        meeting_open(&m,
                     "{\"min\": \"1.2\", \"max\": \"1.3\", \"alpn\": "
                     "[\"mqtt\"], \"alpn_required\": true}",
                     NULL, cases[k].version);
        if (cases[k].offer != NULL)
            SSL_set_alpn_protos(m.client.ssl,
                                (const unsigned char *)cases[k].offer,
                                (unsigned int)strlen(cases[k].offer));
        shake(&m.client, m.conn, 9999);
        record = meeting_record(&m);
        expect_text(cases[k].name, "handshake",
                    json_object_get(record, "handshake"), cases[k].handshake);
        alert_expect(cases[k].name, "alerts_sent", record, cases[k].alert);
        if (json_is_null(json_object_get(record, "hello")))
            fail_msg("%s: the hello is not told", cases[k].name);
        json_decref(record);
        meeting_close(&m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unserved),
        cmocka_unit_test(test_too_large),
        cmocka_unit_test(test_alpn_required),
    };

    return run_by_each_engine(tests);
}
