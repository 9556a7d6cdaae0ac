/* One request over a socket that `serve --account` has in the account's
 * folder: an HTTP/1.0 request, whose answer ends with the connection. The
 * answer is printed as it came. Must not know what a call means. */
#include "cli/ctl.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/text.h"

enum { WORDS = 4, SECONDS = 30, STATUS_OK = 200 };

struct arguments {
    const char *words[WORDS]; /* DIR VERB [NAME [POLICY]] */
    unsigned count;
};

struct answer {
    int status; /* HTTP */
    char *body; /* malloc'd; NULL: there is none */
};

/* The one that is no request. */
static const char follow[] = "follow";

/* Every verb with the words that it takes behind DIR and itself; in target and
 * body %s is the next of them. */
static const struct verb {
    const char *name;
    unsigned words;
    const char *method, *target, *body;
} verbs[] = {
    {"list", 0, "GET", "/domainConfigurations", NULL},
    {"describe", 1, "GET", "/domainConfigurations/%s", NULL},
    {"endpoint", 1, "GET", "/endpoint?endpointType=%s", NULL},
    {"policy", 2, "PUT", "/domainConfigurations/%s",
     "{\"tlsConfig\":{\"securityPolicy\":\"%s\"}}"},
    {"chain", 2, "PUT", "/chainbreak/chains/%s", "{\"chain\":\"%s\"}"},
    {follow, 0, NULL, NULL, NULL},
};

/* --- Words --- */

static const char about[] =
    "Asks the account that `chainbreak serve --account DIR` serves, or changes "
    "it while it is served. The answer is the control plane's JSON.\v"
    "  list                  its domain configurations\n"
    "  describe NAME         one of them: iot:Data-ATS, or a name of your own\n"
    "  endpoint TYPE         the address of an endpoint type\n"
    "  policy NAME POLICY    another TLS policy, for new connections\n"
    "  chain NAME CHAIN      another chain, for new connections: "
    "SCENARIO/STATE, data-ats, data, a file's name, or default\n"
    "  follow                its connections, line by line, until Ctrl-C";

static error_t parse(int key, char *text, struct argp_state *state)
{
    struct arguments *a = state->input;

    if (key != ARGP_KEY_ARG)
        return ARGP_ERR_UNKNOWN;
    if (a->count == WORDS)
        argp_error(state, "'%s' is one word too many", text);
    a->words[a->count++] = text;
    return 0;
}

/* NULL reported. */
static const struct verb *verb_find(const struct arguments *a)
{
    const char *name = a->count > 1 ? a->words[1] : "";

    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        const struct verb *v = &verbs[i];
        unsigned words = a->count - 2;

        if (strcmp(v->name, name) != 0)
            continue;
        if (words == v->words)
            return v;
        diag("ctl %s: words behind it: %u, not %u", name, v->words, words);
        return NULL;
    }
    if (a->count < 2)
        diag("ctl: say the account's folder and what to do: list, describe, "
             "endpoint, policy, chain or follow");
    else
        diag("ctl: '%s' is not list, describe, endpoint, policy, chain or "
             "follow",
             name);
    return NULL;
}

/* They stand in a request line and in JSON as they are. 0, or -1 reported. */
static int words_check(const struct arguments *a)
{
    static const char set[] = "/" /* not in a path */
                              "abcdefghijklmnopqrstuvwxyz"
                              "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:-";

    for (unsigned i = 2; i < a->count; i++)
        if (a->words[i][0] == '\0' ||
            a->words[i][strspn(a->words[i], i == 2 ? set + 1 : set)] != '\0') {
            diag("ctl: '%s' is no name: letters, digits and _.:- only",
                 a->words[i]);
            return -1;
        }
    return 0;
}

/* A copy of text with its %s, of which there is one at most, replaced. */
static char *fill(const char *text, const char *word)
{
    const char *at = text == NULL ? NULL : strstr(text, "%s");

    if (at == NULL)
        return format("%s", text == NULL ? "" : text);
    return format("%.*s%s%s", (int)(at - text), text, word, at + 2);
}

/* --- The request --- */

