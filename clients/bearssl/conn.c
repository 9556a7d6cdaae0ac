/* One connection. The library moves no bytes itself: it says what it could do,
 * and the loop here does one of those things at a time. */
#include "clients/shim_stack.h"

#include <bearssl.h>
#include <stdio.h>
#include <string.h>

#include "clients/bearssl/context.h"
#include "clients/bearssl/failure.h"
#include "clients/bearssl/verify.h"
#include "clients/shim_map.h"

/* What a record adds to its content at most, so that a fragment of a size is
 * sure to fit (the macros have it for 16384 bytes). */
enum {
    CONTENT = 16384,
    IN_OVERHEAD = BR_SSL_BUFSIZE_INPUT - CONTENT,
    OUT_OVERHEAD = BR_SSL_BUFSIZE_OUTPUT - CONTENT,
};

struct conn {
    br_ssl_client_context client;
    struct verify verify;
    struct shim_io *io;
    uint8_t *buffer; /* both directions */
    uint8_t head[2]; /* the first bytes that came */
    size_t head_size;
    int established, gone; /* gone: the transport ended */
    size_t written;        /* of the application bytes under way */
};

static br_ssl_engine_context *engine_of(struct conn *c)
{
    return &c->client.eng;
}

/* The library asks for max_fragment_length when its buffers are too small for
 * full records, and never otherwise. */
static int buffers_set(struct conn *c, unsigned max_fragment_length)
{
    size_t content = max_fragment_length ? max_fragment_length : CONTENT;
    size_t in = content + IN_OVERHEAD, out = content + OUT_OVERHEAD;

    c->buffer = shim_heap_malloc(in + out);
    if (!c->buffer)
        return -1;
    br_ssl_engine_set_buffers_bidi(engine_of(c), c->buffer, in, c->buffer + in,
                                   out);
    return 0;
}

/* An empty name would be "no name to look for". */
static int name_is_usable(const struct shim_want *want)
{
    return *want->name || !want->verify_chain || !want->verify_name;
}

void *conn_new(void *context, const struct shim_want *want, struct shim_io *io,
               struct shim_why *why)
{
    const struct context *shared = context;
    struct conn *c = shim_heap_calloc(1, sizeof *c);

    if (!c)
        return NULL;
    c->io = io;
    br_ssl_client_init_full(&c->client, &c->verify.engine.minimal, NULL, 0);
    verify_init(&c->verify, &shared->anchors, want);
    br_ssl_engine_set_x509(engine_of(c), &c->verify.vtable);
    context_apply(shared, &c->client);
    if (buffers_set(c, want->max_fragment_length) == -1) {
        conn_free(c, 0);
        return NULL;
    }
    if (name_is_usable(want) &&
        br_ssl_client_reset(&c->client, want->sni ? want->name : NULL, 0))
        return c;
    failure_code(why, STAGE_SETUP, br_ssl_engine_last_error(engine_of(c)));
    why->reason = REASON_UNMAPPED;
    conn_free(c, 0);
    return NULL;
}

/* A peer that refuses in the middle of our flight closes at once, and the next
 * write fails while its alert waits to be read. So a write that fails passes
 * for sent, and the next read tells what came. 0, or -1: not now. */
static int record_send(struct conn *c)
{
    size_t size;
    const unsigned char *data = br_ssl_engine_sendrec_buf(engine_of(c), &size);
    ssize_t n = shim_io_write(c->io, data, size);

    if (n == -1)
        return -1;
    br_ssl_engine_sendrec_ack(engine_of(c), n > 0 ? (size_t)n : size);
    return 0;
}

static void head_keep(struct conn *c, const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < size && c->head_size < sizeof c->head; i++)
        c->head[c->head_size++] = data[i];
}

/* 0, or -1: not now. */
static int record_receive(struct conn *c)
{
    size_t size;
    unsigned char *data = br_ssl_engine_recvrec_buf(engine_of(c), &size);
    ssize_t n = shim_io_read(c->io, data, size);

    if (n == -1)
        return -1;
    if (n <= 0) {
        c->gone = 1;
        return 0;
    }
    head_keep(c, data, (size_t)n);
    br_ssl_engine_recvrec_ack(engine_of(c), (size_t)n);
    return 0;
}

/* Moves records until the library is in the state (BR_SSL_SENDAPP,
 * BR_SSL_RECVAPP) that is waited for, with nothing left to send. */
