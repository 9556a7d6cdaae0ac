/* One connection by GnuTLS, and the engine's table. Must not know sockets or
 * loops. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/engine.h"
#include "server/gnutls/gtls_state.h"
#include "server/plain.h"
#include "server/wire/tls_hello.h"

enum { PLAIN_CHUNK = 16384, HEADER = 4 };
enum { WARNING = 1, FATAL = 2 };

enum { RECORD_HEADER = 5, ALERT_SIZE = 2, TYPE_ALERT = 21 };

struct record { /* the one that came last, as far as it came */
    uint8_t start[RECORD_HEADER + ALERT_SIZE];
    size_t have; /* of `start` */
    size_t left; /* bytes of it that have not come; counts with its header */
};

struct gtls_conn {
    struct tls_conn base;
    struct gtls_state *state;
    gnutls_session_t session; /* NULL until the first bytes */
    const uint8_t *in;        /* what is fed now */
    size_t in_left;
    int is_starved;     /* the library asked for more than there was */
    struct plain out;   /* to send; all of it is handed out at once */
    int taken;          /* it was, and may be dropped */
    struct plain plain; /* application data */
    enum tls_result result;
    struct gtls_choice choice;
    struct gtls_verdict verdict; /* about the client's certificate */
    struct record record;
};

/* Walks the records that come in. */
static void record_follow(struct record *r, const uint8_t *data, size_t size)
{
    while (size > 0) {
        size_t n = 1;

        if (r->left == 0) {
            r->have = 0;
            r->left = RECORD_HEADER;
        }
        if (r->have >= sizeof(r->start))
            n = size < r->left ? size : r->left;
        else
            r->start[r->have++] = *data;
        r->left -= n;
        if (r->have == RECORD_HEADER && n == 1 && r->left == 0)
            r->left = (size_t)r->start[3] << 8 | r->start[4];
        data += n;
        size -= n;
    }
}

/* Is it an alert in the clear? */
static int record_is_alert(const struct record *r)
{
    return r->have == sizeof(r->start) && r->start[0] == TYPE_ALERT &&
           r->start[3] == 0 && r->start[4] == ALERT_SIZE;
}

static struct gtls_conn *conn_of(struct tls_conn *c)
{
    return (struct gtls_conn *)c;
}

static ssize_t on_pull(gnutls_transport_ptr_t arg, void *data, size_t size)
{
    struct gtls_conn *c = arg;
    size_t n = size < c->in_left ? size : c->in_left;

    if (n == 0) {
        c->is_starved = 1;
        gnutls_transport_set_errno(c->session, EAGAIN);
        return -1;
    }
    memcpy(data, c->in, n);
    c->in += n;
    c->in_left -= n;
    return (ssize_t)n;
}

static ssize_t on_push(gnutls_transport_ptr_t arg, const void *data,
                       size_t size)
{
    struct gtls_conn *c = arg;

    if (plain_add(&c->out, data, size) == 0)
        return (ssize_t)size;
    c->base.facts.is_short = 1;
    gnutls_transport_set_errno(c->session, ENOMEM);
    return -1;
}

/* "Something may be there": the pull that follows never blocks. */
static int on_pull_timeout(gnutls_transport_ptr_t arg, unsigned ms)
{
    (void)arg;
    (void)ms;
    return 1;
}

static int is_13(const struct gtls_conn *c)
{
    return gnutls_protocol_get_version(c->session) == GNUTLS_TLS1_3;
}

static void alert_note(struct gtls_conn *c, int is_sent, int level, int code)
{
    const uint8_t alert[2] = {(uint8_t)level, (uint8_t)code};

    facts_alert(&c->base.facts, is_sent, alert, is_13(c));
}

/* Before a version was agreed GnuTLS names its own newest one in the record of
 * an alert, and clients that do not know it call that broken. It gets the
 * client's, as OpenSSL does it. */
