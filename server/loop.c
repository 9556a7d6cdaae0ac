/* The event loop of one thread. Connections never change threads, so nothing of
 * theirs is locked. Must not know TLS.
 */
#include "server/loop.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>
#include <event2/event_struct.h>

#include "base/diag.h"
#include "server/app/upstream.h"
#include "server/conn.h"
#include "server/listener.h"
#include "server/shared.h"

enum {
    ACCEPT_LAST = SOMAXCONN, /* at most so many wait in a queue */
    SCRATCH = 32768,
    STARVED_MS = 100,    /* until accept is tried again when the process has no
                           descriptor or no memory left */
    RESERVE = 256 * 1024 /* bytes for those who are connected when memory is
                            out; never touched, so it costs address space */
};

struct acceptor {
    struct acceptor *next, **link;      /* in `acceptors` */
    struct acceptor *joining, *leaving; /* next in the loop's two queues */
    struct event event;
    struct loop *loop;
    struct listener *listener; /* held */
};

struct loop {
    struct event_base *base;
    struct shared *shared;
    struct acceptor *acceptors;
    pthread_mutex_t lock; /* for the queues from other threads: */
    struct acceptor *joining, *leaving;
    struct event resume, news, room, stop;
    atomic_int paused;
    atomic_int wanted; /* another loop has no descriptor */
    int halted;  /* accepts nothing now */
    int starved; /* of descriptors or memory, at the last accept */
    void *reserve; /* NULL: memory ran out */
    pthread_t thread;
    int started;
    struct conn *conns;
    struct conn_queue silent;
    struct upstream *upstreams; /* that live on behind their connections */
    uint8_t scratch[SCRATCH];
};

static void accepting_halt(struct loop *l)
{
    l->halted = 1;
    for (struct acceptor *a = l->acceptors; a != NULL; a = a->next)
        event_del(&a->event);
}

/* A slot may have come free between the failed take and the flag; whoever frees
 * one looks at the flag afterwards. */
static void loop_pause(struct loop *l)
{
    accepting_halt(l);
    atomic_store(&l->paused, 1);
    if (shared_slot_free(l->shared))
        event_active(&l->resume, EV_TIMEOUT, 0);
}

static void starved(struct loop *l)
{
    const struct timeval wait = {0, STARVED_MS * 1000};

    if (!l->starved)
        diag("accept: %s; waiting for connections to end", strerror(errno));
    l->starved = 1;
    accepting_halt(l);
    event_add(&l->resume, &wait);
}

void loop_note_short(struct loop *l)
{
    if (l->reserve == NULL)
        return;
    free(l->reserve);
    l->reserve = NULL;
    errno = ENOMEM;
    starved(l);
}

/* Twice of it must be there, or the next to come would take it at once. */
static int reserve_take(struct loop *l)
{
    void *twice = l->reserve == NULL ? malloc((size_t)2 * RESERVE) : NULL;

    if (twice != NULL)
        l->reserve = realloc(twice, RESERVE);
    if (l->reserve == NULL)
        free(twice);
    return l->reserve == NULL ? -1 : 0;
}

static void on_resume(evutil_socket_t fd, short what, void *arg)
{
    const struct timeval wait = {0, STARVED_MS * 1000};
    struct loop *l = arg;

    (void)fd;
    (void)what;
    if (reserve_take(l) != 0) {
        event_add(&l->resume, &wait);
        return;
    }
    atomic_store(&l->paused, 0);
    l->halted = 0;
    for (struct acceptor *a = l->acceptors; a != NULL; a = a->next)
        event_add(&a->event, NULL);
}

void loop_resume(struct loop *l)
{
    if (atomic_load(&l->paused))
        event_active(&l->resume, EV_TIMEOUT, 0);
}

static void on_room(evutil_socket_t fd, short what, void *arg)
{
    struct loop *l = arg;

    (void)fd;
    (void)what;
    if (atomic_exchange(&l->wanted, 0))
        conn_evict(l, 1);
    else if (!shared_slot_free(l->shared))
        conn_evict(l, 0);
}

static void others_ask(struct loop *l, int for_descriptor)
{
    for (size_t i = 0; i < l->shared->loops_count; i++) {
        struct loop *other = l->shared->loops[i];

        if (other == l)
            continue;
        if (for_descriptor)
            atomic_store(&other->wanted, 1);
        event_active(&other->room, EV_TIMEOUT, 0);
    }
}

int loop_win_descriptor(struct loop *l)
{
    if (conn_evict(l, 1) == 0)
        return 0;
    others_ask(l, 1);
    return -1;
}

static int is_waited_for(const struct acceptor *a)
{
    struct pollfd waits = {.fd = a->listener->fd, .events = POLLIN};

    return poll(&waits, 1, 0) == 1;
}

/* All slots are taken. Who waits is let in before those who came and said
 * nothing: of this loop, or else of the others, which takes a moment. Where
 * nobody waits nothing is to be done, and whoever comes is noticed. */
static int slot_win(struct acceptor *a)
{
    struct loop *l = a->loop;

    if (!is_waited_for(a))
        return -1;
    if (conn_evict(l, 0) == 0 && shared_slot_take(l->shared) == 0)
        return 0;
    others_ask(l, 0);
    loop_pause(l);
    return -1;
}

