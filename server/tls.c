/* One TLS connection as a machine that turns bytes into bytes, and its record.
 * Must not know sockets or loops. */
#include "server/tls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "model/reason.h"
#include "server/tls_flight.h"
#include "server/tls_hello.h"
#include "server/tls_state.h"

enum { ALERTS_MAX = 16, PLAIN_CHUNK = 16384, ERROR_TEXT = 200 };
enum { MESSAGE_CLIENT_HELLO = 1, MESSAGE_CERTIFICATE = 11 };
enum { ALERT_CLOSE_NOTIFY = 0, ALERT_USER_CANCELED = 90, LEVEL_FATAL = 2 };

struct alerts { /* those past ALERTS_MAX are not kept; OpenSSL ends a connection
                   after five warnings in a row */
    uint8_t level[ALERTS_MAX], code[ALERTS_MAX];
    size_t count;
};

struct bytes {
    uint8_t *data;
    size_t size;
};

struct tls_conn {
    struct tls_state *state;
    SSL *ssl;      /* NULL until the first bytes */
    BIO *in, *out; /* owned by ssl */
    enum tls_result result;
    enum tls_party ended_by;
    int done;           /* the client's Finished was processed */
    int taken;          /* the output was handed out and may be dropped */
    struct bytes plain; /* application data; plain_at bytes are read */
    size_t plain_at;
    struct bytes hello;       /* the first ClientHello, as sent */
    struct bytes client_leaf; /* the client's certificate, as sent */
    size_t client_certificates;
    const char *chain; /* name of the chain that was served */
    struct tls_flight flight;
    struct alerts sent, received;
    unsigned long error;
    char error_text[ERROR_TEXT];
};

/* Keeps a copy; an empty one if memory is out. */
static void bytes_copy(struct bytes *b, const void *data, size_t size)
{
    free(b->data);
    b->size = 0;
    b->data = malloc(size);
    if (b->data == NULL)
        return;
    memcpy(b->data, data, size);
    b->size = size;
}

static void alert_note(struct tls_conn *c, int is_sent, const uint8_t *alert)
{
    struct alerts *list = is_sent ? &c->sent : &c->received;
    /* "All the alerts [but closure ones] are error alerts, which MUST be
     * treated as fatal regardless of the AlertLevel" (RFC 8446 section 6.2) */
    int fatal =
        alert[0] == LEVEL_FATAL || (SSL_version(c->ssl) == TLS1_3_VERSION &&
                                    alert[1] != ALERT_USER_CANCELED);

    if (c->ended_by == TLS_NOBODY && (fatal || alert[1] == ALERT_CLOSE_NOTIFY))
        c->ended_by = is_sent ? TLS_SELF : TLS_PEER;
    if (list->count == ALERTS_MAX)
        return;
    list->level[list->count] = alert[0];
    list->code[list->count++] = alert[1];
}

/* The chain is told by the leaf that went out. */
static void chain_note(struct tls_conn *c, const uint8_t *message, size_t size)
{
    const uint8_t *leaf;
    size_t leaf_size;

    if (message[0] != MESSAGE_CERTIFICATE)
        return;
    tls_flight_certificates(c->flight.version, message, size, &leaf,
                            &leaf_size);
    for (int i = 0; i < TLS_CHAINS; i++) {
        const struct tls_chain *chain = &c->state->chains[i];

        if (chain->leaf_der != NULL && chain->leaf_size == leaf_size &&
            memcmp(chain->leaf_der, leaf, leaf_size) == 0)
            c->chain = chain->name;
    }
}

static void received_note(struct tls_conn *c, const uint8_t *message,
                          size_t size)
{
    const uint8_t *leaf;
    size_t leaf_size;

    if (message[0] == MESSAGE_CLIENT_HELLO && c->hello.data == NULL)
        bytes_copy(&c->hello, message, size);
    if (message[0] != MESSAGE_CERTIFICATE)
        return;
    c->client_certificates = tls_flight_certificates(c->flight.version, message,
                                                     size, &leaf, &leaf_size);
    if (leaf_size > 0)
        bytes_copy(&c->client_leaf, leaf, leaf_size);
}

