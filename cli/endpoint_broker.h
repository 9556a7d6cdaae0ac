/* The broker of `chainbreak endpoint`: started when the first state with MQTT
 * names no other one. */
#ifndef CLI_ENDPOINT_BROKER_H
#define CLI_ENDPOINT_BROKER_H

#include <jansson.h>

struct broker;

/* Gives each state of the configuration, or the state of a control document,
 * that speaks MQTT and names no upstream the broker's address; *b is started
 * for the first one. 0, or -1 reported (control documents: `document` is to be
 * refused). */
int endpoint_broker_fill(struct broker **b, json_t *document);

#endif
