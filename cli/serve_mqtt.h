/* `chainbreak serve --application mqtt`: the broker, and what to type to try
 * it. */
#ifndef CLI_SERVE_MQTT_H
#define CLI_SERVE_MQTT_H

#include "lab/endpoint_codec.h"
#include "lab/trial.h"
#include "model/wire_line.h"

struct broker;

struct serve_mqtt {
    const char *application; /* "byte", "mqtt", "mqtt-websocket", NULL */
    const char *upstream;    /* of the command line, or NULL */
    struct broker *broker;
};

/* Starts the broker, if one is needed. 0, or -1 reported. */
int serve_mqtt_start(struct serve_mqtt *m);
/* What the state speaks; its strings are m's. */
struct endpoint_application serve_mqtt_application(const struct serve_mqtt *m);
/* Prints the commands; `identity`: paths of the client's certificate and key,
 * or NULL. Nothing for another application. */
void serve_mqtt_text(const struct serve_mqtt *m, const struct trial *trial,
                     const char *anchors_path, const char *const identity[2],
                     const struct endpoint_event *listening);
/* What a connection's record says about MQTT (NULL: nothing), as a part of its
 * line. */
void serve_mqtt_connection(const struct mqtt_side *mqtt);
void serve_mqtt_clear(struct serve_mqtt *m);

#endif