static void on_message(int is_sent, int version, int type, const void *data,
                       size_t size, SSL *ssl, void *arg)
{
    struct tls_conn *c = arg;

    (void)version;
    (void)ssl;
    if (type == SSL3_RT_ALERT && size == 2)
        alert_note(c, is_sent, data);
    if (type != SSL3_RT_HANDSHAKE || size < 4)
        return;
    if (!is_sent) {
        received_note(c, data, size);
        return;
    }
    tls_flight_note(&c->flight, data, size);
    chain_note(c, data, size);
}

void tls_conn_prepare(struct tls_state *s)
{
    SSL_CTX_set_msg_callback(s->ctx, on_message);
}

struct tls_conn *tls_conn_new(struct tls_state *s)
{
    struct tls_conn *c = calloc(1, sizeof(*c));

    if (c != NULL)
        c->state = s;
    return c;
}

void tls_conn_free(struct tls_conn *c)
{
    if (c == NULL)
        return;
    SSL_free(c->ssl);
    free(c->plain.data);
    free(c->hello.data);
    free(c->client_leaf.data);
    free(c);
}

static int ssl_start(struct tls_conn *c)
{
    BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());

    c->ssl = SSL_new(c->state->ctx);
    if (in == NULL || out == NULL || c->ssl == NULL) {
        BIO_free(in);
        BIO_free(out);
        SSL_free(c->ssl);
        c->ssl = NULL;
        return -1;
    }
    BIO_set_mem_eof_return(in, -1);
    c->in = in;
    c->out = out;
    SSL_set_bio(c->ssl, in, out);
    SSL_set_msg_callback_arg(c->ssl, c);
    SSL_set_accept_state(c->ssl);
    return 0;
}

/* The oldest error of the queue is the cause, the later ones are its
 * consequences. */
static void error_note(struct tls_conn *c)
{
    long verify;
    const char *reason;

    c->error = ERR_peek_error();
    if (c->error == 0)
        return;
    reason = ERR_reason_error_string(c->error);
    verify = c->ssl == NULL ? X509_V_OK : SSL_get_verify_result(c->ssl);
    snprintf(c->error_text, sizeof(c->error_text), "%s%s%s",
             reason == NULL ? "unnamed error" : reason,
             verify == X509_V_OK ? "" : ": ",
             verify == X509_V_OK ? "" : X509_verify_cert_error_string(verify));
    ERR_clear_error();
}

/* What an SSL call's return value means for the connection. */
static enum tls_result result_of(struct tls_conn *c, int value)
{
    switch (SSL_get_error(c->ssl, value)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
        return c->done ? TLS_ESTABLISHED : TLS_MORE;
    case SSL_ERROR_ZERO_RETURN:
        return TLS_CLOSED;
    default:
        error_note(c);
        return TLS_FAILED;
    }
}

static enum tls_result handshake_step(struct tls_conn *c)
{
    int value = SSL_do_handshake(c->ssl);

    if (value != 1)
        return result_of(c, value);
    c->done = 1;
    return TLS_ESTABLISHED;
}

static int plain_append(struct tls_conn *c, const void *data, size_t size)
{
    uint8_t *more = realloc(c->plain.data, c->plain.size + size);

    if (more == NULL)
        return -1;
    memcpy(more + c->plain.size, data, size);
    c->plain.data = more;
    c->plain.size += size;
    return 0;
}

/* Bounded by what was fed: nothing decrypts to more than its record. */
static enum tls_result read_step(struct tls_conn *c)
{
    uint8_t chunk[PLAIN_CHUNK];

    for (;;) {
        int value = SSL_read(c->ssl, chunk, sizeof(chunk));

        if (value <= 0)
            return result_of(c, value);
        if (plain_append(c, chunk, (size_t)value) != 0)
            return TLS_FAILED;
    }
}

static void output_recycle(struct tls_conn *c)
{
    if (!c->taken)
        return;
    (void)BIO_reset(c->out);
    c->taken = 0;
}

