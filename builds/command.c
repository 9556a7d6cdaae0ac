/* fork and exec, with make's own variables taken out: a build that make starts
 * is not part of that make's job server. */
#include "builds/command.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"

static pid_t start(const char *dir, const char *const *argv, int out)
{
    pid_t pid = fork();

    if (pid != 0)
        return pid;
    /* A compiler does not outlive the build that was stopped. */
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    unsetenv("MAKEFLAGS");
    unsetenv("MFLAGS");
    unsetenv("MAKELEVEL");
    if (out >= 0)
        dup2(open("/dev/null", O_WRONLY), 2);
    if ((dir && chdir(dir) != 0) || (out >= 0 && dup2(out, 1) < 0))
        _exit(127);
    execvp(argv[0], (char *const *)argv);
    _exit(127);
}

static int finish(pid_t pid)
{
    int status = 0;

    if (pid < 0)
        return 127;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return 127;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int command_run(const char *dir, const char *const *argv)
{
    return finish(start(dir, argv, -1));
}

int command_log(const char *log, const char *const *argv)
{
    int fd = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    pid_t pid = fd < 0 ? -1 : fork();

    if (pid == 0) {
        dup2(fd, 1);
        dup2(fd, 2);
        execvp(argv[0], (char *const *)argv);
        _exit(127);
    }
    if (fd >= 0)
        close(fd);
    return finish(pid);
}

static char *read_all(int fd)
{
    FILE *stream = fdopen(fd, "r");
    char *text = NULL;
    size_t room = 0;

    if (!stream) {
        close(fd);
        return NULL;
    }
    if (getdelim(&text, &room, '\0', stream) < 0 && text)
        *text = '\0';
    fclose(stream);
    return text;
}

char *command_read(const char *const *argv)
{
    char *text;
    int fds[2];
    pid_t pid;

    if (pipe2(fds, O_CLOEXEC) != 0)
        return NULL;
    pid = start(NULL, argv, fds[1]);
    close(fds[1]);
    text = read_all(fds[0]);
    if (finish(pid) == 0)
        return text;
    free(text);
    return NULL;
}

int command_exists(const char *name)
{
    const char *at = getenv("PATH");
    int found = 0;

    if (strchr(name, '/'))
        return access(name, X_OK) == 0;
    while (at && *at && !found) {
        size_t n = strcspn(at, ":");
        char *path = format("%.*s/%s", (int)n, at, name);

        found = path && access(path, X_OK) == 0;
        free(path);
        at += n + (at[n] == ':');
    }
    return found;
}
