/* What is known of one TLS connection, whatever library serves it: read from
 * the messages on the wire, and told by the library where only it can know.
 * Knows no TLS library. */
#ifndef SERVER_FACTS_H
#define SERVER_FACTS_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "server/tls.h"
#include "server/wire/tls_alerts.h"
#include "server/wire/tls_flight.h"

struct facts_bytes {
    uint8_t *data; /* NULL: none came */
    size_t size;
};

struct facts {
    int is_established; /* the client's Finished was processed */
    enum tls_party ended_by;
    struct facts_bytes hello; /* the first ClientHello, as sent */
    struct tls_flight flight;
    struct tls_alerts sent, received;
    struct facts_bytes client_leaf; /* the client's certificate, as sent */
    size_t client_certificates;
    /* by the engine: */
    const char *chain; /* "rsa", "ecdsa": what was served; NULL: nothing */
    int is_resumed;    /* an earlier session goes on: no chain was served */
    int error;         /* the library's own code; 0: none */
    char *error_text;  /* owned; NULL: none */
    const char *unserved; /* static sentence: the library could not serve the
                             state to this hello though a server could */
    int is_too_large; /* the client's certificate list was above the limit */
    int is_short;     /* memory ran out */
};

void facts_clear(struct facts *f);

/* Notes a handshake message (4-byte header included), in either direction. */
void facts_message(struct facts *f, int is_sent, const uint8_t *message,
                   size_t size);
/* Notes an alert's two bytes. */
void facts_alert(struct facts *f, int is_sent, const uint8_t alert[static 2],
                 int is_13);

/* Adds hello, chose, certificates, certificate_bytes, alerts_*, handshake,
 * unserved, error to a connection's record. 0, or -1 when memory is out. */
int facts_describe(const struct facts *f, json_t *record);

#endif