static void alert_date_back(struct gtls_conn *c, size_t at)
{
    const struct facts *f = &c->base.facts;
    struct tls_hello hello;

    if (f->flight.version != 0 || f->hello.data == NULL ||
        c->out.size != at + RECORD_HEADER + ALERT_SIZE ||
        tls_hello_parse(f->hello.data, f->hello.size, &hello) != 0 ||
        hello.legacy_version > GTLS_TLS12)
        return;
    c->out.data[at + 1] = (uint8_t)(hello.legacy_version >> 8);
    c->out.data[at + 2] = (uint8_t)hello.legacy_version;
}

static void alert_send(struct gtls_conn *c, int level, int code)
{
    size_t at = c->out.size;

    if (gnutls_alert_send(c->session, (gnutls_alert_level_t)level,
                          (gnutls_alert_description_t)code) < 0)
        return;
    alert_note(c, 1, level, code);
    alert_date_back(c, at);
}

/* The facts take messages whole; the library hands them over without their
 * header. */
static int message_note(struct gtls_conn *c, unsigned type, int is_sent,
                        const gnutls_datum_t *body)
{
    uint8_t *message = malloc(HEADER + body->size);

    if (message == NULL) {
        c->base.facts.is_short = 1;
        return GNUTLS_E_MEMORY_ERROR;
    }
    message[0] = (uint8_t)(type == GNUTLS_HANDSHAKE_HELLO_RETRY_REQUEST
                               ? GNUTLS_HANDSHAKE_SERVER_HELLO
                               : type);
    for (int i = 0; i < 3; i++)
        message[1 + i] = (uint8_t)(body->size >> (16 - 8 * i));
    if (body->size > 0)
        memcpy(message + HEADER, body->data, body->size);
    facts_message(&c->base.facts, is_sent, message, HEADER + body->size);
    free(message);
    return 0;
}

/* The first hello decides; the one after a HelloRetryRequest asks for the same.
 */
static int hello_answer(struct gtls_conn *c)
{
    const struct facts *f = &c->base.facts;
    struct tls_hello hello;
    gnutls_priority_t priority;
    int ret;

    if (c->choice.suite != NULL)
        return 0;
    if (f->hello.data == NULL)
        return GNUTLS_E_MEMORY_ERROR;
    if (tls_hello_parse(f->hello.data, f->hello.size, &hello) != 0)
        return GNUTLS_E_UNEXPECTED_PACKET_LENGTH;
    ret = gtls_choose(c->state, &hello, &c->choice);
    if (ret < 0)
        return ret;
    priority = gtls_policy_priority(c->state, c->choice.suite);
    return priority == NULL ? GNUTLS_E_INTERNAL_ERROR
                            : gnutls_priority_set(c->session, priority);
}

static int on_message(gnutls_session_t session, unsigned type, unsigned when,
                      unsigned incoming, const gnutls_datum_t *body)
{
    struct gtls_conn *c = gnutls_session_get_ptr(session);
    int ret = message_note(c, type, !incoming, body);

    (void)when;
    if (ret == 0 && incoming && type == GNUTLS_HANDSHAKE_CLIENT_HELLO)
        return hello_answer(c);
    if (!incoming && type == GNUTLS_HANDSHAKE_CERTIFICATE_PKT)
        c->base.facts.chain = c->choice.chain->name;
    if (!incoming && type == GNUTLS_HANDSHAKE_CERTIFICATE_REQUEST)
        gnutls_handshake_set_max_packet_length(session,
                                               c->state->message_bytes);
    return ret;
}

static int on_certificate_wanted(gnutls_session_t session,
                                 const struct gnutls_cert_retr_st *info,
                                 gnutls_pcert_st **list, unsigned *count,
                                 gnutls_ocsp_data_st **ocsp,
                                 unsigned *ocsp_count, gnutls_privkey_t *key,
                                 unsigned *flags)
{
    const struct gtls_conn *c = gnutls_session_get_ptr(session);

    (void)info;
    *list = c->choice.chain->list;
    *count = c->choice.chain->count;
    *ocsp = NULL;
    *ocsp_count = 0;
    *key = c->choice.chain->key;
    *flags = 0;
    return 0;
}

