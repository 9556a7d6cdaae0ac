/* MQTT control packets (OASIS MQTT 3.1.1 and 5.0): cut out of a stream, read,
 * written. Bytes in, bytes out; nothing is allocated, and what is read points
 * into the packet. Section numbers are 5.0's; 3.1.1 has the same ones. */
#ifndef BASE_MQTT_H
#define BASE_MQTT_H

#include <stddef.h>
#include <stdint.h>

enum mqtt_type { /* section 2.1.2 */
                 MQTT_CONNECT = 1,
                 MQTT_CONNACK,
                 MQTT_PUBLISH,
                 MQTT_PUBACK,
                 MQTT_PUBREC,
                 MQTT_PUBREL,
                 MQTT_PUBCOMP,
                 MQTT_SUBSCRIBE,
                 MQTT_SUBACK,
                 MQTT_UNSUBSCRIBE,
                 MQTT_UNSUBACK,
                 MQTT_PINGREQ,
                 MQTT_PINGRESP,
                 MQTT_DISCONNECT,
                 MQTT_AUTH /* 5.0 only */
};

enum { MQTT_3_1 = 3, MQTT_3_1_1 = 4, MQTT_5_0 = 5 }; /* protocol levels */

enum mqtt_code { /* of 5.0, section 2.4 */
                 MQTT_UNSPECIFIED = 0x80,
                 MQTT_MALFORMED = 0x81,
                 MQTT_PROTOCOL_ERROR = 0x82,
                 MQTT_BAD_VERSION = 0x84,
                 MQTT_BAD_CLIENT_ID = 0x85,
                 MQTT_NOT_AUTHORIZED = 0x87,
                 MQTT_KEEP_ALIVE_OVER = 0x8d,
                 MQTT_TAKEN_OVER = 0x8e,
                 MQTT_BAD_FILTER = 0x8f,
                 MQTT_BAD_TOPIC = 0x90,
                 MQTT_BAD_ALIAS = 0x94,
                 MQTT_TOO_LARGE = 0x95,
                 MQTT_OVER_QUOTA = 0x97,
                 MQTT_QOS_UNSUPPORTED = 0x9b
};

enum mqtt_return { /* of 3.1.1's CONNACK, section 3.2.2.3 there */
                   MQTT_RETURN_VERSION = 1,
                   MQTT_RETURN_CLIENT_ID = 2
};

enum {
    MQTT_HEADER_MAX = 5, /* bytes: type and remaining length */
    MQTT_TEXT_MAX = 65535
};

struct mqtt_text { /* borrowed; a string has no NUL at its end */
    const uint8_t *data;
    size_t size;
};

struct mqtt_packet {
    enum mqtt_type type;
    unsigned flags;        /* the lower four bits of the first byte */
    size_t size;           /* of the whole packet */
    struct mqtt_text body; /* behind the header */
};

/* Looks at what stands at the front of a stream. 1: a whole packet. 0: more
 * bytes are needed; out->size is its size as soon as the header is whole, else
 * 0. -1: this is no packet (type 0, flags that the type does not have, a
 * remaining length of more than four bytes). */
int mqtt_packet_next(const uint8_t *data, size_t size, struct mqtt_packet *out);

/* Properties of 5.0 (section 2.2.2.2) that anybody here looks at; the others
 * are checked and passed over. -1: absent. */
struct mqtt_properties {
    long topic_alias, session_expiry, server_keep_alive;
    struct mqtt_text assigned_client_id; /* data NULL: absent */
};

/* The readers: 0, or -1 where the packet is malformed: lengths, strings that
 * are no UTF-8 or hold U+0000 (section 1.5.4), reserved bits, properties that
 * are unknown or stand twice, bytes behind the end. `version`: MQTT_3_1_1 or
 * MQTT_5_0, as the connection's CONNECT said. */

