/* Job lines in, answer lines out. */
#include "clients/shim_lines.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clients/shim_run.h"
#include "base/diag.h"

int shim_lines_write(json_t *document)
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

static int job_answer(const char *line, size_t size,
                      void (*run)(struct shim_job *, struct shim_answer *))
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
        run(&job, &answer);
    }
    r = shim_lines_write(shim_record_answer(job.want.id, &answer));
    shim_job_clear(&job);
    return r;
}

int shim_lines_run(void (*run)(struct shim_job *job,
                               struct shim_answer *answer))
{
    char *line = malloc(SHIM_JOB_LINE);
    size_t size;
    int status = EXIT_HELD;

    if (!line) {
        diag("out of memory");
        return EXIT_HARNESS;
    }
    while (line_read(line, SHIM_JOB_LINE, &size)) {
        if (size && job_answer(line, size, run) == -1) {
            status = EXIT_HARNESS;
            break;
        }
    }
    if (ferror(stdin)) {
        diag("stdin: %s", strerror(errno));
        status = EXIT_HARNESS;
    }
    free(line);
    return status;
}