static enum shim_step pump(struct conn *c, unsigned goal)
{
    while (!c->gone) {
        unsigned state = br_ssl_engine_current_state(engine_of(c));

        if (state & BR_SSL_SENDREC) {
            if (record_send(c) == -1)
                return SHIM_WANT_WRITE;
        } else if (state & goal) {
            return SHIM_DONE;
        } else if (state & BR_SSL_RECVREC) {
            if (record_receive(c) == -1)
                return SHIM_WANT_READ;
        } else {
            return SHIM_FAILED;
        }
    }
    return SHIM_FAILED;
}

/* RFC 8446 section 5.1: a handshake record or an alert, version 3.x. */
static int speaks_tls(const struct conn *c)
{
    return c->head_size == sizeof c->head &&
           (c->head[0] == 21 || c->head[0] == 22) && c->head[1] == 3;
}

static enum shim_step failed(struct conn *c, struct shim_why *why)
{
    int code = br_ssl_engine_last_error(engine_of(c));
    struct failure_facts facts = {
        .verify = &c->verify,
        .established = c->established,
        .speaks_tls = speaks_tls(c),
    };

    failure_connection(why, &facts, !code && c->gone ? BR_ERR_IO : code);
    return SHIM_FAILED;
}

static enum shim_step application_write(struct conn *c, const uint8_t *out,
                                        size_t size)
{
    for (;;) {
        enum shim_step step = pump(c, BR_SSL_SENDAPP);
        unsigned char *room;
        size_t n;

        if (step != SHIM_DONE)
            return step;
        if (c->written == size)
            break;
        room = br_ssl_engine_sendapp_buf(engine_of(c), &n);
        if (n > size - c->written)
            n = size - c->written;
        memcpy(room, out + c->written, n);
        br_ssl_engine_sendapp_ack(engine_of(c), n);
        br_ssl_engine_flush(engine_of(c), 0);
        c->written += n;
    }
    c->written = 0;
    return SHIM_DONE;
}

/* An orderly end and a bare end of file are both the end of the bytes. */
static enum shim_step application_read(struct conn *c, uint8_t *in,
                                       size_t *size)
{
    enum shim_step step = pump(c, BR_SSL_RECVAPP);
    const unsigned char *data;
    size_t n;

    if (step == SHIM_FAILED && !br_ssl_engine_last_error(engine_of(c))) {
        *size = 0;
        return SHIM_DONE;
    }
    if (step != SHIM_DONE)
        return step;
    data = br_ssl_engine_recvapp_buf(engine_of(c), &n);
    if (n > *size)
        n = *size;
    memcpy(in, data, n);
    br_ssl_engine_recvapp_ack(engine_of(c), n);
    *size = n;
    return SHIM_DONE;
}

enum shim_step conn_step(void *conn, const void *out, size_t out_size, void *in,
                         size_t *in_size, struct shim_why *why)
{
    struct conn *c = conn;
    enum shim_step step = SHIM_DONE;

    if (!c->established)
        step = pump(c, BR_SSL_SENDAPP);
    if (step == SHIM_DONE)
        c->established = 1;
    if (step == SHIM_DONE && out_size)
        step = application_write(c, out, out_size);
    if (step == SHIM_DONE && in)
        step = application_read(c, in, in_size);
    return step == SHIM_FAILED ? failed(c, why) : step;
}

void conn_result(void *conn, struct shim_got *got, struct shim_bytes *chain,
                 size_t *count)
{
    struct conn *c = conn;
    br_ssl_engine_context *engine = engine_of(c);
    const char *alpn = br_ssl_engine_get_selected_protocol(engine);
    const struct chain *sent = &c->verify.chain;
    br_ssl_session_parameters session;

    br_ssl_engine_get_session_parameters(engine, &session);
    got->version = session.version;
    got->suite = session.cipher_suite;
    got->group = (uint16_t)br_ssl_engine_get_ecdhe_curve(engine);
    got->peer_certificate = c->verify.ended && sent->count > 0;
    snprintf(got->alpn, sizeof got->alpn, "%s", alpn ? alpn : "");
    if (*count > sent->count)
        *count = sent->count;
    for (size_t i = 0; i < *count; i++)
        chain[i] = (struct shim_bytes){sent->list[i].data, sent->list[i].have};
}

static void close_notify(struct conn *c)
{
    br_ssl_engine_close(engine_of(c));
    while (br_ssl_engine_current_state(engine_of(c)) & BR_SSL_SENDREC)
        if (record_send(c) == -1)
            return;
}

void conn_free(void *conn, int notify)
{
    struct conn *c = conn;

    if (!c)
        return;
    if (notify && c->established && !c->gone)
        close_notify(c);
    verify_clear(&c->verify);
    shim_heap_free(c->buffer);
    shim_heap_free(c);
}
