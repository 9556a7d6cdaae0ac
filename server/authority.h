/* Who a client is by its certificate, and what it may: asked of whoever keeps
 * the account. Knows neither how it is kept nor MQTT's packets. */
#ifndef SERVER_AUTHORITY_H
#define SERVER_AUTHORITY_H

#include <stddef.h>
#include <stdint.h>

#include "server/app/mqtt_gate.h"

struct authority_peer { /* of a connection; NULL: not known */
    const char *client_id, *server_name, *address;
};

/* Called by any thread, several at a time. */
struct authority {
    void *context;
    /* The holder of a certificate (DER, as it was sent; size 0: none was), as
     * things are now. To be freed; NULL: it cannot be told. */
    void *(*holder)(void *context, const uint8_t *der, size_t size);
    void (*holder_free)(void *holder);
    /* 1: it may come to its CONNECT. 0: where the state says so, its handshake
     * is refused. */
    int (*is_welcome)(const void *holder);
    /* 1 or 0. */
    int (*permits)(const void *holder, const struct authority_peer *peer,
                   enum mqtt_action action, const char *what);
    /* Another number whenever a holder asked for anew may say another thing. */
    unsigned (*version)(void *context);
};

#endif
