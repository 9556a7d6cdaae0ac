/* The header is looked at first: what is not whole is not moved together. */
#include "server/app/mqtt_stream.h"

#include <event2/buffer.h>

int mqtt_stream_packet(struct evbuffer *in, size_t limit, struct mqtt_packet *p)
{
    uint8_t head[MQTT_HEADER_MAX];
    ev_ssize_t n = evbuffer_copyout(in, head, sizeof head);
    int whole = n < 0 ? -1 : mqtt_packet_next(head, (size_t)n, p);
    const uint8_t *data;

    if (whole < 0 || p->size > limit)
        return -1;
    if (p->size == 0 || evbuffer_get_length(in) < p->size)
        return 0;
    data = evbuffer_pullup(in, (ev_ssize_t)p->size);
    return data ? mqtt_packet_next(data, p->size, p) : -1;
}
