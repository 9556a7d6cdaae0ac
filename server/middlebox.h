/* A box on the way that ends a connection for what it sees in the ClientHello,
 * without an alert: it is no party of TLS. Firewalls and load balancers do it to
 * what they do not know. */
#ifndef SERVER_MIDDLEBOX_H
#define SERVER_MIDDLEBOX_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

struct middlebox {
    int is_there;
    int resets;        /* with RST; else with FIN */
    uint16_t offers;   /* minds who offers this version; 0: nobody */
    int without_name;  /* minds who sends no server name */
    size_t hello_over; /* minds a longer handshake message, in bytes; 0: none */
};

/* From a state's "close", which may be NULL. 0, or -1 reported. */
int middlebox_take(struct middlebox *m, const json_t *close, const char *id);
/* What it minds in a ClientHello (with its header), as the record says it; NULL:
 * it lets it through. */
const char *middlebox_minds(const struct middlebox *m, const uint8_t *hello,
                            size_t size);

#endif