static int on_client_certificate(gnutls_session_t session)
{
    struct gtls_conn *c = gnutls_session_get_ptr(session);
    unsigned count = 0;
    const gnutls_datum_t *list = gnutls_certificate_get_peers(session, &count);

    if (list == NULL || count == 0)
        return 0;
    c->verdict = gtls_client_auth_verify(c->state, list, count);
    return c->verdict.code == 0 ? 0 : GNUTLS_E_CERTIFICATE_ERROR;
}

static struct tls_state *state_new(const json_t *state, size_t message_bytes)
{
    struct tls_state *base = gtls_state_build(state, message_bytes);
    struct gtls_state *s = (struct gtls_state *)base;

    if (s == NULL)
        return NULL;
    gnutls_certificate_set_retrieve_function3(s->credentials,
                                              on_certificate_wanted);
    gnutls_certificate_set_verify_function(s->credentials,
                                           on_client_certificate);
    return base;
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

static int on_fragment_length(gnutls_session_t session,
                              const unsigned char *data, size_t size)
{
    (void)session;
    (void)data;
    (void)size;
    return 0;
}

static int on_extension_wanted(gnutls_session_t session, gnutls_buffer_t out)
{
    (void)session;
    (void)out;
    return 0;
}

/* The extension (RFC 6066 section 4) in the place of the library's own: nobody
 * reads it, nobody answers. */
static int fragment_length_ignore(gnutls_session_t session)
{
    enum { MAX_FRAGMENT_LENGTH = 1 };

    return gnutls_session_ext_register(
        session, "max_fragment_length, ignored", MAX_FRAGMENT_LENGTH,
        GNUTLS_EXT_TLS, on_fragment_length, on_extension_wanted, NULL, NULL,
        NULL,
        GNUTLS_EXT_FLAG_OVERRIDE_INTERNAL | GNUTLS_EXT_FLAG_TLS |
            GNUTLS_EXT_FLAG_CLIENT_HELLO | GNUTLS_EXT_FLAG_TLS12_SERVER_HELLO |
            GNUTLS_EXT_FLAG_EE);
}

/* Until the hello came, any policy of the state will do. Returns the library's
 * code. */
static int session_prepare(struct gtls_conn *c)
{
    struct gtls_state *s = c->state;
    gnutls_priority_t priority = gtls_policy_priority(s, &s->suites[0]);
    int ret = priority == NULL ? GNUTLS_E_INTERNAL_ERROR
                               : gnutls_priority_set(c->session, priority);

    if (ret >= 0)
        ret = gnutls_credentials_set(c->session, GNUTLS_CRD_CERTIFICATE,
                                     s->credentials);
    if (ret >= 0 && s->alpn != NULL)
        ret = gnutls_alpn_set_protocols(c->session, s->alpn, s->alpn_count,
                                        GNUTLS_ALPN_MANDATORY |
                                            GNUTLS_ALPN_SERVER_PRECEDENCE);
    if (ret >= 0 && s->ignores_fragment_length)
        ret = fragment_length_ignore(c->session);
    if (ret >= 0 && s->max_record != 0)
        ret = (int)gnutls_record_set_max_size(c->session, s->max_record);
    gnutls_certificate_server_set_request(c->session, s->client_auth);
    return ret;
}

/* Full handshakes only, as server/openssl/ has it. */
static int session_start(struct gtls_conn *c)
{
    int ret = gnutls_init(&c->session,
                          GNUTLS_SERVER | GNUTLS_NONBLOCK | GNUTLS_NO_TICKETS);

    if (ret < 0) {
        c->session = NULL;
        return ret;
    }
    gnutls_session_set_ptr(c->session, c);
    gnutls_transport_set_ptr(c->session, c);
    gnutls_transport_set_pull_function(c->session, on_pull);
    gnutls_transport_set_push_function(c->session, on_push);
    gnutls_transport_set_pull_timeout_function(c->session, on_pull_timeout);
    gnutls_handshake_set_timeout(c->session, 0);
    gnutls_handshake_set_hook_function(c->session, GNUTLS_HANDSHAKE_ANY,
                                       GNUTLS_HOOK_PRE, on_message);
    return session_prepare(c);
}

static void alert_text(struct gtls_conn *c, int alert)
{
    struct facts *f = &c->base.facts;
    const char *name = gnutls_alert_get_name((gnutls_alert_description_t)alert);

    f->error = GNUTLS_E_FATAL_ALERT_RECEIVED;
    snprintf(f->error_text, sizeof(f->error_text), "%s %s",
             gnutls_strerror(f->error), name == NULL ? "" : name);
}

static void error_note(struct gtls_conn *c, int code)
{
    struct facts *f = &c->base.facts;
    int is_verdict = code == GNUTLS_E_CERTIFICATE_ERROR && c->verdict.code != 0;

    f->error = code;
    snprintf(f->error_text, sizeof(f->error_text), "%s%s",
             is_verdict ? "certificate verify failed: " : "",
             is_verdict ? c->verdict.text : gnutls_strerror(code));
    f->is_short |= code == GNUTLS_E_MEMORY_ERROR;
    f->is_too_large = code == GNUTLS_E_HANDSHAKE_TOO_LARGE &&
                      c->state->client_auth != GNUTLS_CERT_IGNORE &&
                      f->client_leaf.data == NULL;
}

static int alert_for(const struct gtls_conn *c, int code)
{
    int level;

    if (code == GNUTLS_E_CERTIFICATE_ERROR && c->verdict.code != 0)
        return (int)c->verdict.alert;
    /* the client's, that was asked for: an alert of its own since TLS 1.3 */
    if (code == GNUTLS_E_NO_CERTIFICATE_FOUND)
        return is_13(c) ? GNUTLS_A_CERTIFICATE_REQUIRED
                        : GNUTLS_A_HANDSHAKE_FAILURE;
    return gnutls_error_to_alert(code, &level);
}

/* OpenSSL's client refuses a certificate in TLS 1.3 by an alert in the clear:
 * its own keys come with its second flight. OpenSSL's server reads it, GnuTLS
 * calls it a record that cannot be decrypted. */
static int is_alert_in_the_clear(const struct gtls_conn *c, int code)
{
    return code == GNUTLS_E_DECRYPTION_FAILED && is_13(c) &&
           !c->base.facts.is_established && record_is_alert(&c->record);
}

static enum tls_result failed_in_the_clear(struct gtls_conn *c)
{
    const uint8_t *alert = c->record.start + RECORD_HEADER;

