/* Two short lists: as many entries as cells are in flight. */
#include "lab/join.h"

#include <stdlib.h>
#include <string.h>

static int port_of(const json_t *event, const char *key)
{
    return (int)json_integer_value(json_object_get(event, key));
}

void join_clear(struct join *j)
{
    for (size_t i = 0; i < j->clients_count; i++)
        json_decref(j->clients[i].answer);
    for (size_t i = 0; i < j->events_count; i++)
        json_decref(j->events[i]);
    free(j->clients);
    free(j->events);
    memset(j, 0, sizeof *j);
}

json_t *join_claim(struct join *j, int port, int local_port)
{
    for (size_t i = 0; i < j->events_count; i++) {
        json_t *event = j->events[i];

        if (port_of(event, "port") != port ||
            port_of(event, "peer_port") != local_port)
            continue;
        j->events[i] = j->events[--j->events_count];
        return event;
    }
    return NULL;
}

int join_wait(struct join *j, const struct join_client *client)
{
    struct join_client *grown =
        realloc(j->clients, (j->clients_count + 1) * sizeof *grown);

    if (!grown)
        return -1;
    j->clients = grown;
    grown[j->clients_count] = *client;
    json_incref(grown[j->clients_count++].answer);
    return 0;
}

static void take(struct join *j, size_t i, struct join_client *client)
{
    *client = j->clients[i];
    j->clients[i] = j->clients[--j->clients_count];
}

int join_offer(struct join *j, json_t *event, struct join_client *client)
{
    json_t **grown;

    for (size_t i = 0; i < j->clients_count; i++) {
        if (j->clients[i].port != port_of(event, "port") ||
            j->clients[i].local_port != port_of(event, "peer_port"))
            continue;
        take(j, i, client);
        return 1;
    }
    grown = realloc(j->events, (j->events_count + 1) * sizeof(void *));
    if (!grown)
        return -1;
    j->events = grown;
    grown[j->events_count++] = json_incref(event);
    return 0;
}

int join_overdue(struct join *j, double now, struct join_client *client)
{
    for (size_t i = 0; i < j->clients_count; i++) {
        if (j->clients[i].deadline > now)
            continue;
        take(j, i, client);
        return 1;
    }
    return 0;
}
