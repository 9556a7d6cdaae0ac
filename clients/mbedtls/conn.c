/* One connection: handshake step by step, then application bytes. */
#include "clients/shim_stack.h"

#include <stdio.h>
#include <stdlib.h>

#include "clients/mbedtls/compat.h"
#include "clients/mbedtls/context.h"
#include "clients/mbedtls/failure.h"
#include "clients/mbedtls/tickets.h"
#include "clients/shim_map.h"

enum { TLS13 = 0x0304 };

struct conn {
    mbedtls_ssl_context ssl;
    struct context *context;
    const char *checked_name; /* by the verify callback; NULL: not there */
    uint16_t group;
    int is_certified; /* the handshake came to the server's certificate: what
                         goes on with a session does not */
    int resumes;      /* tickets are asked for */
    int has_ticket;   /* of TLS 1.3 */
    size_t written; /* of the application bytes under way */
};

/* A peer that refuses in the middle of our flight closes at once, and the next
 * write fails while its alert waits to be read. So a write that fails passes
 * for sent, and the next read tells what came: the alert, or the reset. */
static int io_send(void *io, const unsigned char *data, size_t size)
{
    ssize_t n = shim_io_write(io, data, size);

    if (n == -1)
        return MBEDTLS_ERR_SSL_WANT_WRITE;
    return n > 0 ? (int)n : (int)size;
}

static int io_receive(void *io, unsigned char *data, size_t size)
{
    ssize_t n = shim_io_read(io, data, size);

    if (n == -1)
        return MBEDTLS_ERR_SSL_WANT_READ;
    return n >= 0 ? (int)n : MBEDTLS_ERR_NET_CONN_RESET;
}

/* The library's host name is both what is sent and what is checked. A device
 * without SNI that still checks has its own call for the check. */
static int name_set(struct conn *c, const struct shim_want *want)
{
    int check = want->verify_chain && want->verify_name;

    if (!want->sni && check)
        c->checked_name = want->name;
    return mbedtls_ssl_set_hostname(&c->ssl, want->sni ? want->name : NULL);
}

void *conn_new(void *context, const struct shim_want *want, struct shim_io *io,
               struct shim_why *why)
{
    struct conn *c = calloc(1, sizeof *c);
    int ret;

    if (!c)
        return NULL;
    c->context = context;
    c->resumes = want->resume;
    mbedtls_ssl_init(&c->ssl);
    ret = mbedtls_ssl_setup(&c->ssl, &c->context->conf);
    if (!ret)
        ret = name_set(c, want);
    if (ret) {
        failure_code(why, STAGE_SETUP, ret);
        conn_free(c, 0);
        return NULL;
    }
    mbedtls_ssl_set_bio(&c->ssl, io, io_send, io_receive, NULL);
    return c;
}

/* Did a ticket come, or does the library wait for what it has already? */
static int is_between(struct conn *c, int ret)
{
    if (tickets_is_news(ret))
        c->has_ticket = 1;
    return tickets_is_news(ret) ||
           (c->resumes && ret == MBEDTLS_ERR_SSL_WANT_READ &&
            mbedtls_ssl_check_pending(&c->ssl));
}

/* A ticket of TLS 1.3, on its way, is one more step. */
static int handshake(struct conn *c)
{
    while (compat_state(&c->ssl) != MBEDTLS_SSL_HANDSHAKE_OVER) {
        int ret;
        uint16_t group;

        if ((int)compat_state(&c->ssl) == MBEDTLS_SSL_SERVER_CERTIFICATE)
            c->is_certified = 1;
        ret = mbedtls_ssl_handshake_step(&c->ssl);
        group = compat_group_in_use(&c->ssl);

        if (group)
            c->group = group;
        if (ret && !is_between(c, ret))
            return ret;
    }
    return 0;
}

static int application_write(struct conn *c, const uint8_t *out, size_t size)
{
    while (c->written < size) {
        int ret =
            mbedtls_ssl_write(&c->ssl, out + c->written, size - c->written);

        if (ret < 0)
            return ret;
        c->written += (size_t)ret;
    }
    c->written = 0;
    return 0;
}

/* An orderly end and a bare end of file are both the end of the bytes. */
static int application_read(struct conn *c, uint8_t *in, size_t *size)
{
    int ret;

    do
        ret = mbedtls_ssl_read(&c->ssl, in, *size);
    while (is_between(c, ret));
    if (ret == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY ||
        ret == MBEDTLS_ERR_SSL_CONN_EOF)
        ret = 0;
    if (ret < 0)
        return ret;
    *size = (size_t)ret;
    return 0;
}

enum shim_step conn_step(void *conn, const void *out, size_t out_size, void *in,
                         size_t *in_size, struct shim_why *why)
{
    struct conn *c = conn;
    int ret;

    c->context->verify.name = c->checked_name;
    ret = handshake(c);
    if (!ret && out_size)
        ret = application_write(c, out, out_size);
    if (!ret && in)
        ret = application_read(c, in, in_size);
    if (!ret)
        return SHIM_DONE;
    if (ret == MBEDTLS_ERR_SSL_WANT_READ)
        return SHIM_WANT_READ;
    if (ret == MBEDTLS_ERR_SSL_WANT_WRITE)
        return SHIM_WANT_WRITE;
    failure_connection(why, &c->ssl, ret);
    return SHIM_FAILED;
}

static size_t chain_list(const mbedtls_ssl_context *ssl,
                         struct shim_bytes *chain, size_t room)
{
    size_t n = 0;

    for (const mbedtls_x509_crt *crt = compat_peer_chain(ssl); crt && n < room;
         crt = crt->next)
        chain[n++] = (struct shim_bytes){crt->raw.p, crt->raw.len};
    return n;
}

void conn_result(void *conn, struct shim_got *got, struct shim_bytes *chain,
                 size_t *count)
{
    struct conn *c = conn;
    const char *alpn = compat_alpn(&c->ssl);

    got->version = compat_version(&c->ssl);
    got->suite = compat_suite(&c->ssl);
    got->group = c->group;
    got->resumed = !c->is_certified;
    snprintf(got->alpn, sizeof got->alpn, "%s", alpn ? alpn : "");
    *count = chain_list(&c->ssl, chain, *count);
    got->peer_certificate = compat_authenticated(&c->ssl);
}

void *session_take(void *conn)
{
    const struct conn *c = conn;
    int is_there = c->has_ticket || compat_version(&c->ssl) < TLS13;
    mbedtls_ssl_session *session = is_there ? calloc(1, sizeof *session) : NULL;

    if (!session)
        return NULL;
    mbedtls_ssl_session_init(session);
    if (mbedtls_ssl_get_session(&c->ssl, session) == 0)
        return session;
    (void)session_offer(NULL, session, NULL);
    return NULL;
}

int session_offer(void *conn, void *session, struct shim_why *why)
{
    struct conn *c = conn;
    int ret = c ? mbedtls_ssl_set_session(&c->ssl, session) : 0;

    mbedtls_ssl_session_free(session);
    free(session);
    if (ret)
        failure_code(why, STAGE_SETUP, ret);
    return ret ? -1 : 0;
}

void conn_free(void *conn, int notify)
{
    struct conn *c = conn;

    if (!c)
        return;
    if (notify)
        mbedtls_ssl_close_notify(&c->ssl);
    mbedtls_ssl_free(&c->ssl);
    context_forget(c->context);
    free(c);
}
