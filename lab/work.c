/* Writes down a plan's endpoint configuration and jobs. */
#include "lab/work.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/file.h"

static int write_text(const char *dir, const char *name, const char *text,
                      size_t size)
{
    char *path = format("%s/%s", dir, name);
    int result = path ? file_write(path, 0644, text, size) : -1;

    free(path);
    return result;
}

static int put_job(FILE *out, const struct lab_plan *p,
                   const struct plan_cell *c)
{
    const struct scenario *s = p->scenarios[c->scenario];
    char *state = format("%s/%s", s->id, s->states[c->state].name);
    json_t *job = state
                      ? json_pack("{s:s, s:s, s:s, s:i, s:i, s:O}", "id", c->id,
                                  "state", state, "host", "127.0.0.1", "port",
                                  1, "timeout_ms", 10000, "want", c->want)
                      : NULL;
    int result = job ? json_dumpf(job, out, JSON_COMPACT) : -1;

    fputc('\n', out);
    json_decref(job);
    free(state);
    return result;
}

static int write_jobs(const struct lab_plan *p, const char *dir)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    int result = 0;

    if (!out)
        return -1;
    for (size_t i = 0; i < p->cells_count && !result; i++)
        result = put_job(out, p, &p->cells[i]);
    if (fclose(out) == 0 && !result)
        result = write_text(dir, "jobs.jsonl", text, size);
    free(text);
    return result;
}

int work_write(const struct lab_plan *p, const char *dir)
{
    char *endpoint = json_dumps(p->endpoint, JSON_COMPACT);
    int result = -1;

    if (!endpoint)
        diag("out of memory");
    else if (file_mkdirs(dir, 0755) == 0 &&
             write_text(dir, "endpoint.json", endpoint, strlen(endpoint)) == 0)
        result = write_jobs(p, dir);
    free(endpoint);
    return result;
}
