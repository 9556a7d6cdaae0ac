/* Slots, numbers and the one-at-a-time event callback of a server. Must not
 * know TLS. */
#include "server/shared.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "server/loop.h"

void shared_init(struct shared *s, server_event_fn *on_event, void *arg)
{
    memset(s, 0, sizeof(*s));
    s->stop_fd = -1;
    s->on_event = on_event;
    s->arg = arg;
    pthread_mutex_init(&s->lock, NULL);
    clients_init(&s->clients);
}

void shared_clear(struct shared *s)
{
    clients_clear(&s->clients);
    pthread_mutex_destroy(&s->lock);
}

int shared_slot_take(struct shared *s)
{
    if (atomic_fetch_add(&s->open, 1) < s->limits.connections)
        return 0;
    atomic_fetch_sub(&s->open, 1);
    return -1;
}

int shared_slot_free(struct shared *s)
{
    return atomic_load(&s->open) < s->limits.connections;
}

void shared_slot_release(struct shared *s)
{
    atomic_fetch_sub(&s->open, 1);
    for (size_t i = 0; i < s->loops_count; i++)
        loop_resume(s->loops[i]);
}

unsigned shared_number(struct shared *s)
{
    return atomic_fetch_add(&s->number, 1) + 1;
}

void shared_emit(struct shared *s, json_t *event)
{
    char *line = event == NULL
                     ? NULL
                     : json_dumps(event, JSON_COMPACT | JSON_REAL_PRECISION(9));
    size_t size = line == NULL ? 0 : strlen(line);

    json_decref(event);
    if (line == NULL) {
        diag("out of memory: an event is lost");
        return;
    }
    line[size++] = '\n'; /* in the place of its NUL */
    pthread_mutex_lock(&s->lock);
    s->on_event(line, size, s->arg);
    pthread_mutex_unlock(&s->lock);
    free(line);
}
