/* The endpoint's TLS machine and flights with wrong bits, wrong lengths, bytes
 * too many and too few, in pieces of any size: under the sanitizers, with each
 * engine. What it says of itself stays consistent. */
#include "tests/unit/server_tls_world.h"

#include "server/facts.h"

enum { CONNECTIONS = 600, FLIGHT = 32768, STATES = 3 };

static uint64_t seed;

/* xorshift64 (Marsaglia 2003): the same numbers everywhere. */
static unsigned number(unsigned below)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (unsigned)(seed >> 11) % below;
}

static size_t flight_break(uint8_t *data, size_t size)
{
    size_t at = number((unsigned)size);

    switch (number(4)) {
    case 0:
        data[at] ^= (uint8_t)(1 << number(8));
        return size;
    case 1:
        data[at] = (uint8_t)number(256);
        return size;
    case 2:
        return 1 + number((unsigned)size);
    default:
        if (size + 4 > FLIGHT)
            return size;
        memmove(data + at + 4, data + at, size - at);
        return size + 4;
    }
}

static enum tls_result flight_feed(struct tls_conn *c, const uint8_t *data,
                                   size_t size)
{
    enum tls_result result = TLS_MORE;

    for (size_t at = 0, n; at < size; at += n) {
        n = 1 + number(2000);
        n = n < size - at ? n : size - at;
        result = tls_conn_input(c, data + at, n);
        if (result == TLS_FAILED || result == TLS_CLOSED)
            break;
    }
    return result;
}

/* The flight of number `broken` is. */
static enum tls_result shake_broken(struct meeting *m, unsigned broken)
{
    static uint8_t data[FLIGHT];
    enum tls_result result = TLS_MORE;

    for (unsigned i = 0; i < 6 && result < TLS_FAILED; i++) {
        int n;

        (void)SSL_do_handshake(m->client.ssl);
        n = BIO_read(m->client.out, data, FLIGHT);
        if (n > 0)
            result = flight_feed(m->conn, data,
                                 i == broken ? flight_break(data, (size_t)n)
                                             : (size_t)n);
        server_to_client(&m->client, m->conn);
    }
    return result;
}

static void said_check(const struct tls_conn *c, enum tls_result result,
                       unsigned k)
{
    const struct facts *f = tls_conn_facts(c);
    json_t *record = json_object();
    const char *handshake;

    assert_int_equal(tls_conn_describe(c, record), 0);
    handshake = json_string_value(json_object_get(record, "handshake"));
    if ((strcmp(handshake, "done") == 0) != f->is_established)
        fail_msg("connection %u: %s", k, handshake);
    if (result == TLS_ESTABLISHED && !f->is_established)
        fail_msg("connection %u: established without a Finished", k);
    if (result == TLS_FAILED && f->error == 0 && f->ended_by == TLS_NOBODY)
        fail_msg("connection %u: failed at nothing", k);
    if (f->is_short || f->is_too_large)
        fail_msg("connection %u: the endpoint's fault", k);
    json_decref(record);
}

static void client_vary(struct client *c)
{
    client_open(c, TLS1_VERSION + (int)number(4),
                number(2) ? NULL : "ECDHE-ECDSA-AES128-GCM-SHA256:AES128-SHA",
                NULL);
    if (number(2)) {
        SSL_use_certificate(c->ssl, number(2) ? world.ec : world.late);
        SSL_use_PrivateKey(c->ssl, world.ec_key);
    }
    if (number(3) == 0)
        SSL_set_tlsext_max_fragment_length(c->ssl, (uint8_t)(1 + number(4)));
    if (number(2))
        SSL_set_alpn_protos(c->ssl, (const unsigned char *)"\x04mqtt", 5);
}

static void test_broken_flights(void **state)
{
    static const char *const policies[STATES] = {
        POLICY_ANY,
        "{\"min\": \"1.2\", \"max\": \"1.3\", \"alpn\": [\"mqtt\"], "
        "\"alpn_required\": true}",
        "{\"min\": \"1.3\", \"max\": \"1.3\", \"groups\": [\"secp384r1\"]}"};
    struct tls_state *states[STATES];
    size_t done = 0;

    (void)state;
    seed = 88172645463325252U;
    for (int i = 0; i < STATES; i++) {
        json_t *config =
            state_json(policies[i], "rsa.der", "ec.der", i ? "request" : NULL);

        states[i] = tls_state_new(config, 65536);
        assert_non_null(states[i]);
        json_decref(config);
    }
    for (unsigned k = 0; k < CONNECTIONS; k++) {
        struct meeting m = {.conn = tls_conn_new(states[number(STATES)])};

        assert_non_null(m.conn);
        client_vary(&m.client);
        said_check(m.conn, shake_broken(&m, number(4)), k);
        done += tls_conn_is_established(m.conn);
        tls_conn_close(m.conn);
        client_close(&m.client);
        tls_conn_free(m.conn);
    }
    /* neither all nor none: the breaking reaches what is behind the hello */
    assert_in_range(done, CONNECTIONS / 20, CONNECTIONS / 2);
    for (int i = 0; i < STATES; i++)
        tls_state_free(states[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_broken_flights),
    };

    return run_by_each_engine(tests);
}
