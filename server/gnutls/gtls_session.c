/* The library's session: its bytes in memory, its questions, and what it is set
 * to. */
#include "server/gnutls/gtls_conn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "server/wire/tls_hello.h"

enum { HEADER = 4 }; /* of a handshake message */

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
    int ret = 0;

    if (f->hello.data == NULL)
        return GNUTLS_E_MEMORY_ERROR;
    if (tls_hello_parse(f->hello.data, f->hello.size, &hello) != 0)
        return GNUTLS_E_UNEXPECTED_PACKET_LENGTH;
    if (c->choice.suite == NULL)
        ret = gtls_choose(c->state, &hello, &c->choice);
    return ret < 0 ? ret : gtls_words_set(c->session, c->state, &c->choice);
}

/* What the endpoint signs with is settled; a client signs with what it likes of
 * the state's list. */
static int client_signs_allow(struct gtls_conn *c)
{
    struct gtls_choice all = c->choice;

    all.sign = 0;
    return gtls_words_set(c->session, c->state, &all);
}

static int on_message(gnutls_session_t session, unsigned type, unsigned when,
                      unsigned incoming, const gnutls_datum_t *body)
{
    struct gtls_conn *c = gnutls_session_get_ptr(session);
    int ret = message_note(c, type, !incoming, body);

    (void)when;
    if (ret == 0 && incoming && type == GNUTLS_HANDSHAKE_CLIENT_HELLO)
        return hello_answer(c);
    if (ret == 0 && !incoming && type == GNUTLS_HANDSHAKE_SERVER_HELLO &&
        c->state->client_auth != GNUTLS_CERT_IGNORE)
        ret = client_signs_allow(c);
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
    struct gtls_chain *chain =
        &c->state->chains[c->choice.chain - c->state->chains];

    (void)info;
    *list = chain->list;
    *count = chain->count;
    *ocsp = chain->staple_data ? &chain->staple : NULL;
    *ocsp_count = chain->staple_data ? 1 : 0;
    *key = chain->key;
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

void gtls_session_answer(struct gtls_state *s)
{
    gnutls_certificate_set_retrieve_function3(s->credentials,
                                              on_certificate_wanted);
    gnutls_certificate_set_verify_function(s->credentials,
                                           on_client_certificate);
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
    const struct gtls_choice any = {.suite = &s->suites[0]};
    int ret = gtls_words_set(c->session, s, &any);

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
int gtls_session_start(struct gtls_conn *c)
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
