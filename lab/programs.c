/* The dynamic linker itself is asked what a program loads (what ldd does), so
 * that nothing of its rules is written here again. */
#include "lab/programs.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"
#include "lab/map.h"
#include "lab/stacks.h"
#include "model/client.h"

extern char **environ;

struct programs {
    FILE *text;
    struct map seen; /* paths */
    int failed;
};

/* Over words, for speed: told apart is what differs, not proved the same. */
static uint64_t hash_add(uint64_t h, const uint8_t *data, size_t size)
{
    uint64_t word;

    for (; size >= sizeof word; data += sizeof word, size -= sizeof word) {
        memcpy(&word, data, sizeof word);
        h = (h ^ word) * 1099511628211u;
        h ^= h >> 29;
    }
    for (; size > 0; size--)
        h = (h ^ *data++) * 1099511628211u;
    return h;
}

/* 1: it is new. */
static int is_new(struct programs *p, const char *path)
{
    void **place = map_place(&p->seen, path, strlen(path));

    if (!place) {
        p->failed = 1;
        return 0;
    }
    if (*place)
        return 0;
    *place = p;
    return 1;
}

static void add_file(struct programs *p, const char *path)
{
    static uint8_t buffer[1 << 16];
    uint64_t h = 14695981039346656037u;
    size_t size = 0, n;
    FILE *f = is_new(p, path) ? fopen(path, "re") : NULL;

    if (!f)
        return; /* what is not there is not run */
    while ((n = fread(buffer, 1, sizeof buffer, f)) > 0) {
        h = hash_add(h, buffer, n);
        size += n;
    }
    fclose(f);
    fprintf(p->text, "%s %zu %016" PRIx64 "\n", path, size, h);
}

/* "\tlibc.so.6 => /lib/libc.so.6 (0x7f...)", or without the arrow. */
static void add_line(struct programs *p, char *line)
{
    char *path = strchr(line, '/'), *end = path ? strstr(path, " (0x") : NULL;

    if (!end)
        return;
    *end = '\0';
    add_file(p, path);
}

static char **tracing_environment(void)
{
    static char trace[] = "LD_TRACE_LOADED_OBJECTS=1";
    size_t n = 0;
    char **list;

    while (environ[n])
        n++;
    list = malloc((n + 2) * sizeof *list);
    if (!list)
        return NULL;
    memcpy(list, environ, n * sizeof *list);
    list[n] = trace;
    list[n + 1] = NULL;
    return list;
}

static int spawn(const char *program, int out, pid_t *pid)
{
    static char describe[] = "--describe";
    char *argv[] = {(char *)program, describe, NULL};
    char **environment = tracing_environment();
    posix_spawn_file_actions_t actions;
    int error;

    if (!environment)
        return ENOMEM;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, out, 1);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    error = posix_spawnp(pid, program, &actions, NULL, argv, environment);
    posix_spawn_file_actions_destroy(&actions);
    free(environment);
    return error;
}

static void add_libraries(struct programs *p, const char *program)
{
    int ends[2];
    char *line = NULL;
    size_t room = 0;
    pid_t pid;
    FILE *f;

    if (pipe2(ends, O_CLOEXEC) != 0) {
        p->failed = 1;
        return;
    }
    if (spawn(program, ends[1], &pid) != 0) {
        close(ends[0]);
        close(ends[1]);
        return; /* the run itself will say so */
    }
    close(ends[1]);
    f = fdopen(ends[0], "r");
    while (f && getline(&line, &room, f) > 0)
        add_line(p, line);
    if (f)
        fclose(f);
    else
        close(ends[0]);
    free(line);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        continue;
}

/* The first of $PATH, as the C library looks for a program. */
static void add_found(struct programs *p, const char *word)
{
    const char *path = getenv("PATH");
    char *copy = strdup(path ? path : "/usr/bin:/bin"), *save = NULL;

    if (strchr(word, '/')) {
        add_file(p, word);
        add_libraries(p, word);
    }
    for (char *dir = strtok_r(copy, ":", &save); dir && !strchr(word, '/');
         dir = strtok_r(NULL, ":", &save)) {
        char *full = format("%s/%s", dir, word);
        int found = full && access(full, X_OK) == 0;

        if (found) {
            add_file(p, full);
            add_libraries(p, full);
        }
        free(full);
        if (found)
            break;
    }
    free(copy);
}

static void add_client(struct programs *p, const char *file)
{
    struct client *c = client_load(file);

    add_file(p, file);
    if (c && c->command.count > 0)
        add_found(p, c->command.items[0]);
    client_free(c);
}

char *programs_text(const struct stacks *s)
{
    char *text = NULL;
    size_t size = 0;
    struct programs p = {.text = open_memstream(&text, &size)};

    if (!p.text) {
        diag("out of memory");
        return NULL;
    }
    for (size_t i = 0; i < s->count; i++) {
        const struct stack *stack = &s->items[i];

        if (!stack->program)
            continue;
        fprintf(p.text, "%s\n", stack->name);
        add_file(&p, stack->program);
        add_libraries(&p, stack->program);
        if (stack->client)
            add_client(&p, stack->client);
    }
    map_drop(&p.seen, NULL);
    if (fclose(p.text) == 0 && !p.failed)
        return text;
    diag("out of memory");
    free(text);
    return NULL;
}
