/* A connection from inside. Private to conn.c and conn_record.c. */
#ifndef SERVER_CONN_INSIDE_H
#define SERVER_CONN_INSIDE_H

#include <jansson.h>
#include <netinet/in.h>
#include <stdint.h>
#include <sys/queue.h>
#include <time.h>

#include <event2/event_struct.h>

#include "base/wire_marks.h"

struct evbuffer;
struct limits;
struct loop;
struct setting;
struct tls_conn;

enum phase {
    PHASE_HANDSHAKE,
    PHASE_OPEN,
    PHASE_DRAIN /* all is said; waits for the peer's FIN so that it can read
                   what was sent last */
};

struct conn {
    struct conn *next, **link; /* in the loop's list */
    TAILQ_ENTRY(conn) silent;  /* in the loop's queue, while is_silent */
    struct loop *loop;
    const struct setting_application *application; /* of the setting */
    struct setting *setting; /* held: the listener may change or go */
    struct tls_conn *tls;
    void *application_state;
    int fd;
    enum phase phase;
    struct event event;     /* waits for the socket, or until: */
    double due_ms;          /* since accept */
    short awaited;          /* of the socket */
    struct evbuffer *hello; /* the first bytes, until the ClientHello tells by
                               its name who serves it; NULL: that is known */
    struct evbuffer
        *backlog; /* output the socket would not take; NULL until needed */
    unsigned is_silent : 1;      /* its ClientHello has not come */
    unsigned broken : 1;         /* a send failed: the peer sent RST */
    unsigned is_held : 1;        /* the application wants no more data now */
    unsigned is_full : 1;        /* the application waits for room */
    unsigned is_patient : 1;     /* the timer is the application's */
    unsigned after_starving : 1; /* it may have waited for a descriptor */
    unsigned is_short : 1;       /* memory ran out */
    unsigned is_last : 1; /* it is that of the whole time that it may stay open
                           */
    struct wire_marks received, sent; /* at the socket */
    size_t application_read, application_written;
    const char *close_by,
        *close_how;        /* NULL until known; the first cause stays */
    double close_ms;       /* when it became known */
    double opened_ms;      /* when the handshake was over */
    const char *closed_on; /* what the state's middlebox minds, or NULL */
    const char *limit;     /* name of the limit that ran out */
    struct timespec started;
    unsigned number;
    char peer_address[INET6_ADDRSTRLEN]; /* numeric */
    uint16_t port, peer_port;
};

/* Over: records it and frees it. */
void conn_end(struct conn *c, const char *by, const char *how);
/* What came goes to TLS, and what that says to the application. */
void conn_feed(struct conn *c, const uint8_t *data, size_t size);
/* Ends it without a word, by FIN or RST. */
void conn_cut(struct conn *c, int resets);
/* TLS of a setting, which asks the account where the state says so. NULL: memory
 * is out. */
struct tls_conn *conn_tls_new(const struct conn *c, const struct setting *s);
/* What came first waits until the ClientHello is whole, or is none. */
void conn_hello_received(struct conn *c, const uint8_t *data, size_t size);
const struct limits *conn_limits(const struct conn *c);
/* Wall time since accept, to a tenth of a millisecond. */
double conn_elapsed_ms(const struct conn *c);
/* What is told when it is over. NULL when memory is out: an event that lacks
 * something would be a lie. */
json_t *conn_record(const struct conn *c);

#endif
