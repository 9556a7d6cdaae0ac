/* Stack builds as processes: a crash, a full disk or a library that does not
 * compile ends one of them. */
#include "builds/builds.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "builds/board.h"
#include "builds/compile.h"
#include "builds/log.h"
#include "base/diag.h"
#include "base/file.h"

struct job {
    const struct stack_file *file;
    pid_t pid; /* 0: not running */
    struct timespec began;
    struct timespec program_was; /* time of the program before */
};

static int item_add(struct builds *b, struct stack_file *f)
{
    struct stack_file **grown =
        realloc(b->items, (b->count + 1) * sizeof(struct stack_file *));

    if (!grown) {
        diag("out of memory");
        stack_file_free(f);
        return -1;
    }
    b->items = grown;
    b->items[b->count++] = f;
    return 0;
}

int builds_add(struct builds *b, const char *path)
{
    struct stack_file *f = stack_file_load(path);

    if (!f)
        return -1;
    if (builds_find(b, f->name)) {
        diag("%s: stack: another file has a build called %s too", path,
             f->name);
        stack_file_free(f);
        return -1;
    }
    return item_add(b, f);
}

int builds_load(struct builds *b)
{
    char *folder = format("%s/clients/stacks", home_dir() ? home_dir() : ".");
    char **paths = NULL;
    size_t count = 0;
    int status = folder ? file_find(folder, ".yaml", &paths, &count) : -1;

    for (size_t i = 0; i < count && status == 0; i++)
        b->broken += builds_add(b, paths[i]) != 0;
    strings_free(paths);
    free(folder);
    return status;
}

const struct stack_file *builds_find(const struct builds *b, const char *name)
{
    for (size_t i = 0; i < b->count; i++)
        if (!strcmp(b->items[i]->name, name))
            return b->items[i];
    return NULL;
}

void builds_clear(struct builds *b)
{
    for (size_t i = 0; i < b->count; i++)
        stack_file_free(b->items[i]);
    free(b->items);
    *b = (struct builds){0};
}

static char *inside(const char *name, const char *file)
{
    char *folder = compile_folder(name);
    char *path = folder ? format("%s/%s", folder, file) : NULL;

    free(folder);
    return path;
}

static struct timespec time_of(const char *name)
{
    char *path = compile_program(name);
    struct stat st;
    int there = path && stat(path, &st) == 0;

    free(path);
    return there ? st.st_mtim : (struct timespec){0};
}

/* Two processes may make the same build: the second waits, and finds it up to
 * date. The lock goes with the last process that has it open, so that a
 * compiler that is being stopped still keeps the next build out. */
static int folder_lock(const char *name)
{
    char *path = inside(name, "lock");
    int fd = path ? open(path, O_CREAT | O_RDWR, 0644) : -1;

    while (fd >= 0 && flock(fd, LOCK_EX) != 0 && errno == EINTR)
        continue;
    free(path);
    return fd;
}

/* The whole of a build's process: its log is its stdout and stderr. It ends
 * with its parent. */
