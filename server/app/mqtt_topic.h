/* Topics and filters (MQTT 5.0 section 4.7), with what AWS IoT Core makes of
 * them. Texts are UTF-8 without NUL, as the packets' readers checked. */
#ifndef SERVER_APP_MQTT_TOPIC_H
#define SERVER_APP_MQTT_TOPIC_H

#include "base/mqtt.h"

/* Does the filter match? As AWS IoT Core does it: "sensor/#" does not match
 * "sensor" (the standard's section 4.7.1.2 says it does), and a wildcard at the
 * front matches no topic that begins with "$" (section 4.7.2). */
int mqtt_topic_matches(struct mqtt_text filter, struct mqtt_text topic);
/* Has it a wildcard? */
int mqtt_topic_is_wild(struct mqtt_text filter);
/* The filter behind "$share/NAME/" (section 4.8.2); others as they are. */
struct mqtt_text mqtt_topic_unshared(struct mqtt_text filter);
/* Does it begin with this? */
int mqtt_topic_begins(struct mqtt_text topic, const char *with);
/* Of a topic that a rule is named in directly ("$aws/rules/NAME/...", basic
 * ingest): the part behind, which the limits are for; others as they are. */
struct mqtt_text mqtt_topic_counted(struct mqtt_text topic);
size_t mqtt_topic_slashes(struct mqtt_text topic);

#endif
