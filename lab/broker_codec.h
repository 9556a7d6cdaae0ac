/* The broker of `chainbreak endpoint`: started when the first state with MQTT
 * names no other one. */
#ifndef LAB_BROKER_CODEC_H
#define LAB_BROKER_CODEC_H

#include <stddef.h>

struct broker;

/* Gives each state of the configuration, or the state of a control line, that
 * speaks MQTT and names no upstream the address of *b, which is started for the
 * first one. 0 with *filled the line to use instead (malloc'd) or NULL where it
 * stays as it is (what is no JSON does too); -1 reported. */
int broker_fill(struct broker **b, const char *line, size_t size,
                char **filled);

#endif
