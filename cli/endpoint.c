/* The endpoint as a process of its own, driven over pipes. Must not know plans
 * or verdicts. */
#include "cli/endpoint.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "base/diag.h"
#include "cli/endpoint_broker.h"
#include "lab/broker.h"
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
static void on_event(const json_t *event, void *arg)
{
    char *text = json_dumps(event, JSON_COMPACT | JSON_REAL_PRECISION(9));
    size_t size;

    (void)arg;
    if (text == NULL) {
        diag("out of memory: an event is lost");
        return;
    }
    size = strlen(text);
    text[size] = '\n';
    if (write_whole(STDOUT_FILENO, text, size + 1) != 0) {
        diag("cannot write events: %s", strerror(errno));
        _exit(EXIT_HARNESS);
    }
    free(text);
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

static json_t *configuration_read(struct line *l)
{
    json_error_t error;
    json_t *out;

    if (!line_read(l)) {
        diag("endpoint: the configuration is expected on stdin's first line");
        return NULL;
    }
    if (l->is_cut) {
        diag("endpoint configuration: longer than %d MiB",
             LINE_MAX_BYTES >> 20);
        return NULL;
    }
    out = json_loadb(l->data, l->size, JSON_REJECT_DUPLICATES, &error);
    if (out == NULL)
        diag("endpoint configuration: column %d: %s", error.column, error.text);
    return out;
}

static void control(struct server *server, struct broker **broker,
                    const struct line *l)
{
    json_error_t error = {.text = "the line is too long"};
    json_t *document = NULL;
    char text[256];
    int status;

    if (!l->is_cut)
        document = json_loadb(l->data, l->size, JSON_REJECT_DUPLICATES, &error);
    if (document == NULL) {
        snprintf(text, sizeof(text), "not a control document: %s", error.text);
        server_refuse(server, text);
        return;
    }
    diag_capture(text, sizeof(text));
    status = endpoint_broker_fill(broker, document);
    diag_capture(NULL, 0);
    if (status == 0)
        server_control(server, document);
    else
        server_refuse(server, text);
    json_decref(document);
}

/* An interrupt from the terminal goes to the whole group; the runner, which
 * holds stdin, decides. */
int cmd_endpoint(int argc, char **argv)
{
    struct line line = {NULL, 0, 0, 0};
    json_t *configuration;
    struct server *server = NULL;
    struct broker *broker = NULL;
    int status;

    (void)argv;
    if (argc > 1) {
        diag("endpoint takes no arguments; its configuration comes on stdin");
        return EXIT_USAGE_ERROR;
    }
    signal(SIGINT, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    configuration = configuration_read(&line);
    errno = 0;
    if (configuration != NULL &&
        endpoint_broker_fill(&broker, configuration) == 0)
        server = server_start(configuration, on_event, NULL);
    status = configuration != NULL && server_lacked(errno) ? EXIT_HARNESS
                                                           : EXIT_USAGE_ERROR;
    json_decref(configuration);
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
