/* The two records of one connection, joined by its ports: whichever comes first
 * waits for the other. Must not know processes. */
#ifndef LAB_JOIN_H
#define LAB_JOIN_H

#include <jansson.h>
#include <stddef.h>

struct join_client { /* an answer that waits for the endpoint's event */
    size_t cell;
    int port, local_port;
    json_t *answer;
    double deadline; /* seconds, monotonic */
};

struct join {
    struct join_client *clients;
    size_t clients_count;
    json_t **events; /* connection events nobody has claimed yet */
    size_t events_count;
};

void join_clear(struct join *j);
/* Claims the event of a connection. New reference, or NULL: not come yet. */
json_t *join_claim(struct join *j, int port, int local_port);
/* Keeps an answer until its event comes. 0, or -1 if memory is out. */
int join_wait(struct join *j, const struct join_client *client);
/* Offers an event: 1 and *client (owned by the caller) if an answer waits for
 * it; 0 if it is kept for later; -1 if memory is out. */
int join_offer(struct join *j, json_t *event, struct join_client *client);
/* Takes an answer whose event is overdue: 1 and *client, or 0. */
int join_overdue(struct join *j, double now, struct join_client *client);

#endif
