/* The filters that a connection subscribed to, and what of them is due to it.
 */
#ifndef SERVER_APP_MQTT_FILTERS_H
#define SERVER_APP_MQTT_FILTERS_H

#include "base/mqtt.h"

struct mqtt_filters_kept {
    struct mqtt_kept *first;
    unsigned count;
    int partly; /* there are filters that are not kept: of a session that went
                   on, or more than the limit */
};

/* 0, or -1: memory is out. */
int mqtt_filters_keep(struct mqtt_filters_kept *k, const struct mqtt_filter *f);
void mqtt_filters_drop(struct mqtt_filters_kept *k, struct mqtt_text filter);
/* Would AWS IoT Core deliver it? Not where only a filter of the standard's
 * matches ("sensor/#" for "sensor"), and no retained message to a filter with a
 * wildcard (archived AWS documentation: to the exact filter only). 1 where
 * filters are not all kept. */
int mqtt_filters_due(const struct mqtt_filters_kept *k,
                     const struct mqtt_publish *m);
void mqtt_filters_clear(struct mqtt_filters_kept *k);

#endif
