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

static json_t *configuration_read(void)
{
    char *line = NULL;
    size_t room = 0;
    json_error_t error;
    json_t *out = NULL;
    ssize_t size = getline(&line, &room, stdin);

    if (size <= 0) {
        diag("endpoint: the configuration is expected on stdin's first line");
        goto out;
    }
    out = json_loadb(line, (size_t)size, JSON_REJECT_DUPLICATES, &error);
    if (out == NULL)
        diag("endpoint configuration: column %d: %s", error.column, error.text);
out:
    free(line);
    return out;
}

static void wait_for_end(void)
{
    char buffer[256];
    ssize_t n;

    do
        n = read(STDIN_FILENO, buffer, sizeof(buffer));
    while (n > 0 || (n < 0 && errno == EINTR));
}

/* An interrupt from the terminal goes to the whole group; the runner, which
 * holds stdin, decides. */
int cmd_endpoint(int argc, char **argv)
{
    json_t *configuration;
    struct server *server;

    (void)argv;
    if (argc > 1) {
        diag("endpoint takes no arguments; its configuration comes on stdin");
        return EXIT_USAGE_ERROR;
    }
    signal(SIGINT, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    configuration = configuration_read();
    if (configuration == NULL)
        return EXIT_USAGE_ERROR;
    server = server_start(configuration, on_event, NULL);
    json_decref(configuration);
    if (server == NULL)
        return EXIT_USAGE_ERROR;
    wait_for_end();
    server_stop(server);
    server_wait(server);
    server_free(server);
    return EXIT_HELD;
}