enum tls_result tls_conn_input(struct tls_conn *c, const void *data,
                               size_t size)
{
    if (c->result == TLS_FAILED || c->result == TLS_CLOSED)
        return c->result;
    ERR_clear_error();
    output_recycle(c);
    if ((c->ssl == NULL && ssl_start(c) != 0) ||
        BIO_write(c->in, data, (int)size) != (int)size) {
        error_note(c);
        return c->result = TLS_FAILED;
    }
    if (!c->done)
        c->result = handshake_step(c);
    if (c->result == TLS_ESTABLISHED)
        c->result = read_step(c);
    return c->result;
}

const uint8_t *tls_conn_output(struct tls_conn *c, size_t *size)
{
    char *data = NULL;

    *size = 0;
    if (c->ssl == NULL)
        return NULL;
    output_recycle(c);
    *size = (size_t)BIO_get_mem_data(c->out, &data);
    c->taken = *size > 0;
    return (const uint8_t *)data;
}

size_t tls_conn_read(struct tls_conn *c, void *data, size_t size)
{
    size_t left = c->plain.size - c->plain_at;
    size_t n = left < size ? left : size;

    if (n == 0)
        return 0;
    memcpy(data, c->plain.data + c->plain_at, n);
    c->plain_at += n;
    if (n == left)
        c->plain.size = c->plain_at = 0;
    return n;
}

int tls_conn_write(struct tls_conn *c, const void *data, size_t size)
{
    size_t written = 0;

    if (!c->done || c->result == TLS_FAILED)
        return -1;
    ERR_clear_error();
    output_recycle(c);
    if (SSL_write_ex(c->ssl, data, size, &written) != 1) {
        error_note(c);
        return -1;
    }
    return 0;
}

void tls_conn_close(struct tls_conn *c)
{
    if (!c->done || c->result == TLS_FAILED)
        return;
    ERR_clear_error();
    output_recycle(c);
    (void)SSL_shutdown(c->ssl);
}

int tls_conn_is_established(const struct tls_conn *c)
{
    return c->done;
}

enum tls_party tls_conn_ended_by(const struct tls_conn *c)
{
    return c->ended_by;
}

static json_t *level_json(uint8_t level)
{
    if (level == 1 || level == LEVEL_FATAL)
        return json_string(level == LEVEL_FATAL ? "fatal" : "warning");
    return json_sprintf("0x%02x", level);
}

static json_t *alerts_json(const struct alerts *list)
{
    json_t *array = json_array();

    for (size_t i = 0; i < list->count; i++)
        json_array_append_new(array,
                              json_pack("{s:o, s:i, s:s?}", "level",
                                        level_json(list->level[i]), "code",
                                        (int)list->code[i], "name",
                                        alert_name(list->code[i])));
    return array;
}

static json_t *hello_json(const struct tls_conn *c)
{
    struct tls_hello hello;

    if (c->hello.data == NULL ||
        tls_hello_parse(c->hello.data, c->hello.size, &hello) != 0)
        return json_null();
    return tls_hello_json(&hello);
}

static json_t *client_json(const struct tls_conn *c)
{
    if (c->client_leaf.data == NULL)
        return json_null();
    return tls_client_auth_json(c->client_leaf.data, c->client_leaf.size,
                                c->client_certificates,
                                SSL_get_verify_result(c->ssl));
}

void tls_conn_describe(const struct tls_conn *c, json_t *record)
{
    const struct tls_flight *f = &c->flight;
    const char *handshake = c->done                 ? "done"
                            : c->hello.data != NULL ? "failed"
                                                    : "none";

    json_object_set_new(record, "hello", hello_json(c));
    json_object_set_new(record, "chose", tls_flight_json(f, c->chain));
    json_object_set_new(record, "certificates",
                        json_integer((json_int_t)f->certificates));
    json_object_set_new(record, "certificate_bytes",
                        json_integer((json_int_t)f->certificate_bytes));
    json_object_set_new(record, "alerts_sent", alerts_json(&c->sent));
    json_object_set_new(record, "alerts_received", alerts_json(&c->received));
    json_object_set_new(record, "handshake", json_string(handshake));
    json_object_set_new(record, "client_certificate", client_json(c));
    json_object_set_new(record, "unserved", json_null());
    json_object_set_new(
        record, "error",
        json_pack("{s:i, s:s?}", "code", ERR_GET_REASON(c->error), "text",
                  c->error_text[0] == '\0' ? NULL : c->error_text));
}
