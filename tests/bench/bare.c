/* The bound of `make bench`: the handshakes of a run's jobs, done bare in
 * memory. Client: the stack that is linked in, through its shim_ops. Server:
 * the endpoint's TLS machine. No sockets, no processes, no JSON within what is
 * measured. Usage: bare-<stack build> DIR, with endpoint.json and jobs.jsonl as
 * `chainbreak run --keep-work DIR` leaves them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clients/shim.h"
#include "clients/shim_clock.h"
#include "clients/shim_context.h"
#include "clients/shim_feature.h"
#include "clients/shim_heap.h"
#include "clients/shim_job.h"
#include "clients/shim_map.h"
#include "core/diag.h"
#include "core/file.h"
#include "server/tls.h"

/* The transport: what the server said and the client has not read yet. These
 * two functions stand in for those of clients/shim_io.c, which is not linked.
 */
struct shim_io {
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

ssize_t shim_io_read(struct shim_io *io, void *data, size_t size)
{
    size_t left = io->size - io->at;

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
    enum tls_result r = tls_conn_input(io->server, data, size);
    uint8_t byte[16];

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

/* One job against its state, as the shim program would do it. 1: connected. */
static int handshake(struct shim_job *job, struct tls_state *state)
{
    struct shim_io io = {0};
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
    io.server = tls_conn_new(state);
    if (!io.server)
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
    tls_conn_free(io.server);
    free(io.data);
    return connected;
}

struct bench {
    json_t *states; /* of the endpoint configuration */
    struct tls_state **made;
    double cpu;
    size_t jobs, connected;
};

static struct tls_state *state_of(struct bench *b, const char *id)
{
    size_t i;
    json_t *state;

    json_array_foreach(b->states, i, state)
    {
        const char *name = json_string_value(json_object_get(state, "id"));

        if (!name || strcmp(name, id) != 0)
            continue;
        if (!b->made[i])
            b->made[i] = tls_state_new(state);
        return b->made[i];
    }
    return NULL;
}

static int run_line(struct bench *b, const char *line, size_t size)
{
    static struct shim_job job;
    json_t *json = json_loadb(line, size, 0, NULL);
    const char *id = json_string_value(json_object_get(json, "state"));
    struct tls_state *state = id ? state_of(b, id) : NULL;
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
    b->connected += (size_t)handshake(&job, state);
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
    int status = EXIT_HARNESS;

    diag_program("bare");
    shim_map_clear(&why, STAGE_SETUP);
    if (argc != 2 || shim_stack.init(&why))
        return EXIT_USAGE_ERROR;
    path = format("%s/endpoint.json", argv[1]);
    endpoint = path ? json_load_file(path, 0, NULL) : NULL;
    b.states = json_object_get(endpoint, "states");
    b.made = calloc(json_array_size(b.states) + 1, sizeof(struct tls_state *));
    free(path);
    path = format("%s/jobs.jsonl", argv[1]);
    if (!b.made || !path || run_jobs(&b, path))
        goto out;
    printf("{\"jobs\": %zu, \"connected\": %zu, \"cpu_seconds\": %.6f}\n",
           b.jobs, b.connected, b.cpu);
    status = EXIT_HELD;
out:
    shim_context_clear();
    for (size_t i = 0; b.made && i < json_array_size(b.states); i++)
        tls_state_free(b.made[i]);
    free(b.made);
    free(path);
    json_decref(endpoint);
    return status;
}
