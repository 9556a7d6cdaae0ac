/* What a state says about MQTT: the broker behind it and the rules of the gate.
 * Knows no connections. */
#ifndef SERVER_APP_MQTT_SETTINGS_H
#define SERVER_APP_MQTT_SETTINGS_H

#include <jansson.h>

#include "server/app/mqtt_drill.h"
#include "server/app/mqtt_gate.h"
#include "server/app/upstream.h"

struct mqtt_settings {
    struct upstream_address upstream;
    struct mqtt_rules rules;
    struct mqtt_drill_rules drill;
    char *websocket; /* the path that MQTT over WebSocket is asked for at; NULL:
                        MQTT stands in TLS itself */
};

/* From the object "application" of a state. NULL reported, with state and key.
 */
struct mqtt_settings *mqtt_settings_new(json_t *application,
                                        const char *state_id);
void mqtt_settings_free(struct mqtt_settings *s);

#endif
