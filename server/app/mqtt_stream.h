/* Packets at the front of a libevent buffer. */
#ifndef SERVER_APP_MQTT_STREAM_H
#define SERVER_APP_MQTT_STREAM_H

#include "base/mqtt.h"

struct evbuffer;

/* 1: a whole packet stands at the front of `in`, and p points into it until the
 * buffer changes; 0: not yet; -1: never: no packet (p->size 0), or one of more
 * than `limit` bytes, or memory is out. */
int mqtt_stream_packet(struct evbuffer *in, size_t limit,
                       struct mqtt_packet *p);

#endif
