/* Owned strings. */
#include "model/mqtt.h"

#include <stdlib.h>

void mqtt_side_free(struct mqtt_side *m)
{
    if (!m)
        return;
    free(m->client_id);
    free(m->closed_for);
    free(m->broker);
    free(m);
}
