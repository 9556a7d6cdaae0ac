/* The endpoint as a whole: reads its configuration, binds every state, starts a
 * loop per thread, stops them. */
#include "server/server.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <event2/thread.h>

#include "base/diag.h"
#include "server/control.h"
#include "server/loop.h"
#include "server/shared.h"
#include "server/states.h"

enum {
    SPARE_FILES = 64,    /* beside connections and listeners: loops, pipes,
                            standard streams */
    LATER_STATES = 4096, /* room for those that are added while it runs */
    THREADS_MAX = 256
};

struct server {
    struct shared shared;
    pthread_mutex_t control; /* for: */
    struct states states;
    int stop_write; /* the other end of shared.stop_fd */
};

static int limits_read(json_t *configuration, struct limits *out, int *threads)
{
    json_int_t connections, message_bytes;
    json_error_t error;

    if (json_unpack_ex(
            configuration, &error, 0, "{s:i, s:{s:I, s:i, s:i, s:I, s?:i}}",
            "threads", threads, "limits", "connections", &connections,
            "handshake_ms", &out->handshake_ms, "idle_ms", &out->idle_ms,
            "message_bytes", &message_bytes, "open_ms", &out->open_ms) != 0) {
        diag("endpoint configuration: %s", error.text);
        return -1;
    }
    if (connections < 1 || message_bytes < 1024 ||
        message_bytes > 1024 * 1024 * 1024 || out->handshake_ms < 1 ||
        out->idle_ms < 1 || out->open_ms < 0 || *threads < 0 ||
        *threads > THREADS_MAX) {
        diag("endpoint configuration: threads are 0 to %d, limits above 0, "
             "message_bytes 1 KiB to 1 GiB",
             THREADS_MAX);
        return -1;
    }
    out->connections = (size_t)connections;
    out->message_bytes = (size_t)message_bytes;
    if (*threads == 0)
        *threads = (int)sysconf(_SC_NPROCESSORS_ONLN);
    return 0;
}

/* Descriptors for all connections, as far as the hard limit allows; fewer
 * connections otherwise. What comes later may find none left, and says so then:
 * states that are added, and each connection's second one, to a service behind
 * the endpoint. */
static void files_reserve(struct limits *limits, size_t listeners)
{
    size_t other = listeners + SPARE_FILES;
    rlim_t need = limits->connections + other;
    rlim_t wish = need + limits->connections + LATER_STATES;
    struct rlimit r;

    if (getrlimit(RLIMIT_NOFILE, &r) != 0 || r.rlim_cur >= wish)
        return;
    r.rlim_cur = r.rlim_max < wish ? r.rlim_max : wish;
    setrlimit(RLIMIT_NOFILE, &r);
    if (r.rlim_cur >= need)
        return;
    limits->connections = r.rlim_cur > other + 1 ? r.rlim_cur - other : 1;
    diag("this process may open %llu files: at most %zu connections at a time",
         (unsigned long long)r.rlim_cur, limits->connections);
}

/* Before the threads run: nothing can come in between. Peers that are quick
 * wait in the listening sockets' queues. */
static int states_open(struct server *s, const json_t *states)
{
    size_t count = json_array_size(states);

    for (size_t i = 0; i < count; i++)
        if (states_add(&s->states, json_array_get(states, i), count) != 0)
            return -1;
    shared_emit(&s->shared, json_pack("{s:s}", "event", "ready"));
    return 0;
}

static int stop_open(struct server *s)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
        diag("pipe: %s", strerror(errno));
        return -1;
    }
    s->shared.stop_fd = ends[0];
    s->stop_write = ends[1];
    return 0;
}

static int loops_open(struct server *s, int threads)
{
    struct shared *shared = &s->shared;

    shared->loops = calloc((size_t)threads, sizeof(struct loop *));
    if (shared->loops == NULL) {
        diag("out of memory");
        return -1;
    }
    for (int i = 0; i < threads; i++) {
        struct loop *l = loop_new(shared);

        if (l == NULL)
            return -1;
        shared->loops[shared->loops_count++] = l;
    }
    return 0;
}

