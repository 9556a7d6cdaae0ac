/* What the endpoint saw of MQTT inside a connection (docs/mqtt.md). */
#ifndef MODEL_MQTT_H
#define MODEL_MQTT_H

struct mqtt_side {
    char *client_id; /* NULL: none came */
    int version;     /* protocol level: 4 is 3.1.1, 5 is 5.0; 0: no CONNECT */
    unsigned keep_alive; /* seconds, as sent */
    int clean;
    int connack;                        /* code sent to the client; -1: none */
    unsigned published[2], received[2]; /* by QoS: from, to the client */
    unsigned subscribed;                /* filters granted */
    struct { /* what a drill did, and how the client took it */
        int there;
        unsigned withheld, again; /* answers kept back; the same packet again */
        int greeted, acknowledged, was_clean;
    } drill;
    char *closed_for; /* the rule that closed, or NULL */
    char *broker;     /* what became of the broker, if that ended it; NULL */
};

void mqtt_side_free(struct mqtt_side *m); /* NULL is fine */

#endif
