/* The bounds of `make bench`: the handshakes of a run's jobs, done bare.
 * Client: the stack that is linked in, through its shim_ops. Server: the
 * endpoint's TLS machine. No JSON, no records within what is measured. In
 * memory, or (with --sockets) over loopback sockets with the server in a
 * process of its own: what no harness with real sockets can go below.
 * Usage: bare-<stack build> [--sockets] DIR, with endpoint.json and jobs.jsonl
 * as `chainbreak run --keep-work DIR` leaves them. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "clients/shim.h"
#include "clients/shim_clock.h"
#include "clients/shim_context.h"
#include "clients/shim_feature.h"
#include "clients/shim_heap.h"
#include "clients/shim_job.h"
#include "clients/shim_map.h"
#include "base/diag.h"
#include "base/file.h"
#include "server/tls.h"

/* The transport: what the server said and the client has not read yet. These
 * two functions stand in for those of clients/shim_io.c, which is not linked.
 */
struct shim_io {
    int fd;             /* a socket, or -1: the server is here */
    uint8_t out[16384]; /* what waits to be sent */
    size_t out_size;
    struct tls_conn *server;
    uint8_t *data;
    size_t size, at;
    int closed;
};

static void take_output(struct shim_io *io)
{
    size_t size;
    const uint8_t *data = tls_conn_output(io->server, &size);

    if (!size)
        return;
    if (io->at == io->size)
        io->at = io->size = 0;
    uint8_t *larger = realloc(io->data, io->size + size);
    if (!larger)
        abort();
    memcpy(larger + io->size, data, size);
    io->data = larger;
    io->size += size;
}

/* Sends what waits, then takes what comes. 1, or 0 at the end. */
static int exchange(struct shim_io *io)
{
    ssize_t n;

    if (io->out_size)
        send(io->fd, io->out, io->out_size, MSG_NOSIGNAL);
    io->out_size = 0;
    io->at = io->size = 0;
    if (!io->data)
        io->data = malloc(16384);
    n = io->data ? recv(io->fd, io->data, 16384, 0) : -1;
    io->size = n > 0 ? (size_t)n : 0;
    return n > 0;
}

ssize_t shim_io_read(struct shim_io *io, void *data, size_t size)
{
    size_t left = io->size - io->at;

    if (!left && io->fd >= 0) {
        if (!exchange(io))
            return 0;
        left = io->size;
    }
    if (!left)
        return io->closed ? 0 : -1;
    if (size > left)
        size = left;
    memcpy(data, io->data + io->at, size);
    io->at += size;
    return (ssize_t)size;
}

ssize_t shim_io_write(struct shim_io *io, const void *data, size_t size)
{
    enum tls_result r;
    uint8_t byte[16];

    if (io->fd >= 0) {
        if (size > sizeof io->out - io->out_size)
            size = sizeof io->out - io->out_size;
        memcpy(io->out + io->out_size, data, size);
        io->out_size += size;
        return (ssize_t)size;
    }
    r = tls_conn_input(io->server, data, size);
    if (r == TLS_ESTABLISHED && tls_conn_read(io->server, byte, sizeof byte))
        tls_conn_write(io->server, "s", 1);
    if (r == TLS_FAILED || r == TLS_CLOSED)
        io->closed = 1;
    take_output(io);
    return (ssize_t)size;
}

static double cpu_seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Drives one step kind until it ends or both sides wait for each other. */
static int drive(void *conn, const void *out, size_t out_size, void *in,
                 size_t *in_size, const struct shim_io *io)
{
    struct shim_why why;
    size_t last = (size_t)-1;

    for (;;) {
        shim_map_clear(&why, STAGE_HELLO);
        switch (shim_stack.step(conn, out, out_size, in, in_size, &why)) {
        case SHIM_DONE:
            return 0;
        case SHIM_FAILED:
            return -1;
        default:
            break;
        }
        if (io->at == io->size && last == io->size)
            return -1;
        last = io->size;
    }
}

static int socket_open(int port)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons((uint16_t)port),
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof a) == 0)
        return fd;
    close(fd);
    return -1;
}

