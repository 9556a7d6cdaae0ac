/* --trigger: a command of the bench that makes a board connect again: a relay,
 * a power socket, a debugger. */
#include "board/bench.h"

#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/diag.h"
#include "base/quantity.h"

extern char **environ;

void trigger_reap(struct bench *b, size_t board, int kills)
{
    pid_t pid = b->seats[board].triggered;

    if (pid == 0)
        return;
    if (kills)
        kill(-pid, SIGKILL);
    if (waitpid(pid, NULL, kills ? 0 : WNOHANG) != 0)
        b->seats[board].triggered = 0;
}

void trigger_run(struct bench *b, size_t board)
{
    const struct course *c = &b->seats[board].course;
    const struct step *s = &b->steps.items[c->step];
    char sh[] = "/bin/sh", flag[] = "-c", at[32], port[16];
    char *argv[] = {sh, flag, (char *)b->options->trigger, NULL};
    posix_spawnattr_t attributes;
    pid_t pid;
    int error;

    if (b->options->trigger == NULL || course_is_over(c))
        return;
    trigger_reap(b, board, 1);
    snprintf(port, sizeof(port), "%d", b->port);
    setenv("CHAINBREAK_BOARD", b->boards[board].name, 1);
    setenv("CHAINBREAK_STEP", s->title, 1);
    setenv("CHAINBREAK_NOW", time_format(s->trial->now, at), 1);
    setenv("CHAINBREAK_PORT", port, 1);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    posix_spawnattr_setpgroup(&attributes, 0);
    error = posix_spawn(&pid, sh, NULL, &attributes, argv, environ);
    posix_spawnattr_destroy(&attributes);
    if (error != 0)
        diag("--trigger: %s", strerror(error));
    else
        b->seats[board].triggered = (int)pid;
}
