/* One connection by OpenSSL, and the engine's table. Must not know sockets or
 * loops. */
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "base/file.h"
#include "server/engine.h"
#include "server/openssl/tls_bio.h"
#include "server/openssl/tls_state.h"
#include "server/plain.h"

enum { PLAIN_CHUNK = 16384 };
enum { MESSAGE_CERTIFICATE = 11 };

struct openssl_conn {
    struct tls_conn base;
    struct openssl_state *state;
    SSL *ssl; /* NULL until the first bytes: an idle peer costs little */
    struct tls_bio wire;
    enum tls_result result;
    struct plain plain; /* application data */
};

static struct openssl_conn *conn_of(struct tls_conn *c)
{
    return (struct openssl_conn *)c;
}

/* The chain is told by the leaf that went out. */
static void chain_note(struct openssl_conn *c, const uint8_t *message,
                       size_t size)
{
    struct facts *f = &c->base.facts;
    const uint8_t *leaf;
    size_t leaf_size;

    tls_flight_certificates(f->flight.version, message, size, &leaf,
                            &leaf_size);
    for (int i = 0; i < TLS_CHAINS; i++) {
        const struct tls_chain *chain = &c->state->chains[i];

        if (chain->leaf_der != NULL && chain->leaf_size == leaf_size &&
            memcmp(chain->leaf_der, leaf, leaf_size) == 0)
            f->chain = chain->name;
    }
}

static void on_message(int is_sent, int version, int type, const void *data,
                       size_t size, SSL *ssl, void *arg)
{
    struct openssl_conn *c = arg;
    const uint8_t *message = data;

    (void)version;
    if (type == SSL3_RT_ALERT && size == 2)
        facts_alert(&c->base.facts, is_sent, message,
                    SSL_version(ssl) == TLS1_3_VERSION);
    if (type != SSL3_RT_HANDSHAKE || size < 4)
        return;
    facts_message(&c->base.facts, is_sent, message, size);
    if (is_sent && message[0] == MESSAGE_CERTIFICATE)
        chain_note(c, message, size);
}

void tls_conn_prepare(struct openssl_state *s)
{
    SSL_CTX_set_msg_callback(s->ctx, on_message);
}

static struct tls_conn *conn_new(struct tls_state *s)
{
    struct openssl_conn *c = calloc(1, sizeof(*c));

    if (c == NULL)
        return NULL;
    c->state = (struct openssl_state *)s;
    return &c->base;
}

static void conn_free(struct tls_conn *base)
{
    struct openssl_conn *c = conn_of(base);

    SSL_free(c->ssl);
    tls_bio_clear(&c->wire);
    free(c->plain.data);
    free(c);
}

static int ssl_start(struct openssl_conn *c)
{
    BIO *bio = tls_bio_hold();

    c->ssl = bio == NULL ? NULL : SSL_new(c->state->ctx);
    if (c->ssl == NULL) {
        BIO_free(bio);
        return -1;
    }
    SSL_set_bio(c->ssl, bio, bio);
    SSL_set_msg_callback_arg(c->ssl, c);
    SSL_set_accept_state(c->ssl);
    if (c->state->asks && SSL_set_app_data(c->ssl, &c->base) != 1)
        return -1;
    return 0;
}

/* Empties the queue. What cannot be set up is as short of memory as what says
 * so. */
static int is_malloc_failure(void)
{
    unsigned long e;
    int found = 0;

    while ((e = ERR_get_error()) != 0)
        if (ERR_GET_REASON(e) == ERR_R_MALLOC_FAILURE ||
            ERR_GET_REASON(e) == ERR_R_INIT_FAIL)
            found = 1;
    return found;
}

/* The oldest error of the queue is the cause, the later ones are its
 * consequences. */
static void error_note(struct openssl_conn *c)
{
    struct facts *f = &c->base.facts;
    unsigned long error = ERR_peek_error();
    const char *reason;
    long verify;

    f->is_short |= c->wire.is_short;
    if (error == 0)
        return;
    f->error = ERR_GET_REASON(error);
    reason = ERR_reason_error_string(error);
    verify = c->ssl == NULL ? X509_V_OK : SSL_get_verify_result(c->ssl);
    free(f->error_text);
    f->error_text = format(
        "%s%s%s", reason == NULL ? "unnamed error" : reason,
        verify == X509_V_OK ? "" : ": ",
        verify == X509_V_OK ? "" : X509_verify_cert_error_string(verify));
    if (is_malloc_failure())
        f->is_short = 1;
    if (c->ssl == NULL || ERR_GET_LIB(error) != ERR_LIB_SSL)
        return;
    f->is_too_large = f->error == SSL_R_EXCESSIVE_MESSAGE_SIZE &&
                      SSL_get_state(c->ssl) == TLS_ST_SR_CERT;
    f->unserved = tls_unserved_sentence(c->state, c->ssl, f, f->error);
}

