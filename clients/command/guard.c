/* One end of a pipe is this program's alone: its end of file is this program's
 * end. */
#include "clients/command/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

static int to_guard = -1;

/* Never returns. A signal that is meant for all of a terminal's job, or for the
 * group of the runner's workers, must not end it first. */
static void guard_run(int from)
{
    pid_t group = 0;

    setsid();
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    for (int fd = 0; fd < 3; fd++)
        close(fd);
    for (;;) {
        pid_t next;
        ssize_t n = read(from, &next, sizeof next);

        if (n == (ssize_t)sizeof next)
            group = next;
        else if (n >= 0 || errno != EINTR)
            break;
    }
    if (group > 0)
        kill(-group, SIGKILL);
    _exit(0);
}

int guard_start(void)
{
    int fds[2];
    pid_t pid;

    if (pipe2(fds, O_CLOEXEC) != 0)
        return -1;
    pid = fork();
    if (pid == 0) {
        close(fds[1]);
        guard_run(fds[0]);
    }
    close(fds[0]);
    if (pid < 0) {
        close(fds[1]);
        return -1;
    }
    to_guard = fds[1];
    return 0;
}

void guard_watch(pid_t group)
{
    if (to_guard >= 0 && write(to_guard, &group, sizeof group) < 0)
        return; /* it is gone: the command still dies with this program */
}
