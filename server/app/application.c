/* The applications. `byte`: the client writes one byte, the endpoint gives it
 * back, the client closes. `mqtt`: a broker behind the endpoint. `relay`: any
 * plain service behind it. */
#include "server/app/application.h"

#include <string.h>

#include "server/app/mqtt.h"
#include "server/app/relay.h"
#include "server/conn.h"

struct byte_state {
    int answered;
};

static int byte_on_data(struct conn *c, void *state, const uint8_t *data,
                        size_t size)
{
    struct byte_state *s = state;

    (void)size;
    if (s->answered)
        return 0;
    s->answered = 1;
    return conn_write(c, data, 1);
}

static const struct application application_byte = {
    .name = "byte",
    .state_size = sizeof(struct byte_state),
    .on_data = byte_on_data,
};

static const struct application *const applications[] = {
    &application_byte, &application_mqtt, &application_relay, NULL};

const struct application *application_by_name(const char *name)
{
    for (size_t i = 0; applications[i] != NULL; i++)
        if (strcmp(applications[i]->name, name) == 0)
            return applications[i];
    return NULL;
}
