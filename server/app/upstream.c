/* libevent 2.1.12's bufferevent_socket_connect returns -1 without an event
 * where a unix socket's queue is full (EAGAIN; mosquitto listens with a backlog
 * of 10): it is tried again by a timer. */
#include "server/app/upstream.h"

#include <errno.h>
#include <stddef.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
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
    INPUT_MAX = 2 << 20,     /* more than the largest message */
    OUTPUT_FULL = 256 * 1024 /* then nobody should add more */
};

struct upstream {
    struct upstream *next, **link; /* in the loop's list once it finishes */
    struct upstream **all;
    struct bufferevent *stream;
    struct event timer;
    struct upstream_address to;
    char *name;                         /* of this end, or NULL */
    const struct upstream_calls *calls; /* NULL: it finishes */
    void *arg;
    long long reach_by; /* ms, monotonic */
    int again_ms;
    int is_connected, is_full, is_over;
    int is_expected; /* its end */
    int is_asking;   /* it ended; is the service still there? */
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

static void timer_set(struct upstream *u, long long ms)
{
    const struct timeval wait = {ms / 1000, ms % 1000 * 1000};

    event_add(&u->timer, &wait);
}

/* A bufferevent that is freed may still call back once. */
static void upstream_free(struct upstream *u)
{
    if (u->link != NULL) {
        *u->link = u->next;
        if (u->next != NULL)
            u->next->link = u->link;
    }
    if (event_initialized(&u->timer))
        event_del(&u->timer);
    if (u->stream != NULL) {
        bufferevent_setcb(u->stream, NULL, NULL, NULL, NULL);
        bufferevent_free(u->stream);
    }
    free(u->name);
    free(u);
}

static void end(struct upstream *u, enum upstream_end how)
{
    const struct upstream_calls *calls = u->calls;
    void *arg = u->arg;

    bufferevent_disable(u->stream, EV_READ | EV_WRITE);
    event_del(&u->timer);
    u->is_over = 1;
    if (calls == NULL)
        upstream_free(u);
    else
        calls->ended(arg, how);
}

/* A socket with this end's own name. 0, or -1 with errno. */
static int name_take(struct upstream *u)
{
    struct sockaddr_un own = {.sun_family = AF_UNIX};
    size_t size = strlen(u->name);
    int fd;

    if (size > UPSTREAM_PATH_MAX - 1) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(own.sun_path + 1, u->name, size);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    size += offsetof(struct sockaddr_un, sun_path) + 1;
    if (bind(fd, (struct sockaddr *)&own, (socklen_t)size) != 0) {
        int error = errno;

        close(fd);
        errno = error;
        return -1;
    }
    bufferevent_setfd(u->stream, fd);
    return 0;
}

static void name_drop(struct upstream *u)
{
    int error = errno;

    if (u->name != NULL && bufferevent_getfd(u->stream) >= 0) {
        close(bufferevent_getfd(u->stream));
        bufferevent_setfd(u->stream, -1);
    }
    errno = error;
}

static void try_to_connect(struct upstream *u)
{
    long long left = u->reach_by - now_ms();
    int is_starved;

    left = left > 0 ? left : 0;
    if ((u->name == NULL || name_take(u) == 0) &&
        bufferevent_socket_connect(u->stream, (struct sockaddr *)&u->to.sa,
                                   (int)u->to.size) == 0) {
        timer_set(u, left);
        return;
    }
    name_drop(u);
    is_starved = errno == EMFILE || errno == ENFILE;
    if (errno != EAGAIN && !is_starved) {
        u->reach_by = 0; /* ends by the timer: nobody is called from within
                            upstream_new */
        timer_set(u, 0);
        return;
    }
    if (is_starved && u->calls != NULL && u->calls->starved != NULL)
        u->calls->starved(u->arg);
    timer_set(u, u->again_ms < left ? u->again_ms : left);
    u->again_ms =
        2 * u->again_ms < AGAIN_MAX_MS ? 2 * u->again_ms : AGAIN_MAX_MS;
}

/* A queue that is full is one that is there. */
static int is_there(const struct upstream *u)
{
    int fd = socket(u->to.sa.ss_family,
                    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int error = 0;

    if (fd < 0)
        return 1; /* not known */
    if (connect(fd, (const struct sockaddr *)&u->to.sa, u->to.size) != 0)
        error = errno;
    close(fd);
    return error != ECONNREFUSED && error != ENOENT;
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct upstream *u = arg;

    (void)fd;
    (void)what;
    if (u->is_asking)
        end(u, is_there(u) ? UPSTREAM_CLOSED : UPSTREAM_GONE);
    else if (now_ms() >= u->reach_by || bufferevent_getfd(u->stream) >= 0)
        end(u, UPSTREAM_UNREACHABLE);
    else
        try_to_connect(u);
}

/* All is said. */
static void half_close(struct upstream *u)
{
    if (u->is_connected &&
        evbuffer_get_length(bufferevent_get_output(u->stream)) == 0)
        shutdown(bufferevent_getfd(u->stream), SHUT_WR);
}

static void farewell(struct upstream *u)
{
    u->reach_by = now_ms() + FAREWELL_MS;
    timer_set(u, FAREWELL_MS);
    half_close(u);
}

static void on_read(struct bufferevent *stream, void *arg)
{
    struct upstream *u = arg;
    struct evbuffer *input = bufferevent_get_input(stream);

    if (u->calls == NULL)
        evbuffer_drain(input, evbuffer_get_length(input));
    else
        u->calls->data(u->arg);
}

static void on_write(struct bufferevent *stream, void *arg)
{
    struct upstream *u = arg;

    (void)stream;
    if (u->calls == NULL) {
        half_close(u);
    } else if (u->is_full) {
        u->is_full = 0;
        u->calls->room(u->arg);
    }
}

/* A process that dies closes its sockets in no certain order: its listening one
 * may be there for a moment more. */
static void ask(struct upstream *u)
{
    bufferevent_disable(u->stream, EV_READ | EV_WRITE);
    u->is_asking = 1;
    timer_set(u, ASK_MS);
}

static void on_event(struct bufferevent *stream, short what, void *arg)
{
    struct upstream *u = arg;

    if (what & BEV_EVENT_CONNECTED) {
        u->is_connected = 1;
        event_del(&u->timer);
        bufferevent_enable(stream, EV_READ);
        if (u->calls == NULL)
            farewell(u);
    } else if (!u->is_connected) {
        end(u, UPSTREAM_UNREACHABLE);
    } else if (u->calls == NULL || u->is_expected) {
        end(u, UPSTREAM_CLOSED);
    } else {
        ask(u);
    }
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
    u->to = *to;
    u->calls = calls;
    u->arg = arg;
    u->again_ms = AGAIN_MS;
    u->reach_by = now_ms() + REACH_MS;
    u->name = name == NULL ? NULL : strdup(name);
    u->stream = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
    if (u->stream == NULL || (name != NULL && u->name == NULL) ||
        event_assign(&u->timer, base, -1, 0, on_timer, u) != 0) {
        upstream_free(u);
        return NULL;
    }
    bufferevent_setcb(u->stream, on_read, on_write, on_event, u);
    bufferevent_setwatermark(u->stream, EV_READ, 0, INPUT_MAX);
    try_to_connect(u);
    return u;
}

struct evbuffer *upstream_input(struct upstream *u)
{
    return bufferevent_get_input(u->stream);
}

struct evbuffer *upstream_output(struct upstream *u)
{
    return bufferevent_get_output(u->stream);
}

void upstream_pause(struct upstream *u, int is_paused)
{
    if (is_paused)
        bufferevent_disable(u->stream, EV_READ);
    else if (u->is_connected && !u->is_asking)
        bufferevent_enable(u->stream, EV_READ);
}

int upstream_is_stuffed(struct upstream *u)
{
    return evbuffer_get_length(bufferevent_get_input(u->stream)) >= INPUT_MAX;
}

int upstream_is_full(struct upstream *u)
{
    if (evbuffer_get_length(bufferevent_get_output(u->stream)) > OUTPUT_FULL)
        u->is_full = 1;
    return u->is_full;
}

void upstream_expect_end(struct upstream *u)
{
    u->is_expected = 1;
}

static int is_dropped(struct upstream *u)
{
    int others = 0;

    if (u->is_over || u->is_asking ||
        (!u->is_connected && evbuffer_get_length(upstream_output(u)) == 0))
        return 1;
    for (const struct upstream *o = *u->all; o != NULL; o = o->next)
        others++;
    return others >= FINISHING_MAX;
}

void upstream_finish(struct upstream *u)
{
    if (u == NULL)
        return;
    if (is_dropped(u)) {
        upstream_free(u);
        return;
    }
    u->calls = NULL;
    u->next = *u->all;
    if (u->next != NULL)
        u->next->link = &u->next;
    *u->all = u;
    u->link = u->all;
    if (!u->is_connected)
        return; /* the timer goes on */
    evbuffer_drain(upstream_input(u), evbuffer_get_length(upstream_input(u)));
    bufferevent_enable(u->stream, EV_READ);
    farewell(u);
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
