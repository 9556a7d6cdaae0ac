/* The endpoint's TLS machine and odd certificates: what OpenSSL itself does not
 * like about a leaf is served byte for byte, and what cannot be is refused
 * before anybody connects. And Ed25519. */
#include "tests/unit/server_tls_world.h"

#include "base/diag.h"
#include "server/wire/tls_flight.h"

enum { CERTIFICATE_MESSAGE = 11 };

struct leaf {
    const char *name;
    struct {
        int nid;
        int is_critical;
        const char *value; /* DER, good or bad */
        size_t size;
    } extensions[2];
};

#define DER(text) text, sizeof(text) - 1

static const struct leaf leaves[] = {
    {"none", {{0}}},
    {"key usage without digitalSignature",
     {{NID_key_usage, 1, DER("\x03\x02\x03\x08")}}},
    {"key usage that is no bit string",
     {{NID_key_usage, 1, DER("\x04\x01\x80")}}},
    {"empty key usage", {{NID_key_usage, 0, DER("\x03\x01\x00")}}},
    {"alternative names cut short",
     {{NID_subject_alt_name, 0, DER("\x30\x0a\x82\x02xy")}}},
    {"alternative names twice",
     {{NID_subject_alt_name, 0, DER("\x30\x04\x82\x02xy")},
      {NID_subject_alt_name, 0, DER("\x30\x04\x82\x02yz")}}},
    {"authority key identifier of noise",
     {{NID_authority_key_identifier, 0, DER("\xff\xff\xff")}}},
    {"distribution points of noise",
     {{NID_crl_distribution_points, 0, DER("\x30\x80")}}},
    {"basic constraints with a negative path length",
     {{NID_basic_constraints, 1, DER("\x30\x06\x01\x01\xff\x02\x01\xff")}}},
    {"unknown and critical", {{NID_netscape_comment, 1, DER("\x05\x00")}}},
};

static X509 *leaf_make(const struct leaf *l, EVP_PKEY *key)
{
    X509 *x = certificate("leaf", key, world.ca, now - DAY);

    for (size_t i = 0; i < 2 && l->extensions[i].nid != 0; i++) {
        ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
        X509_EXTENSION *e;

        ASN1_OCTET_STRING_set(value,
                              (const unsigned char *)l->extensions[i].value,
                              (int)l->extensions[i].size);
        e = X509_EXTENSION_create_by_NID(NULL, l->extensions[i].nid,
                                         l->extensions[i].is_critical, value);
        assert_int_equal(X509_add_ext(x, e, -1), 1);
        X509_EXTENSION_free(e);
        ASN1_OCTET_STRING_free(value);
    }
    assert_true(X509_sign(x, world.ca_key, EVP_sha256()) > 0);
    return x;
}

struct seen { /* what a client got as Certificate message */
    uint8_t data[8192];
    size_t size;
};

static void on_client_message(int is_sent, int version, int type,
                              const void *data, size_t size, SSL *ssl,
                              void *arg)
{
    struct seen *seen = arg;

    (void)version;
    (void)ssl;
    if (is_sent || type != SSL3_RT_HANDSHAKE || size > sizeof(seen->data) ||
        *(const uint8_t *)data != CERTIFICATE_MESSAGE)
        return;
    memcpy(seen->data, data, size);
    seen->size = size;
}

static void served_check(const char *name, const char *slot, int version,
                         const struct seen *seen, const json_t *record)
{
    char path[64], row[128];
    const uint8_t *got;
    uint8_t *want;
    size_t got_size, want_size;

    snprintf(row, sizeof(row), "%s, %s, %x", name, slot, (unsigned)version);
    path_of("odd-leaf.der", path);
    assert_int_equal(file_read(path, 0, &want, &want_size), 0);
    tls_flight_certificates((uint16_t)version, seen->data, seen->size, &got,
                            &got_size);
    if (got == NULL || got_size != want_size ||
        memcmp(got, want, want_size) != 0)
        fail_msg("%s: the client got other bytes (%zu of %zu)", row, got_size,
                 want_size);
    expect_text(row, "chain", at(record, "chose", "chain"), slot);
    alert_expect(row, "alerts_sent", record, -1);
    free(want);
}

