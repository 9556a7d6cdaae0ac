/* MQTT inside TLS: a connection to a broker behind each client's, with the gate
 * (mqtt_gate.h) between both. */
#ifndef SERVER_APP_MQTT_H
#define SERVER_APP_MQTT_H

#include "server/app/application.h"

extern const struct application application_mqtt;

#endif