struct mqtt_connect { /* section 3.1 */
    int version; /* the protocol level; of others than 3.1.1 and 5.0 nothing
                    else is read. 0: another protocol's name */
    int clean;
    unsigned keep_alive;  /* seconds */
    size_t keep_alive_at; /* where it stands in the body, for who rewrites it */
    struct mqtt_text client_id;
    int has_will, will_qos, will_retain;
    struct mqtt_text will_topic, will_payload;
    struct mqtt_text user, password; /* data NULL: none */
    struct mqtt_properties properties;
};
int mqtt_connect_read(const struct mqtt_packet *p, struct mqtt_connect *out);

struct mqtt_connack { /* section 3.2 */
    int session_present;
    int code; /* return code of 3.1.1, reason code of 5.0; 0: accepted */
    struct mqtt_properties properties;
};
int mqtt_connack_read(const struct mqtt_packet *p, int version,
                      struct mqtt_connack *out);

struct mqtt_publish { /* section 3.3 */
    int dup, qos, retain;
    struct mqtt_text topic; /* empty with an alias: 5.0 */
    unsigned id;            /* 0 with QoS 0 */
    struct mqtt_text payload;
    struct mqtt_properties properties;
};
int mqtt_publish_read(const struct mqtt_packet *p, int version,
                      struct mqtt_publish *out);

/* PUBACK, PUBREC, PUBREL, PUBCOMP: sections 3.4 to 3.7. */
struct mqtt_ack {
    unsigned id;
    int code; /* 0 where none is sent */
};
int mqtt_ack_read(const struct mqtt_packet *p, int version,
                  struct mqtt_ack *out);

/* SUBSCRIBE and UNSUBSCRIBE, sections 3.8 and 3.10: the packet's id, then one
 * filter after the other. */
struct mqtt_filters {
    unsigned id;
    const struct mqtt_packet *packet;
    size_t at;
};
struct mqtt_filter {
    struct mqtt_text topic;
    int qos, no_local, as_published, retain_handling; /* the last three: 5.0 */
};
int mqtt_filters_read(const struct mqtt_packet *p, int version,
                      struct mqtt_filters *out);
/* 1: one more. 0: that was the last one. -1: malformed. A packet without any is
 * malformed too. */
int mqtt_filters_next(struct mqtt_filters *f, int version,
                      struct mqtt_filter *out);

struct mqtt_suback { /* sections 3.9 and 3.11; 3.1.1's UNSUBACK has no codes */
    unsigned id;
    struct mqtt_text codes; /* one byte a filter */
};
int mqtt_suback_read(const struct mqtt_packet *p, int version,
                     struct mqtt_suback *out);

/* DISCONNECT and AUTH, sections 3.14 and 3.15; code 0 where none is sent. */
int mqtt_code_read(const struct mqtt_packet *p, int version, int *code);

/* The writers: how many bytes the packet has; 0: `room` is too small, or what
 * is asked for cannot be said (a text over MQTT_TEXT_MAX). */
size_t mqtt_connect_write(uint8_t *to, size_t room,
                          const struct mqtt_connect *c);
size_t mqtt_connack_write(uint8_t *to, size_t room, int version,
                          int session_present, int code);
size_t mqtt_publish_write(uint8_t *to, size_t room, int version,
                          const struct mqtt_publish *p);
/* PUBACK and the like; 3.1.1 has no code and the code is not written. */
size_t mqtt_ack_write(uint8_t *to, size_t room, int version,
                      enum mqtt_type type, unsigned id, int code);
size_t mqtt_subscribe_write(uint8_t *to, size_t room, int version, unsigned id,
                            const struct mqtt_filter *f);
size_t mqtt_suback_write(uint8_t *to, size_t room, int version, unsigned id,
                         const uint8_t *codes, size_t count);
/* PINGREQ, PINGRESP, and DISCONNECT of 3.1.1 or with code 0. */
size_t mqtt_plain_write(uint8_t *to, size_t room, enum mqtt_type type);
size_t mqtt_disconnect_write(uint8_t *to, size_t room, int version, int code);

/* A text of a C string; the string outlives it. */
struct mqtt_text mqtt_text(const char *string);

#endif