/* The leaf of odd-leaf.der; the client may well refuse what it gets: that is
 * its business. */
static void leaf_serve(const char *name, const char *slot, int version)
{
    int is_rsa = strcmp(slot, "rsa") == 0;
    struct meeting m;
    struct seen seen = {.size = 0};
    json_t *record;

    m.config = state_json(POLICY_ANY, is_rsa ? "odd-leaf.der" : NULL,
                          is_rsa ? NULL : "odd-leaf.der", NULL);
    m.state = tls_state_new(m.config, 65536);
    if (m.state == NULL)
        fail_msg("%s, %s: refused", name, slot);
    m.conn = tls_conn_new(m.state);
    client_open(&m.client, version, NULL, NULL);
    SSL_set_msg_callback(m.client.ssl, on_client_message);
    SSL_set_msg_callback_arg(m.client.ssl, &seen);
    shake(&m.client, m.conn, 9999);
    record = meeting_record(&m);
    served_check(name, slot, version, &seen, record);
    json_decref(record);
    meeting_close(&m);
}

static void leaves_serve(const struct leaf *l, const char *slot, EVP_PKEY *key)
{
    X509 *x = leaf_make(l, key);

    chain_write("odd-leaf.der", &x, 1);
    for (int version = TLS1_VERSION; version <= TLS1_3_VERSION; version++)
        leaf_serve(l->name, slot, version);
    X509_free(x);
}

static void test_odd_leaves(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(leaves) / sizeof(*leaves); i++) {
        leaves_serve(&leaves[i], "rsa", world.rsa_key);
        leaves_serve(&leaves[i], "ecdsa", world.ec_key);
    }
}

/* Turns the leaf's bytes into others; returns the new size. */
typedef size_t spoil_fn(uint8_t *der, size_t size);

static size_t spoil_nothing(uint8_t *der, size_t size)
{
    (void)der;
    return size;
}

static size_t spoil_trailing(uint8_t *der, size_t size)
{
    der[size] = 0;
    return size + 1;
}

/* 30 82 hh ll becomes 30 83 00 hh ll: BER, not DER. */
static size_t spoil_length(uint8_t *der, size_t size)
{
    memmove(der + 3, der + 2, size - 2);
    der[1] = 0x83;
    der[2] = 0;
    return size + 1;
}

static uint8_t *find(uint8_t *der, size_t size, const char *what, size_t n)
{
    uint8_t *found = memmem(der, size, what, n);

    assert_non_null(found);
    return found;
}

static size_t spoil_curve(uint8_t *der, size_t size)
{
    find(der, size, "\x2a\x86\x48\xce\x3d\x03\x01\x07", 8)[7] = 0x7f;
    return size;
}

static size_t spoil_key_type(uint8_t *der, size_t size)
{
    find(der, size, "\x2a\x86\x48\xce\x3d\x02\x01", 7)[6] = 0x7f;
    return size;
}

static size_t spoil_point(uint8_t *der, size_t size)
{
    find(der, size, "\x03\x42\x00\x04", 4)[3] = 0x05;
    return size;
}

/* The serial number 7 in two bytes would need all lengths changed: an integer
 * without a byte is as bad. */
static size_t spoil_serial(uint8_t *der, size_t size)
{
    find(der, size, "\xa0\x03\x02\x01\x02\x02\x01\x07", 8)[5] = 0x05;
    return size;
}

struct spoilt {
    const char *name;
    spoil_fn *spoil;
    const char *openssl, *gnutls; /* what the engine says; NULL: it serves */
};

static void spoilt_write(spoil_fn *spoil)
{
    uint8_t *data = NULL;
    char path[64];
    int size = i2d_X509(world.ec, &data);

    assert_true(size > 0);
    data = OPENSSL_realloc(data, (size_t)size + 8);
    path_of("odd-leaf.der", path);
    assert_int_equal(file_write(path, 0600, data, spoil(data, (size_t)size)),
                     0);
    OPENSSL_free(data);
}

