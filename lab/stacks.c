/* Finds shim programs and asks them what they are. */
#include "lab/stacks.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "builds/builds.h"
#include "base/diag.h"
#include "base/file.h"
#include "model/client.h"
#include "model/plan.h"
#include "model/stack_codec.h"

enum { DESCRIBE_MS = 20000, DESCRIPTION_MAX = 1 << 20 };

extern char **environ;

struct stacks *stacks_new(void)
{
    struct stacks *s = calloc(1, sizeof *s);

    if (!s)
        diag("out of memory");
    return s;
}

void stacks_free(struct stacks *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->count; i++) {
        free(s->items[i].name);
        free(s->items[i].program);
        free(s->items[i].client);
        free(s->items[i].reason);
        stack_description_free(s->items[i].described);
    }
    free(s->items);
    free(s);
}

/* The folder of the running program; malloc'd. */
static char *own_folder(void)
{
    char self[4096];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    char *slash;

    if (n <= 0)
        return NULL;
    self[n] = '\0';
    slash = strrchr(self, '/');
    if (slash)
        *slash = '\0';
    return strdup(self);
}

/* The folder of the shims; malloc'd. */
static char *folder_find(void)
{
    const char *named = getenv("CHAINBREAK_SHIMS");

    return named && *named ? strdup(named) : own_folder();
}

static char *program_find(const char *name)
{
    char *folder = folder_find();
    char *path = folder ? format("%s/shim-%s", folder, name) : NULL;

    free(folder);
    if (path && access(path, X_OK) == 0)
        return path;
    free(path);
    return NULL;
}

const struct stack *stacks_find(const struct stacks *s, const char *name)
{
    for (size_t i = 0; i < s->count; i++)
        if (!strcmp(s->items[i].name, name))
            return &s->items[i];
    return NULL;
}

/* The driver of clients is ours: beside the running program, wherever the shims
 * are. */
static char *driver_find(void)
{
    char *folder = own_folder();
    char *path = folder ? format("%s/command-client", folder) : NULL;

    free(folder);
    if (path && access(path, X_OK) == 0)
        return path;
    free(path);
    return NULL;
}

static char *ready_path(const char *name)
{
    char *path = format("%s/clients/command/%s.yaml",
                        home_dir() ? home_dir() : ".", name);

    if (path && file_exists(path))
        return path;
    free(path);
    return NULL;
}

/* Takes the file. 0 or -1, reported. */
static int client_attach(struct stack *st, char *file)
{
    struct client *c = client_load(file);
    char *lacking;
    int status = -1;

    st->client = file;
    if (!c)
        return -1;
    if (strcmp(c->name, st->name) != 0) {
        diag("%s: client: %s: must be %s, as the file is called", file, c->name,
             st->name);
        goto out;
    }
    lacking = client_lacking(c);
    if (lacking)
        st->reason = format("needs %s", lacking);
    else
        st->program = driver_find();
    free(lacking);
    status = 0;
out:
    client_free(c);
    return status;
}

/* Of a file that gives itself the name of another client or of a stack. */
static int taken_tell(const char *client, const char *name, const char *by)
{
    diag("%s: the client's name %s is taken by %s; give it one of its own with "
         "`client:`",
         client, name, by);
    return -1;
}

/* It comes by itself: what serves it is all there is to build. */
static int board_fill(struct stack *st)
{
    static const char description[] =
        "{\"stack\":\"" BOARD_STACK "\",\"family\":\"" BOARD_STACK
        "\",\"version\":\"as it is\",\"configuration\":{},\"features\":[],"
        "\"limits\":{},\"emulates\":[],\"protocol\":1}";
    char *folder = own_folder();

    st->program = folder ? format("%s/chainbreak", folder) : NULL;
    free(folder);
    st->described =
        stack_decode(description, sizeof description - 1, BOARD_STACK);
    return st->program && st->described ? 0 : -1;
}

static int stack_fill(struct stack *st, const char *client)
{
    char *file, *shim;

    if (strchr(st->name, '/'))
        return 0;
    if (!strcmp(st->name, BOARD_STACK))
        return board_fill(st);
    shim = program_find(st->name);
    if (client && shim) {
        free(shim);
        return taken_tell(client, st->name, "a stack build");
    }
    st->program = shim;
    if (shim)
        return 0;
    file = client ? strdup(client) : ready_path(st->name);
    if (file)
        return client_attach(st, file);
    st->reason = builds_failure(st->name);
    return 0;
}

static int known_check(const struct stack *st, const char *client)
{
    if (!client || (st->client && !strcmp(st->client, client)))
        return 0;
    return taken_tell(client, st->name,
                      st->client ? st->client : "a stack build");
}

