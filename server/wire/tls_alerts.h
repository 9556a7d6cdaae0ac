/* Alerts as they went over the wire in one direction. Knows no TLS library. */
#ifndef SERVER_WIRE_TLS_ALERTS_H
#define SERVER_WIRE_TLS_ALERTS_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

enum { TLS_ALERTS_MAX = 16 };

struct tls_alerts { /* those past TLS_ALERTS_MAX are not kept; a library ends
                       the connection after a few warnings in a row */
    uint8_t level[TLS_ALERTS_MAX], code[TLS_ALERTS_MAX];
    size_t count;
};

/* Notes the alert's two bytes. 1 if it ends the connection: fatal, or
 * close_notify. `is_13`: it was sent under TLS 1.3. */
int tls_alerts_note(struct tls_alerts *a, const uint8_t alert[static 2],
                    int is_13);

/* The record's list. New reference. */
json_t *tls_alerts_json(const struct tls_alerts *a);

#endif