/* One job against its state, as the shim program would do it. 1: connected. */
static int handshake(struct shim_job *job, struct tls_state *state, int port)
{
    struct shim_io io = {.fd = -1};
    struct shim_why why;
    const struct shim_context *context;
    void *conn = NULL;
    uint8_t byte;
    size_t size = 1;
    int connected = 0;

    shim_map_clear(&why, STAGE_SETUP);
    shim_clock_set(job->want.clock);
    context = shim_context_get(&shim_stack, job, &why);
    if (!context)
        return 0;
    if (port)
        io.fd = socket_open(port);
    else
        io.server = tls_conn_new(state);
    if (!io.server && io.fd < 0)
        return 0;
    shim_heap_watch(context->held,
                    job->want.heap > context->held ? job->want.heap : 0);
    conn = shim_stack.conn_new(context->made, &job->want, &io, &why);
    if (conn && !drive(conn, NULL, 0, NULL, NULL, &io) &&
        !drive(conn, "c", 1, NULL, NULL, &io) &&
        !drive(conn, NULL, 0, &byte, &size, &io))
        connected = 1;
    shim_heap_unwatch();
    if (conn)
        shim_stack.conn_free(conn, connected);
    if (io.fd >= 0) {
        if (io.out_size)
            send(io.fd, io.out, io.out_size, MSG_NOSIGNAL);
        shutdown(io.fd, SHUT_WR);
        while (recv(io.fd, io.out, sizeof io.out, 0) > 0)
            ;
        close(io.fd);
    }
    tls_conn_free(io.server);
    free(io.data);
    return connected;
}

struct bench {
    json_t *states; /* of the endpoint configuration */
    struct tls_state **made;
    struct pollfd *listeners; /* with --sockets: one for each state */
    int *ports;
    pid_t server;
    double cpu;
    size_t jobs, connected;
};

/* One connection of the server process, from accept to the peer's end. */
static void serve_one(struct tls_state *state, int fd)
{
    struct tls_conn *c = tls_conn_new(state);
    uint8_t data[16384], byte[16];
    ssize_t n;
    int over = 0, one = 1;

    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    while (c && (n = recv(fd, data, sizeof data, 0)) > 0) {
        enum tls_result r =
            over ? TLS_FAILED : tls_conn_input(c, data, (size_t)n);
        const uint8_t *out;
        size_t size;

        if (r == TLS_ESTABLISHED && tls_conn_read(c, byte, sizeof byte))
            tls_conn_write(c, "s", 1);
        out = tls_conn_output(c, &size);
        if (size)
            send(fd, out, size, MSG_NOSIGNAL);
        if (!over && (r == TLS_FAILED || r == TLS_CLOSED)) {
            over = 1;
            shutdown(fd, SHUT_WR);
        }
    }
    tls_conn_free(c);
    close(fd);
}

static void serve(struct bench *b, nfds_t count)
{
    for (;;) {
        if (poll(b->listeners, count, -1) < 0)
            _exit(1);
        for (nfds_t i = 0; i < count; i++)
            if (b->listeners[i].revents)
                serve_one(b->made[i], accept(b->listeners[i].fd, NULL, NULL));
    }
}

static int listener_open(struct bench *b, size_t i)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || bind(fd, (struct sockaddr *)&a, size) || listen(fd, 16) ||
        getsockname(fd, (struct sockaddr *)&a, &size))
        return -1;
    b->listeners[i] = (struct pollfd){.fd = fd, .events = POLLIN};
    b->ports[i] = ntohs(a.sin_port);
    return 0;
}

/* All states are made before the fork: their cost is not the handshakes'. */
static int server_start(struct bench *b)
{
    size_t count = json_array_size(b->states);

    b->listeners = calloc(count + 1, sizeof *b->listeners);
    b->ports = calloc(count + 1, sizeof *b->ports);
    for (size_t i = 0; b->ports && b->listeners && i < count; i++) {
        b->made[i] = tls_state_new(json_array_get(b->states, i), 65536);
        if (!b->made[i] || listener_open(b, i))
            return -1;
    }
    b->server = fork();
    if (b->server == 0)
        serve(b, count); /* until it is killed */
    return b->server > 0 ? 0 : -1;
}