static int server_build(struct server *s, json_t *configuration)
{
    json_t *states = json_object_get(configuration, "states");
    int threads;

    if (evthread_use_pthreads() != 0) {
        diag("libevent was built without threads");
        return -1;
    }
    if (limits_read(configuration, &s->shared.limits, &threads) != 0)
        return -1;
    if (!json_is_array(states)) {
        diag("endpoint configuration: states: a list is needed; it may be "
             "empty");
        return -1;
    }
    files_reserve(&s->shared.limits, json_array_size(states));
    if (stop_open(s) != 0 || loops_open(s, threads) != 0 ||
        states_open(s, states) != 0)
        return -1;
    for (size_t i = 0; i < s->shared.loops_count; i++)
        if (loop_start(s->shared.loops[i]) != 0)
            return -1;
    return 0;
}

/* Clears errno: what is no document is no shortage. */
static json_t *configuration_read(const char *text, size_t size)
{
    json_error_t error;
    json_t *out = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);

    if (out == NULL)
        diag("endpoint configuration: column %d: %s", error.column, error.text);
    errno = 0;
    return out;
}

struct server *server_start(const char *configuration, size_t size,
                            const struct authority *authority,
                            server_event_fn *on_event, void *arg)
{
    json_t *document = configuration_read(configuration, size);
    struct server *s = document == NULL ? NULL : calloc(1, sizeof(*s));

    if (document == NULL)
        return NULL;
    if (s == NULL) {
        diag("out of memory");
        json_decref(document);
        errno = ENOMEM;
        return NULL;
    }
    shared_init(&s->shared, on_event, arg);
    s->shared.authority = authority;
    states_init(&s->states, &s->shared);
    pthread_mutex_init(&s->control, NULL);
    s->stop_write = -1;
    errno = 0;
    if (server_build(s, document) != 0) {
        int error = errno;

        server_free(s);
        json_decref(document);
        errno = error;
        return NULL;
    }
    json_decref(document);
    return s;
}

int server_lacked(int error)
{
    return error == ENOMEM || error == EMFILE || error == ENFILE ||
           error == ENOBUFS || error == EAGAIN;
}

void server_control(struct server *s, const char *line, size_t size)
{
    json_error_t error;
    json_t *document = json_loadb(line, size, JSON_REJECT_DUPLICATES, &error);
    char text[256];

    if (document == NULL) {
        snprintf(text, sizeof(text), "not a control document: %s", error.text);
        server_refuse(s, text);
        return;
    }
    pthread_mutex_lock(&s->control);
    control_take(&s->states, document);
    pthread_mutex_unlock(&s->control);
    json_decref(document);
}

void server_refuse(struct server *s, const char *text)
{
    control_refuse(&s->states, NULL, text, 0);
}

void server_stop(struct server *s)
{
    int error = errno;
    ssize_t n = write(s->stop_write, "", 1);

    (void)n; /* a full pipe is a readable one */
    errno = error;
}

void server_wait(struct server *s)
{
    for (size_t i = 0; i < s->shared.loops_count; i++)
        loop_join(s->shared.loops[i]);
}

void server_free(struct server *s)
{
    if (s == NULL)
        return;
    if (s->stop_write >= 0)
        server_stop(s);
    server_wait(s);
    states_clear(&s->states);
    for (size_t i = 0; i < s->shared.loops_count; i++)
        loop_free(s->shared.loops[i]);
    free(s->shared.loops);
    pthread_mutex_destroy(&s->control);
    if (s->shared.stop_fd >= 0)
        close(s->shared.stop_fd);
    if (s->stop_write >= 0)
        close(s->stop_write);
    shared_clear(&s->shared);
    free(s);
}
