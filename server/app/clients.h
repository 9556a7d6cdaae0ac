/* Which connection holds a client id now, over all loops of a server: there is
 * one at most for each id and broker. Knows no MQTT. */
#ifndef SERVER_APP_CLIENTS_H
#define SERVER_APP_CLIENTS_H

#include <pthread.h>
#include <stdatomic.h>

struct event;
struct event_base;

struct clients {
    pthread_mutex_t lock; /* for: */
    void *root;           /* of a tree of holds by their keys (tsearch) */
};

/* One connection's hold of an id. Zeroed to begin with. */
struct client_hold {
    char *key; /* NULL: it holds none */
    struct event_base *base;
    struct event *taken; /* NULL until another connection takes the id */
    void (*on_lost)(void *arg);
    void *arg;
    atomic_int is_lost; /* another connection has the id now */
};

void clients_init(struct clients *c);
/* Nobody holds anything any more. */
void clients_clear(struct clients *c);

/* The connection that lives on `base` holds `id` at `broker` from now on. If
 * another one held it, that one's is_lost is set at once, and its on_lost is
 * called in its own loop's thread, unless it leaves before. 0, or -1 when
 * memory is out. */
int clients_take(struct clients *c, struct client_hold *hold,
                 const char *broker, const char *id, struct event_base *base,
                 void (*on_lost)(void *arg), void *arg);
/* In the thread of the connection's loop; on_lost is not called afterwards. A
 * hold that holds nothing is fine. */
void clients_leave(struct clients *c, struct client_hold *hold);

#endif
