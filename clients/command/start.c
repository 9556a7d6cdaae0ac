/* The command as a process. It leads a group of its own, so that all of what it
 * starts can be ended, and it dies with this program. */
#include "clients/command/start.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "clients/command/environment.h"
#include "clients/command/guard.h"

enum { READS = 64 };

static void clock_set(int64_t clock)
{
    time_t at = (time_t)clock;
    struct tm tm;
    char text[64];

    if (!gmtime_r(&at, &tm) ||
        strftime(text, sizeof text, "@%Y-%m-%d %H:%M:%S", &tm) == 0)
        _exit(127);
    setenv("TZ", "UTC0", 1);
    setenv("FAKETIME", text, 1);
    setenv("FAKETIME_DONT_FAKE_MONOTONIC", "1", 1);
}

static int variables_set(const struct start_how *how)
{
    if (environment_set(how->environment, how->environment_count))
        return -1;
    if (*how->preload)
        setenv("LD_PRELOAD", how->preload, 1);
    if (how->hosts)
        setenv("NSS_WRAPPER_HOSTS", how->hosts, 1);
    if (how->faked)
        clock_set(how->clock);
    return 0;
}

/* In the child; never returns. */
static void child_run(const struct start_how *how, int in, int out)
{
    static const char failed[] = "the program cannot be started\n";

    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGPIPE, SIG_DFL);
    if (dup2(in, 0) >= 0 && dup2(out, 1) >= 0 && dup2(out, 2) >= 0 &&
        variables_set(how) == 0)
        execvp(how->program, how->argv);
    if (write(2, failed, sizeof failed - 1) < 0)
        _exit(126);
    _exit(127);
}

/* A descriptor that gives the input and then ends; it fits into a pipe. */
static int input_open(const char *input)
{
    int fds[2];
    size_t size = input ? strlen(input) : 0;

    if (size == 0)
        return open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (size > PIPE_BUF) {
        errno = EFBIG;
        return -1;
    }
    if (pipe2(fds, O_CLOEXEC) != 0)
        return -1;
    if (write(fds[1], input, size) != (ssize_t)size) {
        close(fds[0]);
        fds[0] = -1;
    }
    close(fds[1]);
    return fds[0];
}

int start_begin(struct start *s, const struct start_how *how)
{
    int in = input_open(how->input), out[2] = {-1, -1};
    int status = -1;

    *s = (struct start){.ended = -1, .output = -1};
    if (in < 0 || pipe2(out, O_CLOEXEC) != 0)
        goto out;
    s->output = out[0];
    if (fcntl(out[0], F_SETFL, O_NONBLOCK) != 0)
        goto out;
    s->pid = fork();
    if (s->pid == 0)
        child_run(how, in, out[1]);
    if (s->pid < 0) {
        s->pid = 0;
        goto out;
    }
    /* Both sides do it: whoever comes first. */
    setpgid(s->pid, s->pid);
    guard_watch(s->pid);
    s->ended = pidfd_open(s->pid, 0);
    status = s->ended < 0 ? -1 : 0;
out:
    if (in >= 0)
        close(in);
    if (out[1] >= 0)
        close(out[1]);
    return status;
}

/* Keeps the last START_OUTPUT bytes: cut anywhere, they must still be UTF-8. */
static void keep(struct start *s, const char *data, size_t size)
{
    size_t over;

    if (size > START_OUTPUT) {
        data += size - START_OUTPUT;
        size = START_OUTPUT;
    }
    over = s->size + size > START_OUTPUT ? s->size + size - START_OUTPUT : 0;
    memmove(s->text, s->text + over, s->size - over);
    s->size -= over;
    for (size_t i = 0; i < size; i++)
        s->text[s->size++] = data[i] > 0 ? data[i] : '?';
    s->text[s->size] = '\0';
}

/* A command that never stops writing must not keep the caller from its
 * deadline: what was not read is there the next time. */
void start_read(struct start *s)
{
    char data[4096];

    for (int turns = 0; turns < READS && s->output >= 0; turns++) {
        ssize_t n = read(s->output, data, sizeof data);

        if (n > 0) {
            keep(s, data, (size_t)n);
            s->written += (size_t)n;
        } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
            close(s->output);
            s->output = -1;
        } else if (errno == EAGAIN) {
            return;
        }
    }
}

void start_wait(struct start *s, int timeout_ms)
{
    struct pollfd p = {.fd = s->ended, .events = POLLIN};

    while (poll(&p, 1, timeout_ms) < 0 && errno == EINTR)
        continue;
}

void start_end(struct start *s)
{
    if (s->pid > 0) {
        /* The leader is not waited for yet, so the group's id is still ours. */
        kill(-s->pid, SIGKILL);
        while (waitpid(s->pid, &s->status, 0) < 0 && errno == EINTR)
            continue;
        guard_watch(0);
        s->pid = 0;
    }
    start_read(s);
    if (s->output >= 0)
        close(s->output);
    if (s->ended >= 0)
        close(s->ended);
    s->output = s->ended = -1;
}
