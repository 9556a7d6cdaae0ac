/* The shim program: job lines in, answer lines out. The stack is the one that
 * was linked in. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clients/shim.h"
#include "clients/shim_job.h"
#include "clients/shim_map.h"
#include "clients/shim_record.h"
#include "clients/shim_run.h"
#include "core/diag.h"

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

/* Prints and frees one document as a line. 0, or -1 reported. */
static int line_write(json_t *document)
{
    char *text = document ? json_dumps(document, JSON_COMPACT) : NULL;
    int r = -1;

    if (!text)
        diag("out of memory for an answer");
    else if (puts(text) == EOF || fflush(stdout) == EOF)
        diag("stdout: %s", strerror(errno));
    else
        r = 0;
    free(text);
    json_decref(document);
    return r;
}

/* Reads a line without its end. 1; 0 at end of file; the rest of a line that
 * is longer than the buffer is dropped and *size set to room + 1. */
static int line_read(char *line, size_t room, size_t *size)
{
    int c;

    *size = 0;
    while ((c = getc_unlocked(stdin)) != EOF && c != '\n') {
        if (*size < room)
            line[*size] = (char)c;
        if (*size <= room)
            ++*size;
    }
    return c != EOF || *size > 0;
}

static int job_answer(const char *line, size_t size)
{
    static struct shim_job job;
    struct shim_answer answer;
    int r;

    if (size > SHIM_JOB_LINE) {
        job = (struct shim_job){0};
        snprintf(job.fault, sizeof job.fault, "the line is over %d bytes",
                 SHIM_JOB_LINE);
        shim_run_fault(&job, &answer);
    } else if (shim_job_parse(&job, line, size) == -1) {
        shim_run_fault(&job, &answer);
    } else {
        shim_run_job(&shim_stack, &job, &answer);
    }
    r = line_write(shim_record_answer(job.want.id, &answer));
    shim_job_clear(&job);
    return r;
}

static int jobs_run(void)
{
    char *line = malloc(SHIM_JOB_LINE);
    size_t size;
    int status = EXIT_HELD;

    if (!line) {
        diag("out of memory");
        return EXIT_HARNESS;
    }
    while (line_read(line, SHIM_JOB_LINE, &size)) {
        if (size && job_answer(line, size) == -1) {
            status = EXIT_HARNESS;
            break;
        }
    }
    if (ferror(stdin)) {
        diag("stdin: %s", strerror(errno));
        status = EXIT_HARNESS;
    }
    shim_run_clear();
    free(line);
    return status;
}

static int usage(int status)
{
    fprintf(status ? stderr : stdout,
            "usage: shim-<stack build> [--describe]\n"
            "Reads one JSON job per line on stdin and answers each with one "
            "line on stdout.\n");
    return status;
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
    if (argc > 2 || (option && strcmp(option, "--describe") != 0))
        return usage(EXIT_USAGE_ERROR);
    /* A peer, or the runner, that goes away is an error of one call. */
    if (signal(SIGPIPE, SIG_IGN) == SIG_ERR || shim_stack.init(&why) == -1) {
        diag("start: %s", why.native_text);
        return EXIT_HARNESS;
    }
    if (!option)
        return jobs_run();
    return line_write(shim_record_describe(stack_name(program), &shim_stack)) ==
                   -1
               ? EXIT_HARNESS
               : EXIT_HELD;
}
