/* Writes down a plan's endpoint configuration and jobs. */
#include "lab/work.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/file.h"
#include "lab/endpoint_codec.h"
#include "lab/files.h"
#include "lab/job_codec.h"

enum { TIMEOUT_MS = 10000 };

struct work {
    struct lab_plan *plan;
    struct files *files;
    struct endpoint_configuration *endpoint;
    unsigned char *known; /* per state: it is in the configuration */
    FILE *jobs;
};

static int write_text(const char *dir, const char *name, const char *text,
                      size_t size)
{
    char *path = format("%s/%s", dir, name);
    int result = path ? file_write(path, 0644, text, size) : -1;

    free(path);
    return result;
}

static int put_job(struct work *w, const struct trial *t, const char *state)
{
    char *line = job_filed_line(t, w->files, state, TIMEOUT_MS);
    int result = line ? fprintf(w->jobs, "%s\n", line) : -1;

    free(line);
    return result < 0 ? -1 : 0;
}

static int put_cell(struct work *w, size_t cell)
{
    struct lab_plan *p = w->plan;
    struct lab_cell c = lab_plan_cell(p, cell);
    const struct scenario *s = c.scenario->scenario;
    size_t number = p->first_state[c.scenario - p->plan.scenarios] + c.state;
    char *state = format("%s/%s", s->id, s->states[c.state].name);
    struct trial *t = state ? lab_plan_trial(p, cell) : NULL;
    int result = t ? 0 : -1;

    if (result == 0 && !w->known[number])
        result = endpoint_configuration_add(w->endpoint, t, NULL, w->files,
                                            state, "127.0.0.1:0");
    w->known[number] = 1;
    if (result == 0)
        result = put_job(w, t, state);
    trial_free(t);
    free(state);
    return result;
}

static size_t count_states(const struct lab_plan *p)
{
    size_t n = 0;

    for (size_t i = 0; i < p->plan.scenarios_count; i++)
        n += p->plan.scenarios[i].scenario->states_count;
    return n;
}

static int write_all(struct work *w, const char *dir, char **text, size_t *size)
{
    char *endpoint;
    int result = 0;

    for (size_t i = 0; i < w->plan->cells_count && !result; i++)
        result = put_cell(w, i);
    if (fclose(w->jobs) != 0)
        result = -1;
    w->jobs = NULL;
    endpoint = result ? NULL : endpoint_configuration_text(w->endpoint);
    result = endpoint && file_mkdirs(dir, 0755) == 0 &&
                     write_text(dir, "endpoint.json", endpoint,
                                strlen(endpoint)) == 0 &&
                     write_text(dir, "jobs.jsonl", *text, *size) == 0
                 ? 0
                 : -1;
    free(endpoint);
    return result;
}

int work_write(struct lab_plan *p, const char *work_dir, const char *dir)
{
    char *text = NULL;
    size_t size = 0;
    struct work w = {
        .plan = p,
        .files = files_new(work_dir),
        .endpoint = endpoint_configuration_new(1, TIMEOUT_MS),
        .known = calloc(count_states(p) + 1, 1),
        .jobs = open_memstream(&text, &size),
    };
    int result = -1;

    if (w.files && w.endpoint && w.known && w.jobs)
        result = write_all(&w, dir, &text, &size);
    if (result)
        diag("%s: what the processes are given cannot be written down", dir);
    if (w.jobs)
        fclose(w.jobs);
    free(text);
    free(w.known);
    endpoint_configuration_free(w.endpoint);
    files_free(w.files);
    return result;
}
