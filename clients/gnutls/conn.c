/* One connection of the GnuTLS client. */
#include "clients/shim_stack.h"

#include <gnutls/gnutls.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clients/gnutls/context.h"
#include "clients/gnutls/failure.h"
#include "clients/gnutls/names.h"
#include "clients/gnutls/transport.h"
#include "clients/gnutls/verify.h"
#include "clients/shim_map.h"

/* Calls of the library within one step. A peer that sends without end must not
 * keep the main loop from its deadline. */
enum { TURNS_MAX = 256 };

struct conn {
    struct transport transport;
    struct verify verify;
    int done; /* the handshake is */
    int turns;
    size_t written; /* of what is being written */
};

static int alpn_set(gnutls_session_t session, const struct shim_want *want)
{
    gnutls_datum_t names[CONTEXT_ALPN];
    unsigned count = 0;

    for (const char *const *name = want->alpn; name && *name; name++)
        names[count++] =
            (gnutls_datum_t){(unsigned char *)*name, (unsigned)strlen(*name)};
    return count ? gnutls_alpn_set_protocols(session, names, count, 0) : 0;
}

/* Returns the library's code. */
static int prepare(gnutls_session_t session, const struct context *context,
                   const struct shim_want *want)
{
    int ret = gnutls_priority_set(session, context->priority);

    if (ret >= 0)
        ret = gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE,
                                     context->credentials);
    if (ret >= 0 && want->sni)
        ret = gnutls_server_name_set(session, GNUTLS_NAME_DNS, want->name,
                                     strlen(want->name));
    if (ret >= 0)
        ret = alpn_set(session, want);
    if (ret >= 0 && want->max_fragment_length)
        ret =
            (int)gnutls_record_set_max_size(session, want->max_fragment_length);
    return ret;
}

/* The library asks for a stapled response unless it is to enable no extension
 * by itself. */
static unsigned flags_of(const struct shim_want *want)
{
    return GNUTLS_CLIENT | GNUTLS_NONBLOCK |
           (want->resume ? 0u : GNUTLS_NO_TICKETS) |
           (want->ocsp == OCSP_NONE ? GNUTLS_NO_EXTENSIONS : 0u);
}

void *conn_new(void *context, const struct shim_want *want, struct shim_io *io,
               struct shim_why *why)
{
    struct conn *c = calloc(1, sizeof *c);
    int ret;

    if (!c) {
        failure_fill(why, STAGE_SETUP, GNUTLS_E_MEMORY_ERROR);
        return NULL;
    }
    c->transport.io = io;
    ret = gnutls_init(&c->transport.session, flags_of(want));
    if (ret >= 0) {
        transport_set(&c->transport);
        verify_set(c->transport.session, &c->verify, want);
        ret = prepare(c->transport.session, context, want);
    }
    if (ret >= 0)
        return c;
    failure_fill(why, STAGE_SETUP, ret);
    conn_free(c, 0);
    return NULL;
}

/* Where the handshake stood, by the last message that came. */
static enum stage stage_now(const struct conn *c)
{
    if (c->done)
        return STAGE_APPLICATION;
    switch (gnutls_handshake_get_last_in(c->transport.session)) {
    case GNUTLS_HANDSHAKE_ENCRYPTED_EXTENSIONS:
    case GNUTLS_HANDSHAKE_CERTIFICATE_PKT:
    case GNUTLS_HANDSHAKE_CERTIFICATE_STATUS:
    case GNUTLS_HANDSHAKE_SERVER_KEY_EXCHANGE:
    case GNUTLS_HANDSHAKE_CERTIFICATE_REQUEST:
    case GNUTLS_HANDSHAKE_CERTIFICATE_VERIFY:
        return STAGE_CERTIFICATE;
    case GNUTLS_HANDSHAKE_SERVER_HELLO_DONE:
    case GNUTLS_HANDSHAKE_NEW_SESSION_TICKET:
    case GNUTLS_HANDSHAKE_CHANGE_CIPHER_SPEC:
    case GNUTLS_HANDSHAKE_FINISHED:
        return STAGE_FINISHED;
    default:
        return STAGE_HELLO;
    }
}

/* After a handshake that failed the library leaves it to the application to
 * say so; like gnutls-cli, this one does. Not to a peer that is gone. */
static void alert_send(const struct conn *c, int code, struct shim_why *why)
{
    int level;
    int alert = gnutls_error_to_alert(code, &level);

    if (why->by_server || c->done)
        return;
    if (gnutls_alert_send_appropriate(c->transport.session, code) >= 0)
        why->alert_sent = alert;
}

static enum shim_step failed(struct conn *c, int code, struct shim_why *why)
{
    failure_fill(why, stage_now(c), code);
    if (code == GNUTLS_E_FATAL_ALERT_RECEIVED)
        why->alert_received = gnutls_alert_get(c->transport.session);
    alert_send(c, code, why);
    /* It is the device's own certificate that must not sign, then. */
    if (code == GNUTLS_E_KEY_USAGE_VIOLATION &&
        gnutls_handshake_get_last_in(c->transport.session) ==
            GNUTLS_HANDSHAKE_CERTIFICATE_REQUEST)
        why->reason = REASON_UNMAPPED;
    if (c->verify.reason == REASON_NONE || c->done)
        return SHIM_FAILED;
    shim_map_fill(why, STAGE_CERTIFICATE, c->verify.reason, c->verify.code,
                  gnutls_strerror(c->verify.code));
    why->native_flags = c->verify.flags;
    return SHIM_FAILED;
}

