/* Whoever is in the tree may be woken, under the lock; whoever leaves takes
 * itself out under the lock first: no wake-up meets a connection that is gone.
 */
#include "server/app/clients.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "base/file.h"

static int hold_compare(const void *a, const void *b)
{
    return strcmp(((const struct client_hold *)a)->key,
                  ((const struct client_hold *)b)->key);
}

static void on_taken(evutil_socket_t fd, short what, void *arg)
{
    struct client_hold *hold = arg;

    (void)fd;
    (void)what;
    hold->on_lost(hold->arg);
}

void clients_init(struct clients *c)
{
    c->root = NULL;
    pthread_mutex_init(&c->lock, NULL);
}

static void nothing(void *hold)
{
    (void)hold; /* its connection's */
}

void clients_clear(struct clients *c)
{
    tdestroy(c->root, nothing);
    c->root = NULL;
    pthread_mutex_destroy(&c->lock);
}

/* In the place of who was there, who is told. 0, or -1. */
static int place_take(struct clients *c, struct client_hold *hold)
{
    struct client_hold **place = tsearch(hold, &c->root, hold_compare);
    struct client_hold *before;

    if (place == NULL)
        return -1;
    before = *place;
    *place = hold;
    if (before == hold)
        return 0;
    atomic_store(&before->is_lost, 1);
    /* without memory it hears of it by the broker's close */
    before->taken = event_new(before->base, -1, 0, on_taken, before);
    if (before->taken != NULL)
        event_active(before->taken, EV_TIMEOUT, 0);
    return 0;
}

int clients_take(struct clients *c, struct client_hold *hold,
                 const char *broker, const char *id, struct event_base *base,
                 void (*on_lost)(void *arg), void *arg)
{
    int status;

    hold->key = format("%s %s", broker, id);
    if (hold->key == NULL)
        return -1;
    hold->on_lost = on_lost;
    hold->arg = arg;
    hold->base = base;
    pthread_mutex_lock(&c->lock);
    status = place_take(c, hold);
    pthread_mutex_unlock(&c->lock);
    if (status != 0) {
        free(hold->key);
        hold->key = NULL;
    }
    return status;
}

void clients_leave(struct clients *c, struct client_hold *hold)
{
    struct client_hold *const *place;

    if (hold->key == NULL)
        return;
    pthread_mutex_lock(&c->lock);
    place = tfind(hold, &c->root, hold_compare);
    if (place != NULL && *place == hold)
        tdelete(hold, &c->root, hold_compare);
    pthread_mutex_unlock(&c->lock);
    if (hold->taken != NULL)
        event_free(hold->taken);
    hold->taken = NULL;
    free(hold->key);
    hold->key = NULL;
}
