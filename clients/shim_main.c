/* The shim program: job lines in, answer lines out. The stack is the one that
 * was linked in. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "clients/shim.h"
#include "clients/shim_lines.h"
#include "clients/shim_map.h"
#include "clients/shim_record.h"
#include "clients/shim_run.h"
#include "base/diag.h"

static const char *program_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

/* The program's file name says which stack build it is: "shim-NAME". */
static const char *stack_name(const char *program)
{
    return strncmp(program, "shim-", 5) == 0 ? program + 5 : program;
}

static void job_run(struct shim_job *job, struct shim_answer *answer)
{
    shim_run_job(&shim_stack, job, answer);
}

static int jobs_run(void)
{
    int status = shim_lines_run(job_run);

    shim_run_clear();
    return status;
}

static int usage(int status)
{
    fprintf(status ? stderr : stdout,
            "usage: shim-<stack build> [--describe | --codes]\n"
            "Reads one JSON job per line on stdin and answers each with one "
            "line on stdout.\n");
    return status;
}

static json_t *document(const char *option, const char *program)
{
    if (!strcmp(option, "--codes"))
        return shim_record_codes(&shim_stack);
    return shim_record_describe(stack_name(program), &shim_stack);
}

int main(int argc, char **argv)
{
    struct shim_why why;
    const char *program = program_name(argc ? argv[0] : "shim");
    const char *option = argc == 2 ? argv[1] : NULL;

    diag_program(program);
    shim_map_clear(&why, STAGE_SETUP);
    if (option && !strcmp(option, "--help"))
        return usage(EXIT_HELD);
    if (argc > 2 || (option && strcmp(option, "--describe") != 0 &&
                     strcmp(option, "--codes") != 0))
        return usage(EXIT_USAGE_ERROR);
    /* A peer, or the runner, that goes away is an error of one call. */
    if (signal(SIGPIPE, SIG_IGN) == SIG_ERR || shim_stack.init(&why) == -1) {
        diag("start: %s", why.native_text);
        return EXIT_HARNESS;
    }
    if (!option)
        return jobs_run();
    return shim_lines_write(document(option, program)) == -1 ? EXIT_HARNESS
                                                             : EXIT_HELD;
}
