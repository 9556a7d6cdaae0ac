/* Where records begin and end (RFC 8446 section 5.1). Must not know the
 * library. */
#include "server/gnutls/gtls_record.h"

enum { TYPE_ALERT = 21 };

void gtls_record_follow(struct gtls_record *r, const uint8_t *data, size_t size)
{
    while (size > 0) {
        size_t n = 1;

        if (r->left == 0) {
            r->have = 0;
            r->left = GTLS_RECORD_HEADER;
        }
        if (r->have >= sizeof(r->start))
            n = size < r->left ? size : r->left;
        else
            r->start[r->have++] = *data;
        r->left -= n;
        if (r->have == GTLS_RECORD_HEADER && n == 1 && r->left == 0)
            r->left = (size_t)r->start[3] << 8 | r->start[4];
        data += n;
        size -= n;
    }
}

int gtls_record_is_alert(const struct gtls_record *r)
{
    return r->have == sizeof(r->start) && r->start[0] == TYPE_ALERT &&
           r->start[3] == 0 && r->start[4] == GTLS_RECORD_ALERT;
}
