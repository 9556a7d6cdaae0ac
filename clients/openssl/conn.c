/* One connection of the OpenSSL client. */
#include "clients/shim_stack.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <string.h>

#include "clients/shim_map.h"
#include "clients/openssl/bio.h"
#include "clients/openssl/negotiated.h"
#include "clients/openssl/reasons.h"
#include "clients/openssl/status.h"

enum { CHAIN_MAX = 32 };

struct conn {
    SSL *ssl;
    int alert_sent, alert_received; /* -1: none */
    int depth;                      /* of the certificate that did not verify */
    const struct shim_want *want;
    enum reason status; /* what the stapled response is refused for, or NONE */
    uint8_t *chain[CHAIN_MAX];      /* DER, made for conn_result */
    size_t chain_count;
};

/* Remembers alerts; close_notify is no refusal. */
static void alert_note(const SSL *ssl, int where, int alert)
{
    struct conn *c = SSL_get_app_data(ssl);
    int code = alert & 0xff;

    if (!(where & SSL_CB_ALERT) || code == SSL3_AD_CLOSE_NOTIFY)
        return;
    if (where & SSL_CB_READ)
        c->alert_received = code;
    else
        c->alert_sent = code;
}

/* Decides nothing: the library does not keep the depth for later. */
static int depth_note(int verified, X509_STORE_CTX *store)
{
    SSL *ssl =
        X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct conn *c = SSL_get_app_data(ssl);

    if (!verified)
        c->depth = X509_STORE_CTX_get_error_depth(store);
    return verified;
}

/* Also called where nothing came. 0 has the library send
 * bad_certificate_status_response. */
static int status_note(SSL *ssl, void *arg)
{
    struct conn *c = SSL_get_app_data(ssl);

    (void)arg;
    c->status = status_check(ssl, c->want);
    return c->status == REASON_NONE;
}

static int status_prepare(SSL *ssl, SSL_CTX *ctx, const struct shim_want *want)
{
    return want->ocsp < OCSP_ASK ||
           (SSL_CTX_set_tlsext_status_cb(ctx, status_note) &&
            SSL_set_tlsext_status_type(ssl, TLSEXT_STATUSTYPE_ocsp));
}

static int verify_prepare(SSL *ssl, const struct shim_want *want)
{
    X509_VERIFY_PARAM *param = SSL_get0_param(ssl);

    if (!want->verify_chain)
        return 1;
    /* A time wins over X509_V_FLAG_NO_CHECK_TIME: set only one of both. */
    if (want->verify_time)
        X509_VERIFY_PARAM_set_time(param, (time_t)want->clock);
    return !want->verify_name || SSL_set1_host(ssl, want->name);
}

static int ssl_prepare(struct conn *c, SSL_CTX *ctx,
                       const struct shim_want *want, struct shim_io *io)
{
    BIO *bio;

    c->want = want;
    c->ssl = SSL_new(ctx);
    if (!c->ssl)
        return -1;
    SSL_set_app_data(c->ssl, c);
    SSL_set_info_callback(c->ssl, alert_note);
    SSL_set_verify(c->ssl, SSL_get_verify_mode(c->ssl), depth_note);
    if (!verify_prepare(c->ssl, want) || !status_prepare(c->ssl, ctx, want))
        return -1;
    if (want->sni && !SSL_set_tlsext_host_name(c->ssl, want->name))
        return -1;
    bio = bio_new(io);
    if (!bio)
        return -1;
    SSL_set_bio(c->ssl, bio, bio);
    SSL_set_connect_state(c->ssl);
    return 0;
}

void *conn_new(void *context, const struct shim_want *want, struct shim_io *io,
               struct shim_why *why)
{
    struct conn *c;

    ERR_clear_error();
    c = OPENSSL_zalloc(sizeof *c);
    if (c) {
        c->alert_sent = c->alert_received = -1;
        if (ssl_prepare(c, context, want, io) == 0)
            return c;
    }
    reasons_fill(why, STAGE_SETUP, NULL);
    conn_free(c, 0);
    return NULL;
}

/* Where the handshake stood. */
static enum stage stage_now(const SSL *ssl)
{
    if (!SSL_in_init(ssl))
        return STAGE_APPLICATION;
    switch (SSL_get_state(ssl)) {
    case TLS_ST_BEFORE:
    case TLS_ST_CW_CLNT_HELLO:
    case TLS_ST_CR_SRVR_HELLO:
        return STAGE_HELLO;
    case TLS_ST_CR_ENCRYPTED_EXTENSIONS:
    case TLS_ST_CR_CERT:
    case TLS_ST_CR_CERT_STATUS:
    case TLS_ST_CR_KEY_EXCH:
    case TLS_ST_CR_CERT_REQ:
    case TLS_ST_CR_CERT_VRFY:
        return STAGE_CERTIFICATE;
    default:
        return STAGE_FINISHED;
    }
}