int stacks_add_client(struct stacks *s, const char *name, const char *client)
{
    const struct stack *known = stacks_find(s, name);
    struct stack *grown;

    if (known)
        return known_check(known, client);
    grown = realloc(s->items, (s->count + 1) * sizeof *grown);
    if (grown)
        s->items = grown;
    if (!grown) {
        diag("out of memory");
        return -1;
    }
    grown += s->count;
    *grown = (struct stack){.name = strdup(name)};
    if (!grown->name) {
        diag("out of memory");
        return -1;
    }
    s->count++;
    return stack_fill(grown, client);
}

int stacks_add(struct stacks *s, const char *name)
{
    return stacks_add_client(s, name, NULL);
}

int stacks_add_ready(struct stacks *s)
{
    char *folder = format("%s/clients/command", home_dir() ? home_dir() : ".");
    char **files = NULL;
    size_t count = 0;
    int status = -1;

    if (!folder || file_find(folder, ".yaml", &files, &count))
        goto out;
    status = 0;
    for (size_t i = 0; i < count && status == 0; i++) {
        const char *base = strrchr(files[i], '/') + 1;
        char *name = strndup(base, strlen(base) - strlen(".yaml"));

        status = name ? stacks_add(s, name) : -1;
        free(name);
    }
out:
    strings_free(files);
    free(folder);
    return status;
}

static int is_shim(const struct dirent *e)
{
    return !strncmp(e->d_name, "shim-", 5) && e->d_name[5] != '\0';
}

int stacks_add_built(struct stacks *s)
{
    char *folder = folder_find();
    struct dirent **found = NULL;
    int n = folder ? scandir(folder, &found, is_shim, alphasort) : -1;
    int status = 0;

    for (int i = 0; i < n; i++) {
        if (status == 0)
            status = stacks_add(s, found[i]->d_name + 5);
        free(found[i]);
    }
    free(found);
    free(folder);
    return status;
}

static int spawn_describe(const struct stack *st, pid_t *pid, int *out)
{
    const char *program = st->program;
    char *argv[] = {st->program, "--describe", st->client, NULL};
    posix_spawn_file_actions_t actions;
    int fds[2], error;

    if (pipe2(fds, O_CLOEXEC) != 0) {
        diag("pipe: %s", strerror(errno));
        return -1;
    }
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, fds[1], 1);
    error = posix_spawn(pid, program, &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(fds[1]);
    if (error) {
        diag("%s: cannot be started: %s", program, strerror(error));
        close(fds[0]);
        return -1;
    }
    *out = fds[0];
    return 0;
}

static long long now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Waits for the end of a child, without taking its status. */
static int has_ended(pid_t pid, long long ms)
{
    int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    struct pollfd p = {fd, POLLIN, 0};
    int ended = fd < 0 || poll(&p, 1, ms > 0 ? (int)ms : 0) > 0;

    if (fd >= 0)
        close(fd);
    return ended;
}

/* What the program writes until it closes its end, or its time is over: then it
 * is killed. malloc'd; NULL if it gave nothing in time. */
static char *answer_read(int fd, pid_t pid, size_t *size)
{
    long long end = now_ms() + DESCRIBE_MS, left;
    struct pollfd p = {fd, POLLIN, 0};
    char *text = malloc(DESCRIPTION_MAX);
    ssize_t n = 1;

    *size = 0;
    while (text && n > 0 && *size < DESCRIPTION_MAX) {
        left = end - now_ms();
        n = left > 0 && poll(&p, 1, (int)left) > 0
                ? read(fd, text + *size, DESCRIPTION_MAX - *size)
                : -1;
        *size += n > 0 ? (size_t)n : 0;
    }
    if (text && n == 0 && has_ended(pid, end - now_ms()))
        return text;
    kill(pid, SIGKILL);
    free(text);
    return NULL;
}

static int describe(struct stack *st)
{
    size_t size = 0;
    char *text, *name;
    pid_t pid;
    int fd, status = 0;

    if (spawn_describe(st, &pid, &fd))
        return -1;
    text = answer_read(fd, pid, &size);
    close(fd);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    if (!text) {
        diag("%s --describe: it gave no whole description within %d s",
             st->program, DESCRIBE_MS / 1000);
        return -1;
    }
    name = format("%s --describe", st->program);
    if (status != 0)
        diag("%s --describe: no description came, status %d", st->program,
             status);
    else if (name)
        st->described = stack_decode(text, size, name);
    free(name);
    free(text);
    return st->described ? 0 : -1;
}

int stacks_describe(struct stacks *s)
{
    for (size_t i = 0; i < s->count; i++)
        if (s->items[i].program && !s->items[i].described &&
            describe(&s->items[i]))
            return -1;
    return 0;
}

int stacks_has(const struct stack *stack, const char *feature)
{
    return stack->described && stack_description_has(stack->described, feature);
}

const char *stacks_family(const struct stack *stack)
{
    return stack->described ? stack->described->family : NULL;
}

size_t stacks_built(const struct stacks *s)
{
    size_t n = 0;

    for (size_t i = 0; i < s->count; i++)
        n += s->items[i].program != NULL;
    return n;
}
