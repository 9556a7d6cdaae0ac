/* What AWS IoT Core's quotas say (mqtt_gate.h). */
#include "server/app/mqtt_gate.h"

void mqtt_rules_default(struct mqtt_rules *r)
{
    *r = (struct mqtt_rules){.payload_bytes = 131072,
                             .keep_alive_max = 1200,
                             .keep_alive_min = 30,
                             .keep_alive_over = MQTT_OVER_CLOSE,
                             .client_id_bytes = 128,
                             .topic_bytes = 256,
                             .topic_slashes = 7,
                             .filters = 8};
}
