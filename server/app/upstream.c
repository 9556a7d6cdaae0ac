/* One socket and one event, which waits for what is due: bytes, room, or a time
 * that is over. What is read or cannot be written yet is kept only while there
 * is any: of ten thousand connections nearly all are idle. */
#include "server/app/upstream.h"

#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <event2/util.h>

enum {
    REACH_MS = 10000, /* until it must be connected */
    AGAIN_MS = 3,     /* until the next try; doubled each time, up to: */
    AGAIN_MAX_MS = 100,
    FAREWELL_MS = 5000,
    ASK_MS = 50,
    FINISHING_MAX = 1024,    /* of a loop: no connection pays for them */
    READ_MAX = 16384,        /* at a time */
    OUTPUT_FULL = 256 * 1024 /* then nobody should add more */
};

struct upstream {
    struct upstream *next, **link; /* in the loop's list once it finishes */
    struct upstream **all;
    struct event event;
    const struct upstream_address *to;
    struct upstream_address *own;       /* `to`, where it outlives its owner */
    char *name;                         /* of this end, or NULL */
    const struct upstream_calls *calls; /* NULL: it finishes */
    void *arg;
    struct evbuffer *in, *out; /* NULL: nothing waits */
    long long due;             /* ms, monotonic: until it is connected, or, once
                                  it is, until what is waited for; 0: nothing */
    int fd;                    /* -1: no socket */
    short awaited;             /* what the event waits for */
    uint8_t again_ms;
    unsigned is_connected : 1, is_full : 1, is_paused : 1, is_over : 1;
    unsigned is_expected : 1; /* its end */
    unsigned is_asking : 1;   /* it ended; is the service still there? */
    unsigned is_calling : 1;  /* its owner, who may give it up within: */
    unsigned is_dropped : 1;
};

static const char unix_prefix[] = "unix:";

static int unix_parse(const char *path, struct upstream_address *out)
{
    struct sockaddr_un *sa = (struct sockaddr_un *)&out->sa;
    size_t size = strlen(path);

    if (path[0] != '/' || size > UPSTREAM_PATH_MAX)
        return -1;
    sa->sun_family = AF_UNIX;
    memcpy(sa->sun_path, path, size + 1);
    out->size = sizeof(*sa);
    return 0;
}

int upstream_address_parse(const char *text, struct upstream_address *out)
{
    struct sockaddr *sa = (struct sockaddr *)&out->sa;
    int size = sizeof(out->sa);

    memset(out, 0, sizeof(*out));
    if (strlen(text) >= sizeof(out->text))
        return -1;
    memcpy(out->text, text, strlen(text) + 1);
    if (strncmp(text, unix_prefix, strlen(unix_prefix)) == 0)
        return unix_parse(text + strlen(unix_prefix), out);
    if (evutil_parse_sockaddr_port(text, sa, &size) != 0)
        return -1;
    out->size = (socklen_t)size;
    return (sa->sa_family == AF_INET6
                ? ((struct sockaddr_in6 *)sa)->sin6_port
                : ((struct sockaddr_in *)sa)->sin_port) != 0
               ? 0
               : -1;
}

static long long now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static size_t waits(const struct evbuffer *b)
{
    return b == NULL ? 0 : evbuffer_get_length(b);
}

static void buffer_drop(struct evbuffer **b)
{
    if (*b != NULL)
        evbuffer_free(*b);
    *b = NULL;
}

static void socket_close(struct upstream *u)
{
    if (u->fd >= 0)
        close(u->fd);
    u->fd = -1;
}

static void upstream_free(struct upstream *u)
{
    event_del(&u->event);
    if (u->link != NULL) {
        *u->link = u->next;
        if (u->next != NULL)
            u->next->link = u->link;
    }
    u->link = NULL;
    u->is_dropped = 1;
    if (u->is_calling)
        return;
    socket_close(u);
    buffer_drop(&u->in);
    buffer_drop(&u->out);
    free(u->own);
    free(u->name);
    free(u);
}

static void call_begin(struct upstream *u)
{
    u->is_calling = 1;
}

/* 0, or -1: it was given up within. */
static int call_end(struct upstream *u)
{
    u->is_calling = 0;
    if (!u->is_dropped)
        return 0;
    upstream_free(u);
    return -1;
}

static void on_event(evutil_socket_t fd, short what, void *arg);

static void event_wait(struct upstream *u, short what, long long ms)
{
    const struct timeval wait = {ms / 1000, ms % 1000 * 1000};
    struct event_base *base = event_get_base(&u->event);

    event_del(&u->event);
    u->awaited = what;
    event_assign(&u->event, base, what == 0 ? -1 : u->fd,
                 what == 0 ? 0 : (short)(what | EV_PERSIST), on_event, u);
    if (what != 0 || ms >= 0)
        event_add(&u->event, ms < 0 ? NULL : &wait);
}

