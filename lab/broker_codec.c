/* Edits lines on their way to the server, which starts no processes. */
#include "lab/broker_codec.h"

#include <jansson.h>
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

/* 1: filled, 0: nothing to fill, -1 reported. */
static int state_fill(struct broker **b, json_t *state)
{
    json_t *application = json_object_get(state, "application");
    const char *protocol =
        json_string_value(json_object_get(application, "protocol"));

    if (!protocol || strcmp(protocol, "mqtt") != 0 ||
        json_object_get(application, "upstream"))
        return 0;
    if (!*b)
        *b = broker_new(&(struct broker_options){.ended = on_broker_end});
    if (!*b)
        return -1;
    if (!json_object_set_new(application, "upstream",
                             json_string(broker_address(*b))))
        return 1;
    diag("out of memory");
    return -1;
}

/* The state, and what is served in its place by name or by address. */
static int all_fill(struct broker **b, json_t *state)
{
    static const char *const keys[] = {"names", "peers"};
    int filled = state_fill(b, state);
    const char *name;
    json_t *one;

    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        json_object_foreach(json_object_get(state, keys[i]), name, one)
        {
            int more = filled < 0 ? -1 : state_fill(b, one);

            filled = more < 0 ? -1 : filled | more;
        }
    return filled;
}

static int document_fill(struct broker **b, json_t *document)
{
    json_t *states = json_object_get(document, "states"), *state;
    int filled = all_fill(b, json_object_get(document, "state"));
    size_t i;

    json_array_foreach(states, i, state)
    {
        int one = filled < 0 ? -1 : all_fill(b, state);

        filled = one < 0 ? -1 : filled | one;
    }
    return filled;
}

int broker_fill(struct broker **b, const char *line, size_t size, char **filled)
{
    static const char word[] = "\"mqtt\"";
    json_t *document = NULL;
    int status;

    *filled = NULL;
    if (!memmem(line, size, word, sizeof word - 1))
        return 0;
    document = json_loadb(line, size, JSON_REJECT_DUPLICATES, NULL);
    status = document_fill(b, document);
    if (status > 0) {
        *filled = json_dumps(document, JSON_COMPACT);
        status = *filled ? 0 : -1;
    }
    json_decref(document);
    return status;
}
