/* The member "mqtt" of a connection's application (docs/record.md). */
#ifndef MODEL_MQTT_CODEC_H
#define MODEL_MQTT_CODEC_H

#include "model/codec.h"
#include "model/mqtt.h"

/* NULL: there is none, or c has failed. */
struct mqtt_side *mqtt_side_decode(struct codec *c, const json_t *mqtt);
json_t *mqtt_side_encode(struct codec *c, const struct mqtt_side *m);

#endif