/* What a socket that is connected waits for. */
static void watch(struct upstream *u)
{
    int reads = !u->is_paused && !u->is_asking;
    int writes = waits(u->out) > 0 && !u->is_asking;
    short what = (short)((reads ? EV_READ : 0) | (writes ? EV_WRITE : 0));
    long long left = u->due - now_ms();

    if (u->due != 0)
        event_wait(u, what, left > 0 ? left : 0);
    else if (what != u->awaited)
        event_wait(u, what, -1);
}

static void end(struct upstream *u, enum upstream_end how)
{
    const struct upstream_calls *calls = u->calls;

    event_del(&u->event);
    u->is_over = 1;
    if (calls == NULL)
        upstream_free(u);
    else
        calls->ended(u->arg, how);
}

/* A socket with this end's own name, if it has one. 0, or -1 with errno. */
static int socket_open(struct upstream *u)
{
    struct sockaddr_un own = {.sun_family = AF_UNIX};
    size_t size = u->name == NULL ? 0 : strlen(u->name);

    if (size > UPSTREAM_PATH_MAX - 1) {
        errno = ENAMETOOLONG;
        return -1;
    }
    u->fd = socket(u->to->sa.ss_family,
                   SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (u->fd < 0 || u->name == NULL)
        return u->fd < 0 ? -1 : 0;
    memcpy(own.sun_path + 1, u->name, size);
    size += offsetof(struct sockaddr_un, sun_path) + 1;
    return bind(u->fd, (struct sockaddr *)&own, (socklen_t)size);
}

/* All is said. */
static void half_close(struct upstream *u)
{
    if (u->is_connected && waits(u->out) == 0)
        shutdown(u->fd, SHUT_WR);
}

static void farewell(struct upstream *u)
{
    u->due = now_ms() + FAREWELL_MS;
    watch(u);
    half_close(u);
}

static void connected(struct upstream *u)
{
    u->is_connected = 1;
    u->due = 0;
    u->awaited = 0;
    event_del(&u->event);
    if (u->calls == NULL)
        farewell(u);
    else
        watch(u);
}

static int is_without_descriptor(int error)
{
    return error == EMFILE || error == ENFILE;
}

/* Where a unix socket's queue is full, connect says EAGAIN (mosquitto listens
 * with a backlog of 10). What fails ends by the timer: nobody is told from
 * within upstream_new. */
static void try_to_connect(struct upstream *u)
{
    long long left = u->due - now_ms();
    int error;

    left = left > 0 ? left : 0;
    if (socket_open(u) == 0 &&
        connect(u->fd, (const struct sockaddr *)&u->to->sa, u->to->size) == 0) {
        connected(u);
        return;
    }
    error = errno;
    if (error == EINPROGRESS) {
        event_wait(u, EV_WRITE, left);
        return;
    }
    socket_close(u);
    if (error != EAGAIN && !is_without_descriptor(error)) {
        u->due = 0;
        left = 0;
    } else if (is_without_descriptor(error) && u->calls != NULL &&
               u->calls->starved != NULL) {
        u->calls->starved(u->arg);
    }
    event_wait(u, 0, u->again_ms < left ? u->again_ms : left);
    u->again_ms = u->again_ms < AGAIN_MAX_MS / 2 ? (uint8_t)(2 * u->again_ms)
                                                 : AGAIN_MAX_MS;
}

/* A queue that is full is one that is there. */
static int is_there(const struct upstream *u)
{
    int fd = socket(u->to->sa.ss_family,
                    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int error = 0;

    if (fd < 0)
        return 1; /* not known */
    if (connect(fd, (const struct sockaddr *)&u->to->sa, u->to->size) != 0)
        error = errno;
    close(fd);
    return error != ECONNREFUSED && error != ENOENT;
}

static void not_connected(struct upstream *u, short what)
{
    int error = 0;
    socklen_t size = sizeof(error);

    if ((what & EV_WRITE) &&
        getsockopt(u->fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 &&
        error == 0)
        connected(u);
    else if ((what & EV_WRITE) || u->fd >= 0 || now_ms() >= u->due)
        end(u, UPSTREAM_UNREACHABLE);
    else
        try_to_connect(u);
}

/* A process that dies closes its sockets in no certain order: its listening one
 * may be there for a moment more. */
static void service_ended(struct upstream *u)
{
    if (u->calls == NULL || u->is_expected) {
        end(u, UPSTREAM_CLOSED);
        return;
    }
    u->is_asking = 1;
    u->due = now_ms() + ASK_MS;
    watch(u);
}

static int data_tell(struct upstream *u)
{
    call_begin(u);
    u->calls->data(u->arg, u->in);
    if (call_end(u) != 0)
        return -1;
    if (waits(u->in) == 0)
        buffer_drop(&u->in);
    return 0;
}

static void readable(struct upstream *u)
{
    int n;

    if (u->in == NULL)
        u->in = evbuffer_new();
    n = u->in == NULL ? -1 : evbuffer_read(u->in, u->fd, READ_MAX);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
        if (waits(u->in) == 0)
            buffer_drop(&u->in);
    } else if (n <= 0) {
        service_ended(u);
    } else if (u->calls == NULL) {
        buffer_drop(&u->in);
    } else {
        (void)data_tell(u);
    }
}

/* 0, or -1: it was given up within. */
static int writable(struct upstream *u)
{
    int n = evbuffer_write(u->out, u->fd);

    if (n < 0 && errno != EAGAIN && errno != EINTR)
        buffer_drop(&u->out); /* reading finds the end */
    if (waits(u->out) > 0)
        return 0;
    buffer_drop(&u->out);
    watch(u);
    if (u->calls == NULL) {
        half_close(u);
    } else if (u->is_full) {
        u->is_full = 0;
        call_begin(u);
        u->calls->room(u->arg);
        return call_end(u);
    }
    return 0;
}

static void on_event(evutil_socket_t fd, short what, void *arg)
{
    struct upstream *u = arg;

    (void)fd;
    if (!u->is_connected)
        not_connected(u, what);
    else if (u->is_asking)
        end(u, is_there(u) ? UPSTREAM_CLOSED : UPSTREAM_GONE);
    else if (u->due != 0 && now_ms() >= u->due)
        end(u, UPSTREAM_CLOSED);
    else if ((what & EV_WRITE) && writable(u) != 0)
        return;
    else if (what & EV_READ)
        readable(u);
}

struct upstream *upstream_new(struct event_base *base,
                              const struct upstream_address *to,
                              const struct upstream_calls *calls, void *arg,
                              struct upstream **all, const char *name)
{
    struct upstream *u = calloc(1, sizeof(*u));

    if (u == NULL)
        return NULL;
    u->all = all;
    u->to = to;
    u->calls = calls;
    u->arg = arg;
    u->fd = -1;
    u->again_ms = AGAIN_MS;
    u->due = now_ms() + REACH_MS;
    u->name = name == NULL ? NULL : strdup(name);
    if ((name != NULL && u->name == NULL) ||
        event_assign(&u->event, base, -1, 0, on_event, u) != 0) {
        free(u->name);
        free(u);
        return NULL;
    }
    try_to_connect(u);
    return u;
}

int upstream_write(struct upstream *u, const void *data, size_t size)
{
    const uint8_t *at = data;
    ssize_t n = 0;

    if (u->is_connected && waits(u->out) == 0)
        n = send(u->fd, data, size, MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN && errno != EINTR)
        return 0; /* reading finds the end */
    n = n < 0 ? 0 : n;
    if ((size_t)n == size)
        return 0;
    if (u->out == NULL)
        u->out = evbuffer_new();
    if (u->out == NULL || evbuffer_add(u->out, at + n, size - (size_t)n) != 0)
        return -1;
    if (u->is_connected)
        watch(u);
    return 0;
}

void upstream_pause(struct upstream *u, int is_paused)
{
    u->is_paused = is_paused != 0;
    if (u->is_connected && !u->is_over)
        watch(u);
    if (!is_paused && !u->is_calling && waits(u->in) > 0)
        (void)data_tell(u);
}

int upstream_is_full(struct upstream *u)
{
    if (waits(u->out) > OUTPUT_FULL)
        u->is_full = 1;
    return u->is_full;
}

void upstream_expect_end(struct upstream *u)
{
    u->is_expected = 1;
}

static int is_to_be_dropped(struct upstream *u)
{
    int others = 0;

    if (u->is_over || u->is_asking || (!u->is_connected && waits(u->out) == 0))
        return 1;
    for (const struct upstream *o = *u->all; o != NULL; o = o->next)
        others++;
    return others >= FINISHING_MAX;
}

/* The address is its owner's, who goes. */
static int address_keep(struct upstream *u)
{
    u->own = malloc(sizeof(*u->own));
    if (u->own == NULL)
        return -1;
    *u->own = *u->to;
    u->to = u->own;
    return 0;
}

void upstream_finish(struct upstream *u)
{
    if (u == NULL)
        return;
    if (is_to_be_dropped(u) || (!u->is_connected && address_keep(u) != 0)) {
        upstream_free(u);
        return;
    }
    u->calls = NULL;
    u->next = *u->all;
    if (u->next != NULL)
        u->next->link = &u->next;
    *u->all = u;
    u->link = u->all;
    u->is_paused = 0;
    if (!u->is_calling)
        buffer_drop(&u->in);
    if (u->is_connected)
        farewell(u); /* else the timer goes on */
}

void upstream_end_all(struct upstream **all)
{
    for (struct upstream *u = *all, *next; u != NULL; u = next) {
        next = u->next;
        u->link = NULL;
        upstream_free(u);
    }
    *all = NULL;
}
