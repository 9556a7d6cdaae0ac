/* The records that a client sends, walked beside the library: an alert in the
 * clear is seen where the library takes it for something else. */
#ifndef SERVER_GNUTLS_GTLS_RECORD_H
#define SERVER_GNUTLS_GTLS_RECORD_H

#include <stddef.h>
#include <stdint.h>

enum { GTLS_RECORD_HEADER = 5, GTLS_RECORD_ALERT = 2 };

struct gtls_record { /* the one that came last, as far as it came */
    uint8_t start[GTLS_RECORD_HEADER + GTLS_RECORD_ALERT];
    size_t have; /* of `start` */
    size_t left; /* bytes of it that have not come; counts with its header */
};

void gtls_record_follow(struct gtls_record *r, const uint8_t *data,
                        size_t size);
/* Is the last one an alert in the clear, whole? Its two bytes are at
 * r->start + GTLS_RECORD_HEADER. */
int gtls_record_is_alert(const struct gtls_record *r);

#endif