    facts_alert(&c->base.facts, 0, alert, 1);
    alert_text(c, alert[1]);
    return TLS_FAILED;
}

/* The library leaves it to the application to say that it failed. What sent no
 * hello gets no answer. */
static enum tls_result failed(struct gtls_conn *c, int code)
{
    if (is_alert_in_the_clear(c, code))
        return failed_in_the_clear(c);
    if (code == GNUTLS_E_FATAL_ALERT_RECEIVED) {
        alert_note(c, 0, FATAL, (int)gnutls_alert_get(c->session));
        alert_text(c, (int)gnutls_alert_get(c->session));
        return TLS_FAILED;
    }
    error_note(c, code);
    if (c->base.facts.hello.data != NULL)
        alert_send(c, FATAL, alert_for(c, code));
    return TLS_FAILED;
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
        alert_note(c, 0, WARNING, (int)gnutls_alert_get(c->session));
        return 1;
    case GNUTLS_E_REHANDSHAKE:
        alert_send(c, WARNING, GNUTLS_A_NO_RENEGOTIATION);
        return 1;
    case 0:
    case GNUTLS_E_SESSION_EOF:
        alert_note(c, 0, WARNING, GNUTLS_A_CLOSE_NOTIFY);
        *result = TLS_CLOSED;
        return 0;
    default:
        *result = failed(c, code);
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
    record_follow(&c->record, data, size);
    ret = c->session == NULL ? session_start(c) : 0;
    if (ret < 0) {
        error_note(c, ret);
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
            error_note(c, (int)n);
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
    alert_send(c, WARNING, GNUTLS_A_CLOSE_NOTIFY);
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