static void server_end(struct bench *b)
{
    struct rusage usage;

    kill(b->server, SIGTERM);
    waitpid(b->server, NULL, 0);
    getrusage(RUSAGE_CHILDREN, &usage);
    b->cpu += (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
              (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static struct tls_state *state_of(struct bench *b, const char *id, int *port)
{
    size_t i;
    json_t *state;

    json_array_foreach(b->states, i, state)
    {
        const char *name = json_string_value(json_object_get(state, "id"));

        if (!name || strcmp(name, id) != 0)
            continue;
        if (!b->made[i])
            b->made[i] = tls_state_new(state, 65536);
        *port = b->ports ? b->ports[i] : 0;
        return b->made[i];
    }
    return NULL;
}

static int run_line(struct bench *b, const char *line, size_t size)
{
    static struct shim_job job;
    json_t *json = json_loadb(line, size, 0, NULL);
    const char *id = json_string_value(json_object_get(json, "state"));
    int port = 0;
    struct tls_state *state = id ? state_of(b, id, &port) : NULL;
    unsigned has = shim_stack.features();
    int result = -1;
    char *text;
    double start;

    json_object_del(json, "state");
    text = json_dumps(json, JSON_COMPACT);
    if (!state || !text || shim_job_parse(&job, text, strlen(text)) ||
        shim_context_anchors(&job))
        goto out;
    result = 0;
    b->jobs++;
    if (*job.lacks ||
        shim_feature_lacking(shim_feature_needed(&job.want) | job.required,
                             has) ||
        shim_feature_versions(&job.want, has))
        goto out;
    start = cpu_seconds();
    b->connected += (size_t)handshake(&job, state, port);
    b->cpu += cpu_seconds() - start;
out:
    shim_job_clear(&job);
    free(text);
    json_decref(json);
    return result;
}

static int run_jobs(struct bench *b, const char *path)
{
    uint8_t *data;
    size_t size;

    if (file_read(path, (size_t)1 << 30, &data, &size))
        return -1;
    for (size_t at = 0; at < size;) {
        const uint8_t *end = memchr(data + at, '\n', size - at);
        size_t n = end ? (size_t)(end - data) - at : size - at;

        if (run_line(b, (const char *)data + at, n)) {
            diag("%s: a job that cannot be run: %.*s", path, (int)n,
                 (const char *)data + at);
            free(data);
            return -1;
        }
        at += n + 1;
    }
    free(data);
    return 0;
}

int main(int argc, char **argv)
{
    struct bench b = {0};
    struct shim_why why;
    json_t *endpoint = NULL;
    char *path = NULL;
    const char *dir;
    int status = EXIT_HARNESS, sockets;

    diag_program("bare");
    shim_map_clear(&why, STAGE_SETUP);
    sockets = argc == 3 && !strcmp(argv[1], "--sockets");
    if (argc != 2 + sockets || shim_stack.init(&why))
        return EXIT_USAGE_ERROR;
    dir = argv[argc - 1];
    path = format("%s/endpoint.json", dir);
    endpoint = path ? json_load_file(path, 0, NULL) : NULL;
    b.states = json_object_get(endpoint, "states");
    b.made = calloc(json_array_size(b.states) + 1, sizeof(struct tls_state *));
    free(path);
    path = format("%s/jobs.jsonl", dir);
    if (!b.made || !path || (sockets && server_start(&b)) || run_jobs(&b, path))
        goto out;
    if (sockets)
        server_end(&b);
    printf("{\"jobs\": %zu, \"connected\": %zu, \"cpu_seconds\": %.6f}\n",
           b.jobs, b.connected, b.cpu);
    status = EXIT_HELD;
out:
    shim_context_clear();
    for (size_t i = 0; b.made && i < json_array_size(b.states); i++)
        tls_state_free(b.made[i]);
    free(b.made);
    free(b.listeners);
    free(b.ports);
    free(path);
    json_decref(endpoint);
    return status;
}
