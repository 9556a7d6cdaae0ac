/* The endpoint as a process of its own, driven over pipes. Must not know plans
 * or verdicts. */
#include "cli/endpoint.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "lab/broker.h"
#include "lab/broker_codec.h"
#include "server/server.h"

static int write_whole(int fd, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t n = write(fd, data, size);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        data += n;
        size -= (size_t)n;
    }
    return 0;
}

/* One line, one write: a reader never sees half an event. Whoever stops reading
 * ends the endpoint. */
static void on_event(const char *line, size_t size, void *arg)
{
    (void)arg;
    if (write_whole(STDOUT_FILENO, line, size) == 0)
        return;
    diag("cannot write events: %s", strerror(errno));
    _exit(EXIT_HARNESS);
}

enum { LINE_MAX_BYTES = 64 << 20 };

struct line {
    char *data;
    size_t size, room;
    int is_cut; /* it was longer than the limit, or memory is out */
};

static int line_add(struct line *l, int ch)
{
    if (l->size == l->room) {
        size_t room = l->room < 4096 ? 4096 : 2 * l->room;
        char *more = l->size < LINE_MAX_BYTES ? realloc(l->data, room) : NULL;

        if (more == NULL)
            return -1;
        l->data = more;
        l->room = room;
    }
    l->data[l->size++] = (char)ch;
    return 0;
}

/* The next line of stdin without its newline; what is above the limit is
 * skipped. 0 at the end of file. */
static int line_read(struct line *l)
{
    int ch;

    l->size = 0;
    l->is_cut = 0;
    while ((ch = getc_unlocked(stdin)) != EOF && ch != '\n')
        if (!l->is_cut)
            l->is_cut = line_add(l, ch) != 0;
    return ch != EOF || l->size > 0;
}

/* 0, or -1 reported. */
static int configuration_read(struct line *l)
{
    if (!line_read(l)) {
        diag("endpoint: the configuration is expected on stdin's first line");
        return -1;
    }
    if (l->is_cut) {
        diag("endpoint configuration: longer than %d MiB",
             LINE_MAX_BYTES >> 20);
        return -1;
    }
    return 0;
}

/* NULL reported; errno as server_start leaves it. */
static struct server *start(struct broker **broker, const struct line *l)
{
    char *filled = NULL;
    struct server *server = NULL;
    int error;

    errno = 0;
    if (broker_fill(broker, l->data, l->size, &filled) == 0)
        server =
            filled == NULL
                ? server_start(l->data, l->size, NULL, on_event, NULL)
                : server_start(filled, strlen(filled), NULL, on_event, NULL);
    error = errno;
    free(filled);
    errno = error;
    return server;
}

static void control(struct server *server, struct broker **broker,
                    const struct line *l)
{
    char text[256], *filled = NULL;
    int status;

    if (l->is_cut) {
        server_refuse(server, "not a control document: the line is too long");
        return;
    }
    diag_capture(text, sizeof(text));
    status = broker_fill(broker, l->data, l->size, &filled);
    diag_capture(NULL, 0);
    if (status != 0)
        server_refuse(server, text);
    else if (filled != NULL)
        server_control(server, filled, strlen(filled));
    else
        server_control(server, l->data, l->size);
    free(filled);
}

/* An interrupt from the terminal goes to the whole group; the runner, which
 * holds stdin, decides. */
int cmd_endpoint(int argc, char **argv)
{
    struct line line = {NULL, 0, 0, 0};
    struct server *server = NULL;
    struct broker *broker = NULL;
    int status = EXIT_USAGE_ERROR;

    (void)argv;
    if (argc > 1) {
        diag("endpoint takes no arguments; its configuration comes on stdin");
        return EXIT_USAGE_ERROR;
    }
    signal(SIGINT, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    if (configuration_read(&line) == 0) {
        server = start(&broker, &line);
        if (server == NULL && server_lacked(errno))
            status = EXIT_HARNESS;
    }
    while (server != NULL && line_read(&line))
        control(server, &broker, &line);
    free(line.data);
    if (server != NULL) {
        server_stop(server);
        server_wait(server);
        server_free(server);
        status = EXIT_HELD;
    }
    broker_free(broker);
    return status;
}