/* A process without descriptors is told so even where nobody waits. */
static int peer_accept(struct acceptor *a, struct sockaddr_storage *peer)
{
    socklen_t size = sizeof(*peer);
    int fd, error;

    do {
        fd = accept4(a->listener->fd, (struct sockaddr *)peer, &size,
                     SOCK_NONBLOCK | SOCK_CLOEXEC);
        error = errno;
        if (fd >= 0 || (error != EMFILE && error != ENFILE))
            return fd;
        if (!is_waited_for(a)) {
            errno = EAGAIN;
            return -1;
        }
    } while (loop_win_descriptor(a->loop) == 0);
    errno = error;
    return -1;
}

/* 0, or -1 when there is nothing to accept now. */
static int accept_one(struct acceptor *a)
{
    struct loop *l = a->loop;
    struct sockaddr_storage peer;
    int fd, after_starving = l->starved;

    if (shared_slot_take(l->shared) != 0 && slot_win(a) != 0)
        return -1;
    fd = peer_accept(a, &peer);
    if (fd >= 0) {
        l->starved = 0;
        return conn_new(l, a->listener, fd, (struct sockaddr *)&peer,
                        after_starving);
    }
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
        errno == ENOMEM)
        starved(l);
    shared_slot_release(l->shared);
    return -1;
}

/* One at a time, so that other loops get their turn: where more wait, the loop
 * comes back at once, and nobody is asked who has none. */
static void on_accept(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    accept_one(arg);
}

static void acceptor_join(struct loop *l, struct acceptor *a)
{
    a->next = l->acceptors;
    if (a->next != NULL)
        a->next->link = &a->next;
    l->acceptors = a;
    a->link = &l->acceptors;
    if (!l->halted)
        event_add(&a->event, NULL);
}

static void acceptor_free(struct acceptor *a)
{
    event_del(&a->event);
    listener_release(a->listener);
    free(a);
}

static void acceptor_unlink(struct acceptor *a)
{
    *a->link = a->next;
    if (a->next != NULL)
        a->next->link = a->link;
    acceptor_free(a);
}

/* Whoever is connected already shall be served: closing the socket would reset
 * the connections that wait in its queue. */
static void acceptor_leave(struct acceptor *a)
{
    for (int i = 0; i < ACCEPT_LAST && accept_one(a) == 0; i++)
        ;
    acceptor_unlink(a);
}

/* What other threads wanted, in their order: nothing leaves before it came. */
static void news_take(struct loop *l, void (*leave)(struct acceptor *))
{
    struct acceptor *joining, *leaving;

    pthread_mutex_lock(&l->lock);
    joining = l->joining;
    leaving = l->leaving;
    l->joining = l->leaving = NULL;
    pthread_mutex_unlock(&l->lock);
    for (struct acceptor *a = joining; a != NULL; a = a->joining)
        acceptor_join(l, a);
    while (leaving != NULL) {
        struct acceptor *a = leaving;

        leaving = a->leaving;
        leave(a);
    }
}

static void on_news(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    news_take(arg, acceptor_leave);
}

struct acceptor *loop_listen(struct loop *l, struct listener *listener)
{
    struct acceptor *a = calloc(1, sizeof(*a));

    if (a == NULL || event_assign(&a->event, l->base, listener->fd,
                                  EV_READ | EV_PERSIST, on_accept, a) != 0) {
        diag("out of memory");
        free(a);
        return NULL;
    }
    a->loop = l;
    a->listener = listener_hold(listener);
    pthread_mutex_lock(&l->lock);
    a->joining = l->joining;
    l->joining = a;
    pthread_mutex_unlock(&l->lock);
    event_active(&l->news, EV_TIMEOUT, 0);
    return a;
}

void loop_unlisten(struct loop *l, struct acceptor *a)
{
    pthread_mutex_lock(&l->lock);
    a->leaving = l->leaving;
    l->leaving = a;
    pthread_mutex_unlock(&l->lock);
    event_active(&l->news, EV_TIMEOUT, 0);
}

static void on_stop(evutil_socket_t fd, short what, void *arg)
{
    struct loop *l = arg;

    (void)fd;
    (void)what;
    accepting_halt(l);
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
    upstream_end_all(&l->upstreams);
    return NULL;
}

static int events_prepare(struct loop *l)
{
    if (event_assign(&l->resume, l->base, -1, EV_TIMEOUT, on_resume, l) != 0 ||
        event_assign(&l->news, l->base, -1, EV_TIMEOUT, on_news, l) != 0 ||
        event_assign(&l->room, l->base, -1, EV_TIMEOUT, on_room, l) != 0 ||
        event_assign(&l->stop, l->base, l->shared->stop_fd,
                     EV_READ | EV_PERSIST, on_stop, l) != 0)
        return -1;
    return event_add(&l->stop, NULL);
}

struct loop *loop_new(struct shared *shared)
{
    struct loop *l = calloc(1, sizeof(*l));

    if (l == NULL) {
        diag("out of memory");
        return NULL;
    }
    l->shared = shared;
    pthread_mutex_init(&l->lock, NULL);
    TAILQ_INIT(&l->silent);
    l->base = event_base_new();
    if (l->base == NULL || reserve_take(l) != 0 || events_prepare(l) != 0) {
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
        errno = error;
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
    l->halted = 1;
    news_take(l, acceptor_unlink);
    for (struct acceptor *a = l->acceptors, *next; a != NULL; a = next) {
        next = a->next;
        acceptor_free(a);
    }
    if (l->base != NULL)
        event_base_free(l->base);
    pthread_mutex_destroy(&l->lock);
    free(l->reserve);
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

struct conn_queue *loop_silent(struct loop *l)
{
    return &l->silent;
}

struct upstream **loop_upstreams(struct loop *l)
{
    return &l->upstreams;
}
