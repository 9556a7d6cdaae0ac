/* Finds shim programs and asks them what they are. */
#include "runner/stacks.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/diag.h"
#include "core/file.h"

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
        json_decref(s->items[i].described);
    }
    free(s->items);
    free(s);
}

/* The folder of the shims; malloc'd. */
static char *folder_find(void)
{
    const char *named = getenv("CHAINBREAK_SHIMS");
    char self[4096];
    ssize_t n;
    char *slash;

    if (named && *named)
        return strdup(named);
    n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (n <= 0)
        return NULL;
    self[n] = '\0';
    slash = strrchr(self, '/');
    if (slash)
        *slash = '\0';
    return strdup(self);
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

int stacks_add(struct stacks *s, const char *name)
{
    struct stack *grown;

    if (stacks_find(s, name))
        return 0;
    grown = realloc(s->items, (s->count + 1) * sizeof *grown);
    if (grown)
        s->items = grown;
    if (!grown || !(grown[s->count].name = strdup(name))) {
        diag("out of memory");
        return -1;
    }
    grown[s->count].program = strchr(name, '/') ? NULL : program_find(name);
    grown[s->count].described = NULL;
    s->count++;
    return 0;
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

static int spawn_describe(const char *program, pid_t *pid, int *out)
{
    char *argv[] = {(char *)program, "--describe", NULL};
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

static int describe(struct stack *st)
{
    json_error_t error;
    FILE *stream;
    pid_t pid;
    int fd, status = 0;

    if (spawn_describe(st->program, &pid, &fd))
        return -1;
    stream = fdopen(fd, "r");
    if (stream) {
        st->described = json_loadf(stream, 0, &error);
        fclose(stream);
    } else {
        close(fd);
    }
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    if (!json_is_object(st->described) || status != 0) {
        diag("%s --describe: no description came, status %d", st->program,
             status);
        return -1;
    }
    return 0;
}

int stacks_describe(struct stacks *s)
{
    for (size_t i = 0; i < s->count; i++)
        if (s->items[i].program && !s->items[i].described &&
            describe(&s->items[i]))
            return -1;
    return 0;
}

size_t stacks_built(const struct stacks *s)
{
    size_t n = 0;

    for (size_t i = 0; i < s->count; i++)
        n += s->items[i].program != NULL;
    return n;
}