static void spoilt_run(const struct spoilt *r)
{
    /* what one engine serves is served, unless the other is asked for */
    const char *want = engine_is("gnutls")                         ? r->gnutls
                       : world.engine == NULL && r->gnutls == NULL ? NULL
                                                                   : r->openssl;
    char text[512] = "";
    json_t *config = state_json(POLICY_ANY, NULL, "odd-leaf.der", NULL);
    struct tls_state *s;

    diag_capture(text, sizeof(text));
    s = tls_state_new(config, 65536);
    diag_capture(NULL, 0);
    json_decref(config);
    if ((s == NULL) != (want != NULL))
        fail_msg("%s: %s", r->name, s == NULL ? text : "served");
    if (want != NULL && strstr(text, want) == NULL)
        fail_msg("%s: \"%s\" instead of \"%s\"", r->name, text, want);
    tls_state_free(s);
    if (want != NULL)
        return;
    leaf_serve(r->name, "ecdsa", TLS1_2_VERSION);
    leaf_serve(r->name, "ecdsa", TLS1_3_VERSION);
}

static void test_spoilt(void **state)
{
    static const struct spoilt rows[] = {
        {"as it is", spoil_nothing, NULL, NULL},
        {"a byte behind it", spoil_trailing, "certificate 2 is not DER",
         "certificate 2 is no SEQUENCE"},
        {"length in BER", spoil_length, "certificate 1 is not DER", NULL},
        {"unknown curve", spoil_curve, "cannot serve this leaf", NULL},
        {"unknown key type", spoil_key_type, "cannot serve this leaf", NULL},
        {"point of an unknown form", spoil_point, "cannot serve this leaf",
         NULL},
        {"serial number that is no integer", spoil_serial,
         "certificate 1 is not DER", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        spoilt_write(rows[i].spoil);
        spoilt_run(&rows[i]);
    }
}

/* An Ed25519 leaf stands in the slot of ECDSA: its suites are that one's (RFC
 * 8422 section 5.3). */
static void test_ed25519(void **state)
{
    static const struct {
        const char *name;
        int version;
        const char *sigalgs, *handshake, *sigalg;
        int alert;
    } rows[] = {
        {"1.2", TLS1_2_VERSION, NULL, "done", "ed25519", -1},
        {"1.3", TLS1_3_VERSION, NULL, "done", "ed25519", -1},
        {"1.2, not offered", TLS1_2_VERSION, "ECDSA+SHA256", "failed", NULL,
         40},
        {"1.1, which has no EdDSA (RFC 8422 section 5.1.1)", TLS1_1_VERSION,
         NULL, "failed", NULL, 40},
        {"1.3, not offered", TLS1_3_VERSION, "ECDSA+SHA256", "failed", NULL,
         40},
    };
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    X509 *leaf = certificate("ed25519 leaf", key, world.ca, now - DAY);
    json_t *config;

    (void)state;
    chain_write("ed.der", (X509 *[]){leaf, world.ca}, 2);
    key_write("ed.key", key);
    config = state_json(POLICY_ANY, NULL, "ed.der", NULL);
    json_object_set_new(json_object_get(config, "chains"), "ecdsa",
                        chain_json("ed.key", "ed.der"));
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct meeting m = {.config = json_incref(config)};
        json_t *record;

        m.state = tls_state_new(config, 65536);
        assert_non_null(m.state);
        m.conn = tls_conn_new(m.state);
        client_open(&m.client, rows[i].version, NULL, rows[i].sigalgs);
        SSL_set_verify(m.client.ssl, SSL_VERIFY_PEER, NULL);
        shake(&m.client, m.conn, 9999);
        record = meeting_record(&m);
        expect_text(rows[i].name, "handshake",
                    json_object_get(record, "handshake"), rows[i].handshake);
        expect_text(rows[i].name, "signature_algorithm",
                    at(record, "chose", "signature_algorithm"), rows[i].sigalg);
        expect_text(rows[i].name, "unserved",
                    json_object_get(record, "unserved"), NULL);
        alert_expect(rows[i].name, "alerts_sent", record, rows[i].alert);
        if (rows[i].alert < 0)
            expect_text(rows[i].name, "chain", at(record, "chose", "chain"),
                        "ecdsa");
        json_decref(record);
        meeting_close(&m);
    }
    json_decref(config);
    X509_free(leaf);
    EVP_PKEY_free(key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_odd_leaves),
        cmocka_unit_test(test_spoilt),
        cmocka_unit_test(test_ed25519),
    };

    return run_by_each_engine(tests);
}
