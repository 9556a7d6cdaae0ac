/* Edits documents on their way to the server, which starts no processes. */
#include "cli/endpoint_broker.h"

#include <string.h>
#include <sys/wait.h>

#include "base/diag.h"
#include "lab/broker.h"

/* Who was connected is told by the records of the connections. */
static void on_broker_end(void *arg, int status)
{
    (void)arg;
    diag("the MQTT broker ended (%s %d): MQTT is not served any more",
         WIFSIGNALED(status) ? "signal" : "status",
         WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
}

static int state_fill(struct broker **b, json_t *state)
{
    json_t *application = json_object_get(state, "application");
    const char *protocol =
        json_string_value(json_object_get(application, "protocol"));

    if (protocol == NULL || strcmp(protocol, "mqtt") != 0 ||
        json_object_get(application, "upstream") != NULL)
        return 0;
    if (*b == NULL)
        *b = broker_new(&(struct broker_options){.ended = on_broker_end});
    if (*b == NULL)
        return -1;
    return json_object_set_new(application, "upstream",
                               json_string(broker_address(*b)));
}

int endpoint_broker_fill(struct broker **b, json_t *document)
{
    json_t *states = json_object_get(document, "states"), *state;
    size_t i;

    json_array_foreach(states, i, state)
    {
        if (state_fill(b, state) != 0)
            return -1;
    }
    return state_fill(b, json_object_get(document, "state"));
}