/* -1 reported. */
static int connect_to(const char *dir, const char *socket_name, int seconds)
{
    const struct timeval patience = {seconds, 0};
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int n = snprintf(address.sun_path, sizeof address.sun_path,
                     "%s/%s", dir, socket_name);
    int fd;

    if (n < 0 || (size_t)n >= sizeof address.sun_path) {
        diag("%s: the path of a socket has at most %zu bytes", dir,
             sizeof address.sun_path - 1);
        return -1;
    }
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 &&
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) ==
            0 &&
        connect(fd, (const struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    diag("%s: %s; is the account served (chainbreak serve --account %s)?",
         address.sun_path, strerror(errno), dir);
    if (fd >= 0)
        close(fd);
    return -1;
}

/* "HTTP/1.0 200 OK". 0: it is none. */
static int status_of(const char *line)
{
    static const char start[] = "HTTP/1.";

    if (strncmp(line, start, sizeof start - 1) != 0 ||
        strlen(line) < sizeof start + 1)
        return 0;
    return (int)strtol(line + sizeof start, NULL, 10);
}

/* 0, or -1 with nothing reported. */
static int answer_read(FILE *from, struct answer *out)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t size = getline(&line, &room, from);

    out->status = size > 0 ? status_of(line) : 0;
    while (size > 0 && strcmp(line, "\r\n") != 0)
        size = getline(&line, &room, from);
    free(line);
    if (out->status == 0 || size <= 0)
        return -1;
    room = 0;
    /* JSON has no NUL in it. */
    if (getdelim(&out->body, &room, '\0', from) < 0 && ferror(from))
        return -1;
    return 0;
}

/* 0, or -1 reported. */
static int ask(int fd, const char *request, struct answer *out)
{
    size_t size = strlen(request);
    FILE *from = fdopen(fd, "r");
    int status = -1;

    if (from == NULL)
        close(fd);
    else if (send(fd, request, size, MSG_NOSIGNAL) == (ssize_t)size)
        status = answer_read(from, out);
    if (from != NULL)
        fclose(from);
    if (status != 0)
        diag("ctl: the account gave no whole answer");
    return status;
}

static int print(const struct answer *answer)
{
    FILE *to = answer->status == STATUS_OK ? stdout : stderr;

    text_print(to, answer->body == NULL ? "" : answer->body);
    fputc('\n', to);
    return answer->status == STATUS_OK ? EXIT_HELD : EXIT_USAGE_ERROR;
}

/* Line by line, as they come, until the account ends. */
static int follow_lines(const char *dir)
{
    char data[4096];
    ssize_t n;
    int fd = connect_to(dir, "follow.sock", 0);

    if (fd < 0)
        return EXIT_HARNESS;
    while ((n = read(fd, data, sizeof data)) > 0 || (n < 0 && errno == EINTR))
        if (n > 0 && (fwrite(data, 1, (size_t)n, stdout) != (size_t)n ||
                      fflush(stdout) != 0))
            break;
    close(fd);
    return EXIT_HELD;
}

int cmd_ctl(int argc, char **argv)
{
    static const struct argp argp = {
        NULL, parse, "DIR VERB [NAME [POLICY]]", about, NULL, NULL, NULL};
    struct arguments a = {.count = 0};
    const struct verb *v;
    struct answer answer = {0, NULL};
    char *target = NULL, *body = NULL, *request = NULL;
    int status = EXIT_USAGE_ERROR, fd;

    argp_parse(&argp, argc, argv, 0, NULL, &a);
    v = verb_find(&a);
    if (v == NULL || words_check(&a) != 0)
        return EXIT_USAGE_ERROR;
    if (v->name == follow)
        return follow_lines(a.words[0]);
    target = fill(v->target, a.words[2]);
    body = fill(v->body, a.words[3]);
    if (target != NULL && body != NULL)
        request = format("%s %s HTTP/1.0\r\nContent-Length: %zu\r\n\r\n%s",
                         v->method, target, strlen(body), body);
    fd = request == NULL ? -1 : connect_to(a.words[0], "control.sock", SECONDS);
    if (fd >= 0)
        status = ask(fd, request, &answer) == 0 ? print(&answer) : EXIT_HARNESS;
    free(answer.body);
    free(request);
    free(body);
    free(target);
    return status;
}
