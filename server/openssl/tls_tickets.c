/* Session tickets (RFC 8446 section 4.6.1, RFC 5077): how many, and how large.
 * A ticket of a real service holds what the service wants to find again, which
 * may be kilobytes; here it is zeros. */
#include "server/openssl/tls_state.h"

#include <string.h>

enum { TICKETS_MAX = 255, PADDING_MAX = 60000 };

static int on_ticket(SSL *ssl, void *arg)
{
    static const uint8_t zeros[PADDING_MAX];
    const struct openssl_state *s = arg;

    return SSL_SESSION_set1_ticket_appdata(SSL_get_session(ssl), zeros,
                                           s->ticket_padding);
}

static SSL_TICKET_RETURN on_ticket_back(SSL *ssl, SSL_SESSION *session,
                                        const unsigned char *name, size_t size,
                                        SSL_TICKET_STATUS status, void *arg)
{
    (void)ssl;
    (void)session;
    (void)name;
    (void)size;
    (void)arg;
    return status == SSL_TICKET_SUCCESS || status == SSL_TICKET_SUCCESS_RENEW
               ? SSL_TICKET_RETURN_USE
               : SSL_TICKET_RETURN_IGNORE_RENEW;
}

int tls_tickets_apply(struct openssl_state *s, const json_t *tls)
{
    static const unsigned char context[] = "chainbreak";
    json_int_t count = json_integer_value(json_object_get(tls, "tickets"));
    json_int_t padding =
        json_integer_value(json_object_get(tls, "ticket_padding"));

    if (count < 0 || count > TICKETS_MAX || padding < 0 ||
        padding > PADDING_MAX || (padding > 0 && count == 0))
        return tls_state_fault(s, "tls.tickets: 0 to 255; tls.ticket_padding: "
                                  "0 to 60000 bytes, of tickets");
    if (count == 0)
        return 0;
    s->ticket_padding = (size_t)padding;
    SSL_CTX_clear_options(s->ctx, SSL_OP_NO_TICKET);
    if (SSL_CTX_set_num_tickets(s->ctx, (size_t)count) != 1 ||
        SSL_CTX_set_session_id_context(s->ctx, context, sizeof(context) - 1) !=
            1 ||
        SSL_CTX_set_session_ticket_cb(s->ctx, on_ticket, on_ticket_back, s) !=
            1)
        return tls_state_fault(s, "session tickets");
    return 0;
}