static void child_run(const struct stack_file *f)
{
    char *log = inside(f->name, "log");
    int fd = -1, none = open("/dev/null", O_RDONLY);

    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (log && folder_lock(f->name) >= 0)
        fd = open(log, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (fd < 0 || none < 0) {
        diag("%s: %s", log ? log : f->name, strerror(errno));
        _exit(1);
    }
    fflush(stdout);
    dup2(none, 0);
    dup2(fd, 1);
    dup2(fd, 2);
    _exit(compile_run(f) ? 1 : 0);
}

/* A checkout that cannot be written to is told here: a log would not be. */
static int folder_make(const char *name)
{
    char *folder = compile_folder(name);
    int status = folder ? file_mkdirs(folder, 0755) : -1;

    if (status == 0 && access(folder, W_OK) != 0) {
        diag("%s: %s", folder, strerror(errno));
        status = -1;
    }
    free(folder);
    return status;
}

static int job_start(struct job *j, const struct stack_file *f)
{
    if (folder_make(f->name))
        return -1;
    j->file = f;
    j->program_was = time_of(f->name);
    clock_gettime(CLOCK_MONOTONIC, &j->began);
    fflush(stdout);
    j->pid = fork();
    if (j->pid == 0)
        child_run(f);
    if (j->pid > 0)
        return 0;
    diag("%s: cannot be built: %s", f->name, strerror(errno));
    j->pid = 0;
    return -1;
}

static void failure_keep(const char *name, const char *why)
{
    char *path = inside(name, "failed"), *program = compile_program(name);

    if (program)
        unlink(program);
    if (path)
        file_write(path, 0644, why, strlen(why));
    free(path);
    free(program);
}

char *builds_failure(const char *name)
{
    return compile_text(name, "failed");
}

static void job_fail(const struct job *j)
{
    char *path = inside(j->file->name, "log");
    char *why = path ? log_cause(path) : NULL, *line;

    line = format("%s; log: %s", why ? why : "it ended without a word",
                  path ? path : "-");
    failure_keep(j->file->name, line ? line : "out of memory");
    printf("%-20s not built: %s\n", j->file->name, line ? line : "");
    free(line);
    free(path);
    free(why);
}

/* An SDK's header may define what matters: nobody should have to look for it.
 */
static void tell_empty_headers(const char *name)
{
    char *headers = board_empty_headers(name);

    if (headers)
        printf("%-20s empty files stand for %s: what these headers define is "
               "not in the build; --include gives the real ones\n",
               name, headers);
    free(headers);
}

static void job_succeed(const struct job *j)
{
    char *path = inside(j->file->name, "failed");
    struct timespec now, program = time_of(j->file->name);

    clock_gettime(CLOCK_MONOTONIC, &now);
    if (path)
        unlink(path);
    free(path);
    if (program.tv_sec == j->program_was.tv_sec &&
        program.tv_nsec == j->program_was.tv_nsec)
        printf("%-20s up to date\n", j->file->name);
    else
        printf("%-20s built in %.1f s\n", j->file->name,
               (double)(now.tv_sec - j->began.tv_sec) +
                   (double)(now.tv_nsec - j->began.tv_nsec) / 1e9);
    tell_empty_headers(j->file->name);
}

/* Waits for one of them; 1 if it failed. */
static size_t job_wait(struct job *jobs, size_t count, size_t *lacking)
{
    int status = 0, built;
    pid_t pid = wait(&status);

    for (size_t i = 0; i < count; i++) {
        if (pid <= 0 || jobs[i].pid != pid)
            continue;
        jobs[i].pid = 0;
        built = status == 0 && time_of(jobs[i].file->name).tv_sec;
        *lacking += status == 0 && !built;
        if (built)
            job_succeed(&jobs[i]);
        else
            job_fail(&jobs[i]);
        return status != 0;
    }
    return 0;
}

static struct job *job_free(struct job *jobs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!jobs[i].pid)
            return &jobs[i];
    return NULL;
}

size_t builds_run(const struct builds *b,
                  int (*wanted)(const struct stack_file *f), size_t *lacking)
{
    enum { MOST = 64 };
    struct job jobs[MOST] = {0};
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    size_t room = cores < 1 ? 1 : cores > MOST ? MOST : (size_t)cores;
    size_t failed = 0;

    *lacking = 0;
    for (size_t i = 0; i < b->count; i++) {
        struct job *j;

        if (wanted && !wanted(b->items[i]))
            continue;
        while (!(j = job_free(jobs, room)))
            failed += job_wait(jobs, room, lacking);
        failed += job_start(j, b->items[i]) != 0;
    }
    for (size_t i = 0; i < room; i++)
        while (jobs[i].pid)
            failed += job_wait(jobs, room, lacking);
    return failed;
}
