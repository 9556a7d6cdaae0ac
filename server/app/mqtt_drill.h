/* What a test does to a client beside serving it: answers that do not come, a
 * message that nobody sent, a session that is forgotten. Between the gate and
 * the client: packets in, packets out. */
#ifndef SERVER_APP_MQTT_DRILL_H
#define SERVER_APP_MQTT_DRILL_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mqtt.h"

struct evbuffer;

struct mqtt_drill_rules {
    int is_there;
    unsigned withhold;    /* a bit per type: answers that are not passed on */
    size_t greet_bytes;   /* of a message with QoS 1 behind the first SUBACK; 0:
                             none */
    int forgets_sessions; /* CONNECT is passed on with a clean start */
};

/* From an application's "drill", which may be NULL. 0, or -1 reported. */
int mqtt_drill_take(struct mqtt_drill_rules *r, const json_t *drill,
                    const char *id);

struct mqtt_drill { /* of a connection; zeroed at first */
    const struct mqtt_drill_rules *rules;
    int version;
    int is_lost; /* what came from the client was no packet: all passes */
    enum mqtt_type withheld_type;
    unsigned withheld_id;
    uint8_t *topic; /* of the first filter asked for; owned */
    size_t topic_size;
    /* facts */
    unsigned withheld; /* answers that were not passed on */
    unsigned again;    /* packets that came again for them, with the same id */
    int greeted, acknowledged;
    int was_clean; /* what CONNECT asked for */
};

void mqtt_drill_clear(struct mqtt_drill *d);
/* Moves whole packets; what is not whole stays in `in`, and so does everything
 * behind what is no packet. 0, or -1: memory is out. */
int mqtt_drill_from_client(struct mqtt_drill *d, struct evbuffer *in,
                           struct evbuffer *on);
/* Of whole packets for the client, in place. 0, or -1: memory is out. */
int mqtt_drill_to_client(struct mqtt_drill *d, struct evbuffer *packets);
/* The record's part. New reference; NULL: memory is out. */
json_t *mqtt_drill_json(const struct mqtt_drill *d);

#endif