/* What an SSL call's return value means for the connection. */
static enum tls_result result_of(struct openssl_conn *c, int value)
{
    switch (SSL_get_error(c->ssl, value)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
        return c->base.facts.is_established ? TLS_ESTABLISHED : TLS_MORE;
    case SSL_ERROR_ZERO_RETURN:
        return TLS_CLOSED;
    default:
        error_note(c);
        return TLS_FAILED;
    }
}

static enum tls_result handshake_step(struct openssl_conn *c)
{
    int value = SSL_do_handshake(c->ssl);

    if (value != 1)
        return result_of(c, value);
    c->base.facts.is_established = 1;
    c->base.facts.is_resumed = SSL_session_reused(c->ssl);
    return TLS_ESTABLISHED;
}

/* Bounded by what was fed: nothing decrypts to more than its record. */
static enum tls_result read_step(struct openssl_conn *c)
{
    uint8_t chunk[PLAIN_CHUNK];

    for (;;) {
        int value = SSL_read(c->ssl, chunk, sizeof(chunk));

        if (value <= 0)
            return result_of(c, value);
        if (plain_add(&c->plain, chunk, (size_t)value) != 0) {
            c->base.facts.is_short = 1;
            return TLS_FAILED;
        }
    }
}

static enum tls_result conn_input(struct tls_conn *base, const void *data,
                                  size_t size)
{
    struct openssl_conn *c = conn_of(base);

    if (c->result == TLS_FAILED || c->result == TLS_CLOSED)
        return c->result;
    ERR_clear_error();
    if (c->ssl == NULL && ssl_start(c) != 0) {
        error_note(c);
        base->facts.is_short = 1;
        return c->result = TLS_FAILED;
    }
    tls_bio_enter(&c->wire);
    tls_bio_feed(&c->wire, data, size);
    if (!base->facts.is_established)
        c->result = handshake_step(c);
    if (c->result == TLS_ESTABLISHED)
        c->result = read_step(c);
    tls_bio_feed(&c->wire, NULL, 0);
    return c->result;
}

static const uint8_t *conn_output(struct tls_conn *base, size_t *size)
{
    return tls_bio_output(&conn_of(base)->wire, size);
}

static size_t conn_read(struct tls_conn *base, void *data, size_t size)
{
    return plain_take(&conn_of(base)->plain, data, size);
}

static int conn_write(struct tls_conn *base, const void *data, size_t size)
{
    struct openssl_conn *c = conn_of(base);
    size_t written = 0;

    if (!base->facts.is_established || c->result == TLS_FAILED)
        return -1;
    ERR_clear_error();
    tls_bio_enter(&c->wire);
    if (SSL_write_ex(c->ssl, data, size, &written) != 1) {
        error_note(c);
        return -1;
    }
    return 0;
}

static void conn_close(struct tls_conn *base)
{
    struct openssl_conn *c = conn_of(base);

    if (!base->facts.is_established || c->result == TLS_FAILED)
        return;
    ERR_clear_error();
    tls_bio_enter(&c->wire);
    (void)SSL_shutdown(c->ssl);
}

static void conn_client(const struct tls_conn *base, struct tls_client *out)
{
    const struct openssl_conn *c = (const struct openssl_conn *)base;

    tls_client_auth_describe(base->facts.client_leaf.data,
                             base->facts.client_leaf.size,
                             SSL_get_verify_result(c->ssl), out);
}

const struct tls_engine_ops tls_engine_openssl = {
    .name = "openssl",
    .state_new = tls_state_build,
    .state_free = tls_state_destroy,
    .conn_new = conn_new,
    .conn_free = conn_free,
    .input = conn_input,
    .output = conn_output,
    .read = conn_read,
    .write = conn_write,
    .close = conn_close,
    .client = conn_client,
};
