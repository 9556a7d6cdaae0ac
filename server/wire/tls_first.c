/* Parses bytes from outside. */
#include "server/wire/tls_first.h"

#include <stdlib.h>
#include <string.h>

enum {
    RECORD_HEADER = 5,
    RECORD_HANDSHAKE = 22,
    MESSAGE_HEADER = 4,
    MESSAGE_HELLO = 1
};

/* Of the message whose header stands at the front; 0: that is not whole. */
static size_t message_size(const uint8_t *message, size_t size)
{
    if (size < MESSAGE_HEADER)
        return 0;
    return MESSAGE_HEADER +
           ((size_t)message[1] << 16 | (size_t)message[2] << 8 | message[3]);
}

int tls_first_hello(const uint8_t *data, size_t size, uint8_t **hello,
                    size_t *hello_size)
{
    uint8_t *joined = malloc(size + 1);
    size_t at = 0, used = 0, whole = 0;
    int status = joined == NULL ? -1 : 0;

    while (status == 0 && (whole == 0 || used < whole) && at < size) {
        size_t left = size - at, length;

        if (data[at] != RECORD_HANDSHAKE)
            status = -1;
        if (status != 0 || left < RECORD_HEADER)
            break;
        length = (size_t)data[at + 3] << 8 | data[at + 4];
        left -= RECORD_HEADER;
        memcpy(joined + used, data + at + RECORD_HEADER,
               length < left ? length : left);
        used += length < left ? length : left;
        at += RECORD_HEADER + length;
        whole = message_size(joined, used);
        if (length == 0 || (used > 0 && joined[0] != MESSAGE_HELLO))
            status = -1;
    }
    if (status == 0 && whole > 0 && used >= whole)
        status = 1;
    if (status != 1) {
        free(joined);
        return status;
    }
    *hello = joined;
    *hello_size = whole;
    return 1;
}