/* The library also says "again" after a record that was not the one asked for
 * (a session ticket, with GNUTLS_NONBLOCK), and it passes warnings to the
 * caller: some servers send one about a name that they do not know. Like
 * gnutls-cli, this client then goes on; it waits only if the transport had
 * nothing. */
static int goes_on(struct conn *c, ssize_t ret)
{
    if (++c->turns >= TURNS_MAX)
        return 0;
    switch (ret) {
    case GNUTLS_E_AGAIN:
    case GNUTLS_E_INTERRUPTED:
        return !c->transport.starved && !c->transport.stuck;
    case GNUTLS_E_WARNING_ALERT_RECEIVED:
        return 1;
    default:
        return 0;
    }
}

static ssize_t handshake(struct conn *c)
{
    ssize_t ret;

    do {
        c->transport.starved = c->transport.stuck = 0;
        ret = gnutls_handshake(c->transport.session);
    } while (goes_on(c, ret));
    c->done = ret >= 0;
    return ret;
}

/* The library takes one record at a time. */
static ssize_t application_write(struct conn *c, const uint8_t *out,
                                 size_t size)
{
    while (c->written < size) {
        ssize_t ret;

        do {
            c->transport.starved = c->transport.stuck = 0;
            ret = gnutls_record_send(c->transport.session, out + c->written,
                                     size - c->written);
        } while (goes_on(c, ret));
        if (ret < 0)
            return ret;
        c->written += (size_t)ret;
    }
    c->written = 0;
    return 0;
}

static ssize_t application_read(struct conn *c, void *in, size_t size)
{
    ssize_t ret;

    do {
        c->transport.starved = c->transport.stuck = 0;
        ret = gnutls_record_recv(c->transport.session, in, size);
    } while (goes_on(c, ret));
    return ret ? ret : GNUTLS_E_SESSION_EOF;
}

static enum shim_step outcome(struct conn *c, int code, struct shim_why *why)
{
    if (code == GNUTLS_E_AGAIN || code == GNUTLS_E_INTERRUPTED ||
        code == GNUTLS_E_WARNING_ALERT_RECEIVED)
        return c->transport.stuck ? SHIM_WANT_WRITE : SHIM_WANT_READ;
    return failed(c, code, why);
}

enum shim_step conn_step(void *conn, const void *out, size_t out_size, void *in,
                         size_t *in_size, struct shim_why *why)
{
    struct conn *c = conn;
    ssize_t ret = 0;

    c->turns = 0;
    if (!c->done)
        ret = handshake(c);
    if (ret >= 0 && out_size)
        ret = application_write(c, out, out_size);
    if (ret >= 0 && in)
        ret = application_read(c, in, *in_size);
    if (ret < 0)
        return outcome(c, (int)ret, why);
    if (in)
        *in_size = (size_t)ret;
    return SHIM_DONE;
}

void conn_result(void *conn, struct shim_got *got, struct shim_bytes *chain,
                 size_t *count)
{
    const struct conn *c = conn;
    gnutls_session_t s = c->transport.session;
    unsigned sent = 0;
    const gnutls_datum_t *list = gnutls_certificate_get_peers(s, &sent);
    gnutls_datum_t alpn = {NULL, 0};

    got->version = names_version_of(gnutls_protocol_get_version(s));
    got->suite = names_suite_of(s);
    got->group = names_group_of(gnutls_group_get(s));
    got->signature_algorithm =
        names_sign_of((gnutls_sign_algorithm_t)gnutls_sign_algorithm_get(s));
    got->peer_certificate = list && sent;
    got->resumed = gnutls_session_is_resumed(s) != 0;
    if (gnutls_alpn_get_selected_protocol(s, &alpn) >= 0)
        snprintf(got->alpn, sizeof got->alpn, "%.*s", (int)alpn.size,
                 (const char *)alpn.data);
    if (!list)
        sent = 0;
    if (*count > sent)
        *count = sent;
    for (size_t i = 0; i < *count; i++)
        chain[i] = (struct shim_bytes){list[i].data, list[i].size};
}

/* In TLS 1.3 the library would wait for a ticket that has not come. */
static int has_session(gnutls_session_t s)
{
    return gnutls_protocol_get_version(s) < GNUTLS_TLS1_3 ||
           (gnutls_session_get_flags(s) & GNUTLS_SFLAGS_SESSION_TICKET);
}

void *session_take(void *conn)
{
    const struct conn *c = conn;
    gnutls_session_t s = c->transport.session;
    gnutls_datum_t *data = has_session(s) ? calloc(1, sizeof *data) : NULL;

    if (data && gnutls_session_get_data2(s, data) >= 0)
        return data;
    free(data);
    return NULL;
}

int session_offer(void *conn, void *session, struct shim_why *why)
{
    const struct conn *c = conn;
    gnutls_datum_t *data = session;
    int ret = c ? gnutls_session_set_data(c->transport.session, data->data,
                                          data->size)
                : 0;

    gnutls_free(data->data);
    free(data);
    if (ret < 0)
        failure_fill(why, STAGE_SETUP, ret);
    return ret < 0 ? -1 : 0;
}

void conn_free(void *conn, int notify)
{
    struct conn *c = conn;

    if (!c)
        return;
    if (notify && c->transport.session)
        gnutls_bye(c->transport.session, GNUTLS_SHUT_WR);
    if (c->transport.session)
        gnutls_deinit(c->transport.session);
    free(c);
}
