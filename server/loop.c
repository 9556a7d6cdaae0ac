/* The event loop of one thread. Connections never change threads, so nothing of
 * theirs is locked. Must not know TLS.
 */
#include "server/loop.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>
#include <event2/event_struct.h>

#include "base/diag.h"
#include "server/conn.h"
#include "server/listener.h"
#include "server/shared.h"

enum {
    ACCEPT_BATCH = 8, /* then the other loops get their turn */
    SCRATCH = 32768,
    SHARE_FROM = 4,  /* listeners a loop, from which on they are shared out */
    STARVED_MS = 100 /* until accept is tried again when the process has no
                        descriptor left */
};

struct acceptor {
    struct event event;
    struct loop *loop;
    const struct listener *listener;
};

struct loop {
    struct event_base *base;
    struct shared *shared;
    struct acceptor *acceptors;
    size_t acceptors_count; /* those assigned */
    struct event resume, stop;
    atomic_int paused;
    size_t index, of; /* this is loop `index` of `of` */
    pthread_t thread;
    int started;
    struct conn *conns;
    uint8_t scratch[SCRATCH];
};

static void acceptors_remove(struct loop *l)
{
    for (size_t i = 0; i < l->acceptors_count; i++)
        event_del(&l->acceptors[i].event);
}

/* A slot may have come free between the failed take and the flag; whoever frees
 * one looks at the flag afterwards. */
static void loop_pause(struct loop *l)
{
    acceptors_remove(l);
    atomic_store(&l->paused, 1);
    if (shared_slot_free(l->shared))
        event_active(&l->resume, EV_TIMEOUT, 0);
}

static void starved(struct loop *l)
{
    const struct timeval wait = {0, STARVED_MS * 1000};

    diag("accept: %s; waiting for connections to end", strerror(errno));
    acceptors_remove(l);
    event_add(&l->resume, &wait);
}

static void on_resume(evutil_socket_t fd, short what, void *arg)
{
    struct loop *l = arg;

    (void)fd;
    (void)what;
    atomic_store(&l->paused, 0);
    for (size_t i = 0; i < l->acceptors_count; i++)
        event_add(&l->acceptors[i].event, NULL);
}

void loop_resume(struct loop *l)
{
    if (atomic_load(&l->paused))
        event_active(&l->resume, EV_TIMEOUT, 0);
}

/* 0, or -1 when there is nothing to accept now. */
static int accept_one(struct acceptor *a)
{
    struct sockaddr_storage peer;
    socklen_t size = sizeof(peer);
    int fd;

    if (shared_slot_take(a->loop->shared) != 0) {
        loop_pause(a->loop);
        return -1;
    }
    fd = accept4(a->listener->fd, (struct sockaddr *)&peer, &size,
                 SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0)
        return conn_new(a->loop, a->listener, fd, (struct sockaddr *)&peer);
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
        errno == ENOMEM)
        starved(a->loop);
    shared_slot_release(a->loop->shared);
    return -1;
}

static void on_accept(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    for (int i = 0; i < ACCEPT_BATCH; i++)
        if (accept_one(arg) != 0)
            return;
}

static void on_stop(evutil_socket_t fd, short what, void *arg)
{
    struct loop *l = arg;

    (void)fd;
    (void)what;
    acceptors_remove(l);
    event_del(&l->stop);
    event_base_loopbreak(l->base);
}

static void *loop_main(void *arg)
{
    struct loop *l = arg;

    event_base_dispatch(l->base);
    /* what the peers did before the stop still counts */
    event_base_loop(l->base, EVLOOP_NONBLOCK);
    while (l->conns != NULL)
        conn_stop(l->conns);
    return NULL;
}

/* With many listeners each loop has a share of them: a connection then wakes
 * one loop only. With few, all loops accept from all. */
static int is_mine(const struct loop *l, size_t listener)
{
    return l->shared->listeners_count < SHARE_FROM * l->of ||
           listener % l->of == l->index;
}

static int events_prepare(struct loop *l)
{
    size_t n = l->shared->listeners_count;

    l->acceptors = calloc(n, sizeof(*l->acceptors));
    if (l->acceptors == NULL)
        return -1;
    for (size_t i = 0; i < n; i++) {
        struct acceptor *a = &l->acceptors[l->acceptors_count];

        if (!is_mine(l, i))
            continue;
        a->loop = l;
        a->listener = l->shared->listeners[i];
        if (event_assign(&a->event, l->base, a->listener->fd,
                         EV_READ | EV_PERSIST, on_accept, a) != 0 ||
            event_add(&a->event, NULL) != 0)
            return -1;
        l->acceptors_count++;
    }
    if (event_assign(&l->resume, l->base, -1, EV_TIMEOUT, on_resume, l) != 0 ||
        event_assign(&l->stop, l->base, l->shared->stop_fd,
                     EV_READ | EV_PERSIST, on_stop, l) != 0)
        return -1;
    return event_add(&l->stop, NULL);
}

struct loop *loop_new(struct shared *shared, size_t index, size_t of)
{
    struct loop *l = calloc(1, sizeof(*l));

    if (l == NULL) {
        diag("out of memory");
        return NULL;
    }
    l->shared = shared;
    l->index = index;
    l->of = of;
    l->base = event_base_new();
    if (l->base == NULL || events_prepare(l) != 0) {
        diag("cannot set up an event loop: %s", strerror(errno));
        loop_free(l);
        return NULL;
    }
    return l;
}

int loop_start(struct loop *l)
{
    int error = pthread_create(&l->thread, NULL, loop_main, l);

    if (error != 0) {
        diag("pthread_create: %s", strerror(error));
        return -1;
    }
    l->started = 1;
    return 0;
}

void loop_join(struct loop *l)
{
    if (l->started)
        pthread_join(l->thread, NULL);
    l->started = 0;
}

void loop_free(struct loop *l)
{
    if (l == NULL)
        return;
    if (l->base != NULL)
        event_base_free(l->base);
    free(l->acceptors);
    free(l);
}

struct event_base *loop_base(struct loop *l)
{
    return l->base;
}

struct shared *loop_shared(struct loop *l)
{
    return l->shared;
}

uint8_t *loop_scratch(struct loop *l, size_t *size)
{
    *size = sizeof(l->scratch);
    return l->scratch;
}

struct conn **loop_conns(struct loop *l)
{
    return &l->conns;
}
