/* `chainbreak serve --application mqtt`: the broker, and what to type to try
 * it. */
#ifndef CLI_SERVE_MQTT_H
#define CLI_SERVE_MQTT_H

#include <jansson.h>

#include "lab/trial.h"

struct broker;

struct serve_mqtt {
    const char *application; /* "byte", "mqtt", or NULL */
    const char *upstream;    /* of the command line, or NULL */
    struct broker *broker;
};

/* Starts the broker, if one is needed. 0, or -1 reported. */
int serve_mqtt_start(struct serve_mqtt *m);
/* Sets the state's application. 0, or -1 if memory is out (reported). */
int serve_mqtt_state(const struct serve_mqtt *m, json_t *state);
/* Prints the commands; `identity`: paths of the client's certificate and key,
 * or NULL. Nothing for another application. */
void serve_mqtt_text(const struct serve_mqtt *m, const struct trial *trial,
                     const char *anchors_path, const char *const identity[2],
                     const json_t *listening);
/* What a connection's record says about MQTT, as a part of its line. */
void serve_mqtt_connection(const json_t *event);
void serve_mqtt_clear(struct serve_mqtt *m);

#endif
