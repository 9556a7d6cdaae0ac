/* What AWS IoT Core does and a broker does not, decided by looking at the
 * packets that pass: pure, packets in, packets out. Each rule is one function
 * in mqtt_gate.c with its source; docs/mqtt.md lists them. */
#ifndef SERVER_APP_MQTT_GATE_H
#define SERVER_APP_MQTT_GATE_H

#include <stddef.h>

struct mqtt_gate;
struct evbuffer;

enum mqtt_over { MQTT_OVER_CLOSE, MQTT_OVER_CAP };

/* Settings of a state. */
struct mqtt_rules {
    size_t payload_bytes;           /* of a PUBLISH */
    unsigned keep_alive_max;        /* seconds; 0 in a CONNECT means this */
    unsigned keep_alive_min;        /* seconds; less counts as this */
    enum mqtt_over keep_alive_over; /* what more gets in 3.1.1: sources on AWS
                                       disagree. 5.0 has Server Keep Alive */
    size_t client_id_bytes;
    size_t topic_bytes;
    unsigned topic_slashes;
    unsigned filters;     /* of a SUBSCRIBE */
    int wait_for_connack; /* a packet right behind CONNECT closes */
};
/* AWS IoT Core's. */
void mqtt_rules_default(struct mqtt_rules *r);

enum mqtt_action {
    MQTT_CONNECT_AS,
    MQTT_PUBLISH_TO,
    MQTT_RETAIN_TO, /* asked besides */
    MQTT_SUBSCRIBE_TO,
    MQTT_RECEIVE_FROM
};
/* 1 if the identity behind the connection may. `what`: a client id, a topic or
 * a filter. */
typedef int mqtt_permits_fn(void *arg, enum mqtt_action action,
                            const char *what);

/* `rules` outlives it. permits NULL: everything is allowed. NULL: memory is
 * out. */
struct mqtt_gate *mqtt_gate_new(const struct mqtt_rules *rules,
                                mqtt_permits_fn *permits, void *arg);
void mqtt_gate_free(struct mqtt_gate *g);

/* Takes whole packets out of `in` (what is not whole stays there), appends what
 * goes on to the other side to `on`, and what the gate itself answers to
 * `back`. 0, or -1: the connection is to be closed after what was appended was
 * sent; facts tell why ("memory": the process was short of it). */
int mqtt_gate_from_client(struct mqtt_gate *g, struct evbuffer *in,
                          struct evbuffer *on, struct evbuffer *back);
int mqtt_gate_from_broker(struct mqtt_gate *g, struct evbuffer *in,
                          struct evbuffer *on, struct evbuffer *back);
/* The broker closed because another connection took the client id: 5.0 gets
 * DISCONNECT with 8E. */
void mqtt_gate_taken_over(struct mqtt_gate *g, struct evbuffer *back);
/* Nothing came from the client for mqtt_gate_patience: 5.0 gets DISCONNECT with
 * 8D. */
void mqtt_gate_silent(struct mqtt_gate *g, struct evbuffer *back);

struct mqtt_gate_facts {   /* for the connection's record */
    const char *client_id; /* NULL before CONNECT (and CONNACK, where the broker
                              gives it) */
    int version;           /* protocol level as sent; 0: unknown */
    unsigned keep_alive;   /* as sent */
    int clean;             /* clean session, clean start */
    int connack;           /* code sent to the client; -1: none yet */
    unsigned published[2], received[2]; /* by QoS: from, to the client */
    unsigned subscribed;                /* filters granted */
    int goodbye;            /* the client sent DISCONNECT: no will is due */
    const char *closed_for; /* a word (docs/mqtt.md); NULL: no rule closed */
};
const struct mqtt_gate_facts *mqtt_gate_facts(const struct mqtt_gate *g);
/* Seconds without a packet from the client after which the endpoint cuts it:
 * 1.5 times the keep-alive that counts (MQTT 5.0 section 3.1.2.10); 0: before
 * CONNECT. */
unsigned mqtt_gate_patience(const struct mqtt_gate *g);

#endif
