/* MQTT as a device speaks it: CONNECT, and if it is asked for one message to
 * itself, or a session that is kept. Bytes in, bytes out: must not know TLS or
 * sockets. */
#ifndef CLIENTS_SHIM_MQTT_H
#define CLIENTS_SHIM_MQTT_H

#include <stddef.h>
#include <stdint.h>

enum {
    SHIM_MQTT_PAYLOAD = 131072,               /* bytes */
    SHIM_MQTT_TOPIC = 256,                    /* bytes, of one that is heard */
    SHIM_MQTT_ROOM = SHIM_MQTT_PAYLOAD + 4096 /* of one packet at most */
};

enum shim_mqtt_next {
    SHIM_MQTT_READ,    /* bytes from the broker are needed */
    SHIM_MQTT_SAID,    /* what it must send is there; call again then */
    SHIM_MQTT_DONE,    /* all was said and heard */
    SHIM_MQTT_REFUSED, /* the broker said no: `code` */
    SHIM_MQTT_BAD      /* what came is no MQTT, or no answer to what was said */
};

struct shim_session; /* clients/shim.h */

struct shim_mqtt { /* zeroed but for the first members */
    int version;   /* protocol level */
    unsigned keep_alive;
    const char *client_id, *topic; /* topic NULL: only CONNECT */
    size_t payload;
    const struct shim_session *session; /* NULL: none */
    int waits_no_longer; /* for the message of a session: set by the caller */

    size_t filter; /* of the session: subscribed to next */
    int ack_due, has_message;
    unsigned ack_id;
    int said;            /* how many of its packets */
    int heard;           /* bits of what came */
    const char *refused; /* what was refused: "CONNACK", "SUBACK", "PUBACK" */
    int code;
    size_t in_size, out_size;
    uint8_t in[SHIM_MQTT_ROOM], out[SHIM_MQTT_ROOM];
    /* of the message that a session waited for, with has_message */
    char topic_heard[SHIM_MQTT_TOPIC + 1], payload_heard[SHIM_MQTT_PAYLOAD + 1];
};

/* What is due. Output is out[0..out_size), to be sent before the next call. */
enum shim_mqtt_next shim_mqtt_go(struct shim_mqtt *m);
/* Nothing is left but the message that the session waits for. */
int shim_mqtt_waits(const struct shim_mqtt *m);
/* Room for what comes: at in + in_size, so many bytes; add to in_size. */
size_t shim_mqtt_room(const struct shim_mqtt *m);

#endif
