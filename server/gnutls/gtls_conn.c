/* The engine's table: one connection from its first bytes to its end. Must not
 * know sockets or loops. */
#include "server/gnutls/gtls_conn.h"

#include <stdlib.h>

#include "server/engine.h"

enum { PLAIN_CHUNK = 16384 };
enum { WARNING = 1 };

static struct gtls_conn *conn_of(struct tls_conn *c)
{
    return (struct gtls_conn *)c;
}

static struct tls_state *state_new(const json_t *state, size_t message_bytes)
{
    struct tls_state *s = gtls_state_build(state, message_bytes);

    if (s != NULL)
        gtls_session_answer((struct gtls_state *)s);
    return s;
}

static struct tls_conn *conn_new(struct tls_state *s)
{
    struct gtls_conn *c = calloc(1, sizeof(*c));

    if (c == NULL)
        return NULL;
    c->state = (struct gtls_state *)s;
    return &c->base;
}

static void conn_free(struct tls_conn *base)
{
    struct gtls_conn *c = conn_of(base);

    if (c->session != NULL)
        gnutls_deinit(c->session);
    free(c->out.data);
    free(c->plain.data);
    free(c);
}

/* What a call's code means where it is neither success nor a lack of bytes: 1
 * to call again, 0 if it ends here with *result. */
static int goes_on(struct gtls_conn *c, int code, enum tls_result *result)
{
    switch (code) {
    case GNUTLS_E_AGAIN:
    case GNUTLS_E_INTERRUPTED:
        *result = c->base.facts.is_established ? TLS_ESTABLISHED : TLS_MORE;
        return !c->is_starved;
    case GNUTLS_E_WARNING_ALERT_RECEIVED:
        gtls_alert_note(c, 0, WARNING, (int)gnutls_alert_get(c->session));
        return 1;
    case GNUTLS_E_REHANDSHAKE:
        gtls_alert_send(c, WARNING, GNUTLS_A_NO_RENEGOTIATION);
        return 1;
    case 0:
    case GNUTLS_E_SESSION_EOF:
        gtls_alert_note(c, 0, WARNING, GNUTLS_A_CLOSE_NOTIFY);
        *result = TLS_CLOSED;
        return 0;
    default:
        *result = gtls_alert_failed(c, code);
        return 0;
    }
}

static enum tls_result handshake_step(struct gtls_conn *c)
{
    enum tls_result result;
    int ret;

    do {
        c->is_starved = 0;
        ret = gnutls_handshake(c->session);
        if (ret >= 0) {
            c->base.facts.is_established = 1;
            return TLS_ESTABLISHED;
        }
    } while (goes_on(c, ret, &result));
    return result;
}

/* Bounded by what was fed: nothing decrypts to more than its record. */
static enum tls_result read_step(struct gtls_conn *c)
{
    uint8_t chunk[PLAIN_CHUNK];
    enum tls_result result;
    ssize_t n;

    do {
        c->is_starved = 0;
        while ((n = gnutls_record_recv(c->session, chunk, sizeof(chunk))) > 0)
            if (plain_add(&c->plain, chunk, (size_t)n) != 0) {
                c->base.facts.is_short = 1;
                return TLS_FAILED;
            }
    } while (goes_on(c, (int)n, &result));
    return result;
}

static void output_recycle(struct gtls_conn *c)
{
    if (!c->taken)
        return;
    free(c->out.data);
    c->out = (struct plain){.data = NULL};
    c->taken = 0;
}

static enum tls_result conn_input(struct tls_conn *base, const void *data,
                                  size_t size)
{
    struct gtls_conn *c = conn_of(base);
    int ret;

    if (c->result == TLS_FAILED || c->result == TLS_CLOSED)
        return c->result;
    output_recycle(c);
    c->in = data;
    c->in_left = size;
    gtls_record_follow(&c->record, data, size);
    ret = c->session == NULL ? gtls_session_start(c) : 0;
    if (ret < 0) {
        gtls_alert_error(c, ret);
        base->facts.is_short = 1;
        return c->result = TLS_FAILED;
    }
    if (!base->facts.is_established)
        c->result = handshake_step(c);
    if (c->result == TLS_ESTABLISHED)
        c->result = read_step(c);
    c->in = NULL;
    c->in_left = 0;
    return c->result;
}

static const uint8_t *conn_output(struct tls_conn *base, size_t *size)
{
    struct gtls_conn *c = conn_of(base);

    output_recycle(c);
    *size = c->out.size;
    c->taken = *size > 0;
    return c->out.data;
}

static size_t conn_read(struct tls_conn *base, void *data, size_t size)
{
    return plain_take(&conn_of(base)->plain, data, size);
}

/* GnuTLS 3.7 agrees to a max_fragment_length and then, in TLS 1.2, sends
 * application data in records of 16384 bytes. */
static size_t piece_of(const struct gtls_conn *c, size_t size)
{
    int code = c->base.facts.flight.max_fragment_length;
    size_t limit = code == 0 ? size : (size_t)256 << code;

    return size < limit ? size : limit;
}

static int conn_write(struct tls_conn *base, const void *data, size_t size)
{
    struct gtls_conn *c = conn_of(base);
    const uint8_t *at = data;

    if (!base->facts.is_established || c->result == TLS_FAILED)
        return -1;
    output_recycle(c);
    while (size > 0) {
        ssize_t n = gnutls_record_send(c->session, at, piece_of(c, size));

        if (n <= 0) {
            gtls_alert_error(c, (int)n);
            return -1;
        }
        at += n;
        size -= (size_t)n;
    }
    return 0;
}

static void conn_close(struct tls_conn *base)
{
    struct gtls_conn *c = conn_of(base);

    if (!base->facts.is_established || c->result == TLS_FAILED)
        return;
    output_recycle(c);
    gtls_alert_send(c, WARNING, GNUTLS_A_CLOSE_NOTIFY);
}

static void conn_client(const struct tls_conn *base, struct tls_client *out)
{
    const struct gtls_conn *c = (const struct gtls_conn *)base;

    gtls_client_auth_describe(base->facts.client_leaf.data,
                              base->facts.client_leaf.size, out);
    out->verify_code = c->verdict.code;
    out->verify_text = c->verdict.text == NULL ? "ok" : c->verdict.text;
}

const struct tls_engine_ops tls_engine_gnutls = {
    .name = "gnutls",
    .state_new = state_new,
    .state_free = gtls_state_destroy,
    .conn_new = conn_new,
    .conn_free = conn_free,
    .input = conn_input,
    .output = conn_output,
    .read = conn_read,
    .write = conn_write,
    .close = conn_close,
    .client = conn_client,
};
