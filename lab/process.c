/* One socket pair per child serves as its stdin and stdout: its end of file
 * tells that the child is gone. */
#include "lab/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "base/diag.h"

enum { LINE_MAX_BYTES = 4 << 20, FAREWELL_MS = 3000 };

extern char **environ;

struct process {
    pid_t pid;
    struct bufferevent *stream;
    const struct process_calls *calls;
    void *arg;
    int busy; /* within a call to `line`: freeing waits */
    int freed;
};

static int spawn(char *const *argv, int fd, pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    int error;

    sigemptyset(&none);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, fd, 0);
    posix_spawn_file_actions_adddup2(&actions, fd, 1);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setsigmask(&attributes, &none);
    error = posix_spawn(pid, argv[0], &actions, &attributes, argv, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    if (error)
        diag("%s: cannot be started: %s", argv[0], strerror(error));
    return error ? -1 : 0;
}

/* With everything that it started and that stayed in its group. */
static void group_kill(const struct process *p)
{
    kill(-p->pid, SIGKILL);
}

static int reap(struct process *p)
{
    int status = 0;

    while (waitpid(p->pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return status;
}

static void destroy(struct process *p)
{
    if (p->stream)
        bufferevent_free(p->stream);
    free(p);
}

/* The status of a process that is dying is set before its descriptors close, so
 * the kill cannot hide what it died of. */
static void end(struct process *p)
{
    const struct process_calls *calls = p->calls;
    void *arg = p->arg;
    int status;

    group_kill(p);
    status = reap(p);
    destroy(p);
    calls->ended(arg, status);
}

static void on_readable(struct bufferevent *stream, void *arg)
{
    struct process *p = arg;
    struct evbuffer *input = bufferevent_get_input(stream);
    size_t size;
    char *line;

    p->busy = 1;
    while (!p->freed &&
           (line = evbuffer_readln(input, &size, EVBUFFER_EOL_LF)) != NULL) {
        p->calls->line(p->arg, line, size);
        free(line);
    }
    p->busy = 0;
    if (p->freed)
        destroy(p);
    else if (evbuffer_get_length(input) > LINE_MAX_BYTES)
        end(p);
}

static void on_event(struct bufferevent *stream, short what, void *arg)
{
    (void)stream;
    if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR))
        end(arg);
}

static struct bufferevent *stream_new(struct event_base *base, int fd)
{
    struct bufferevent *stream;

    if (evutil_make_socket_nonblocking(fd) != 0)
        return NULL;
    stream = bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE);
    if (stream)
        bufferevent_enable(stream, EV_READ | EV_WRITE);
    return stream;
}

struct process *process_new(struct event_base *base, char *const *argv,
                            const struct process_calls *calls, void *arg)
{
    struct process *p = calloc(1, sizeof *p);
    int fds[2] = {-1, -1};

    if (!p || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0) {
        diag("%s: cannot be started: %s", argv[0], strerror(errno));
        goto fail;
    }
    p->calls = calls;
    p->arg = arg;
    if (spawn(argv, fds[1], &p->pid))
        goto fail;
    close(fds[1]);
    p->stream = stream_new(base, fds[0]);
    if (!p->stream) {
        diag("%s: out of memory", argv[0]);
        close(fds[0]);
        group_kill(p);
        reap(p);
        free(p);
        return NULL;
    }
    bufferevent_setcb(p->stream, on_readable, NULL, on_event, p);
    return p;
fail:
    if (fds[0] >= 0) {
        close(fds[0]);
        close(fds[1]);
    }
    free(p);
    return NULL;
}

int process_send(struct process *p, const char *text, size_t size)
{
    if (bufferevent_write(p->stream, text, size) != 0 ||
        bufferevent_write(p->stream, "\n", 1) != 0)
        return -1;
    return 0;
}

void process_kill(struct process *p)
{
    group_kill(p);
}

static long long now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Reads on until the child has closed its end, so that it is never blocked on
 * a full socket. */
static void farewell(struct process *p)
{
    struct pollfd fd = {bufferevent_getfd(p->stream), POLLIN, 0};
    long long end = now_ms() + FAREWELL_MS, left;
    char rest[4096];

    shutdown(fd.fd, SHUT_WR);
    while ((left = end - now_ms()) > 0 && poll(&fd, 1, (int)left) > 0)
        if (recv(fd.fd, rest, sizeof rest, 0) <= 0)
            return;
    diag("a process did not end when it was told to");
}

void process_free(struct process *p, int wait)
{
    if (!p)
        return;
    if (wait)
        farewell(p);
    group_kill(p);
    reap(p);
    p->freed = 1;
    if (!p->busy)
        destroy(p);
}
