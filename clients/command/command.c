/* The program command-client: the shim contract (docs/record.md) for any client
 * that is started by a command line. Knows no client; all of one is in its
 * file. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "clients/command/guard.h"
#include "clients/command/session.h"
#include "clients/command/setup.h"
#include "clients/shim_lines.h"
#include "base/diag.h"

static struct setup setup;

static void job_run(struct shim_job *job, struct shim_answer *answer)
{
    session_run(&setup, job, answer);
}

static int jobs_run(void)
{
    if (guard_start() == 0)
        return shim_lines_run(job_run);
    diag("no second process can be started: %s", strerror(errno));
    return EXIT_HARNESS;
}

static int usage(int status)
{
    fprintf(status ? stderr : stdout,
            "usage: command-client [--describe] CLIENT-FILE\n"
            "Reads one JSON job per line on stdin, starts the client of the "
            "file for each, and\nanswers each with one line on stdout.\n");
    return status;
}

int main(int argc, char **argv)
{
    const char *option = argc > 1 ? argv[1] : "";
    int describe = !strcmp(option, "--describe");
    int status = EXIT_HARNESS;

    diag_program("command-client");
    if (!strcmp(option, "--help"))
        return usage(EXIT_HELD);
    if (argc != 2 + describe || (!describe && *option == '-'))
        return usage(EXIT_USAGE_ERROR);
    /* A peer, or the runner, that goes away is an error of one call. */
    if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
        return EXIT_HARNESS;
    if (setup_init(&setup, argv[1 + describe]))
        status = EXIT_USAGE_ERROR;
    else if (!describe)
        status = jobs_run();
    else if (shim_lines_write(setup_describe(&setup)) == 0)
        status = EXIT_HELD;
    setup_clear(&setup);
    return status;
}