static enum shim_step failed(struct conn *c, int error, struct shim_why *why)
{
    enum stage stage = stage_now(c->ssl);
    struct reasons_verify verify = {X509_V_OK, c->depth};

    if (SSL_get_verify_mode(c->ssl) != SSL_VERIFY_NONE)
        verify.code = SSL_get_verify_result(c->ssl);

    why->alert_sent = c->alert_sent;
    why->alert_received = c->alert_received;
    if (error == SSL_ERROR_ZERO_RETURN ||
        (error == SSL_ERROR_SYSCALL && !ERR_peek_error())) {
        why->by_server = 1;
        shim_map_fill(why, stage, REASON_PEER_CLOSED, error, "peer closed");
        return SHIM_FAILED;
    }
    reasons_fill(why, verify.code != X509_V_OK ? STAGE_CERTIFICATE : stage,
                 &verify);
    if (c->status != REASON_NONE) {
        why->stage = STAGE_CERTIFICATE;
        why->reason = c->status;
    }
    return SHIM_FAILED;
}

static enum shim_step outcome(struct conn *c, int ret, struct shim_why *why)
{
    int error = SSL_get_error(c->ssl, ret);

    if (error == SSL_ERROR_WANT_READ)
        return SHIM_WANT_READ;
    if (error == SSL_ERROR_WANT_WRITE)
        return SHIM_WANT_WRITE;
    return failed(c, error, why);
}

enum shim_step conn_step(void *conn, const void *out, size_t out_size, void *in,
                         size_t *in_size, struct shim_why *why)
{
    struct conn *c = conn;
    int ret = 1;

    ERR_clear_error();
    if (SSL_in_init(c->ssl))
        ret = SSL_do_handshake(c->ssl);
    if (ret == 1 && out_size)
        ret = SSL_write(c->ssl, out, (int)out_size);
    if (ret > 0 && in)
        ret = SSL_read(c->ssl, in, *in_size < INT_MAX ? (int)*in_size : 1);
    if (ret <= 0)
        return outcome(c, ret, why);
    if (in)
        *in_size = (size_t)ret;
    return SHIM_DONE;
}

/* The certificates as sent. Those that cannot be encoded again end the list. */
static void chain_fill(struct conn *c, struct shim_bytes *chain, size_t *count)
{
    STACK_OF(X509) *sent = SSL_get_peer_cert_chain(c->ssl);
    int n = sent ? sk_X509_num(sent) : 0;

    while (c->chain_count < *count && c->chain_count < CHAIN_MAX &&
           (int)c->chain_count < n) {
        size_t i = c->chain_count;
        int size = i2d_X509(sk_X509_value(sent, (int)i), &c->chain[i]);
        if (size <= 0)
            break;
        chain[i] = (struct shim_bytes){c->chain[i], (size_t)size};
        c->chain_count++;
    }
    *count = c->chain_count;
}

void conn_result(void *conn, struct shim_got *got, struct shim_bytes *chain,
                 size_t *count)
{
    struct conn *c = conn;

    negotiated_fill(c->ssl, got);
    got->resumed = SSL_session_reused(c->ssl);
    chain_fill(c, chain, count);
}

void *session_take(void *conn)
{
    const struct conn *c = conn;
    SSL_SESSION *session = SSL_get1_session(c->ssl);

    if (session && SSL_SESSION_is_resumable(session))
        return session;
    SSL_SESSION_free(session);
    return NULL;
}

int session_offer(void *conn, void *session, struct shim_why *why)
{
    const struct conn *c = conn;
    int is_taken = c && SSL_set_session(c->ssl, session);

    SSL_SESSION_free(session);
    if (c && !is_taken)
        reasons_fill(why, STAGE_SETUP, NULL);
    return c && !is_taken ? -1 : 0;
}

void conn_free(void *conn, int notify)
{
    struct conn *c = conn;

    if (!c)
        return;
    if (notify && c->ssl)
        SSL_shutdown(c->ssl);
    for (size_t i = 0; i < c->chain_count; i++)
        OPENSSL_free(c->chain[i]);
    SSL_free(c->ssl);
    OPENSSL_free(c);
    ERR_clear_error();
}
