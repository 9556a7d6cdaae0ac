/* One connection by GnuTLS. Private to this folder. */
#ifndef SERVER_GNUTLS_GTLS_CONN_H
#define SERVER_GNUTLS_GTLS_CONN_H

#include "server/gnutls/gtls_record.h"
#include "server/gnutls/gtls_state.h"
#include "server/plain.h"

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
    struct gtls_record record;
};

/* Makes the library's session with the first bytes. 0, or its code. */
int gtls_session_start(struct gtls_conn *c);
/* What the sessions of a state ask while they run. */
void gtls_session_answer(struct gtls_state *s);

int gtls_alert_is_13(const struct gtls_conn *c);
/* Notes an alert that came, or sends one. */
void gtls_alert_note(struct gtls_conn *c, int is_sent, int level, int code);
void gtls_alert_send(struct gtls_conn *c, int level, int code);
/* Notes the library's code, without an alert. */
void gtls_alert_error(struct gtls_conn *c, int code);
/* The handshake or the connection failed with the library's code: notes why,
 * and sends an alert unless the peer did. TLS_FAILED. */
enum tls_result gtls_alert_failed(struct gtls_conn *c, int code);

#endif
