/* Reads a run as a stream: of a file of lines no more than one line is in
 * memory. */
#include "lab/reading.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/file.h"
#include "model/plan_codec.h"
#include "model/verdict_stream.h"

/* An object with the array `member`, so that no codec meets anything else. */
static json_t *load(const char *path, const char *member)
{
    json_error_t error;
    FILE *f = fopen(path, "re");
    json_t *json;

    if (!f) {
        diag("%s: %s", path, strerror(errno));
        return NULL;
    }
    json = json_loadf(f, 0, &error);
    fclose(f);
    if (!json) {
        diag("%s:%d: %s", path, error.line, error.text);
    } else if (!json_is_array(json_object_get(json, member))) {
        diag("%s: no list `%s` in it: not of a run", path, member);
        json_decref(json);
        json = NULL;
    }
    return json;
}

int reading_plan(const char *dir, struct plan *out)
{
    char *path = format("%s/plan.json", dir);
    json_t *json = path ? load(path, "scenarios") : NULL;
    int status = json ? plan_decode(json, path, out) : -1;

    json_decref(json);
    free(path);
    return status;
}

int reading_verdicts(const char *dir, struct run_facts *run,
                     struct judgements *out)
{
    char *path = format("%s/verdicts.json", dir);
    FILE *f = path ? fopen(path, "re") : NULL;
    int status = -1;

    if (f)
        status = verdicts_read(f, path, run, out);
    else
        diag("%s/verdicts.json: %s", dir, strerror(errno));
    if (f)
        fclose(f);
    free(path);
    return status;
}

/* Calls `each` with every line of a file. */
static int lines(const char *path,
                 int (*each)(void *arg, const json_t *line, const char *where),
                 void *arg)
{
    FILE *f = fopen(path, "re");
    char *line = NULL;
    size_t room = 0;
    int status = 0;

    if (!f) {
        diag("%s: %s", path, strerror(errno));
        return -1;
    }
    for (unsigned long n = 1; status == 0; n++) {
        ssize_t size = getline(&line, &room, f);
        char where[4200];
        json_t *json;

        if (size < 0)
            break;
        snprintf(where, sizeof where, "%s:%lu", path, n);
        json = line[size - 1] == '\n' ? json_loadb(line, (size_t)size, 0, NULL)
                                      : NULL;
        if (!json)
            diag("%s: not a whole record", where);
        status = json ? each(arg, json, where) : -1;
        json_decref(json);
    }
    free(line);
    fclose(f);
    return status;
}

struct reading {
    struct hellos *hellos;
    reading_record_fn *each;
    void *arg;
};

static int on_hello(void *arg, const json_t *line, const char *where)
{
    const struct reading *r = arg;

    (void)where;
    return hello_decode(line, r->hellos);
}

static int on_record(void *arg, const json_t *line, const char *where)
{
    const struct reading *r = arg;
    struct record *record = record_decode(line, r->hellos);

    if (!record)
        diag("%s: this line is no record", where);
    return record ? r->each(r->arg, record) : -1;
}

int reading_records(const char *dir, struct hellos *hellos,
                    reading_record_fn *each, void *arg)
{
    struct reading r = {hellos, each, arg};
    char *names = format("%s/hellos.jsonl", dir);
    char *path = format("%s/results.jsonl", dir);
    int status = names && path ? 0 : -1;

    if (status == 0 && file_exists(names))
        status = lines(names, on_hello, &r);
    if (status == 0)
        status = lines(path, on_record, &r);
    free(names);
    free(path);
    return status;
}

static int keep(void *arg, struct record *record)
{
    struct records *r = arg;

    if (r->count == r->room) {
        size_t room = r->room ? 2 * r->room : 256;
        struct record **grown = realloc(r->items, room * sizeof(void *));

        if (!grown) {
            diag("out of memory");
            record_free(record);
            return -1;
        }
        r->items = grown;
        r->room = room;
    }
    r->items[r->count++] = record;
    return 0;
}

int reading_all(const char *dir, struct hellos *hellos, struct records *out)
{
    memset(out, 0, sizeof *out);
    if (reading_records(dir, hellos, keep, out) == 0)
        return 0;
    records_clear(out);
    return -1;
}

void records_clear(struct records *r)
{
    for (size_t i = 0; i < r->count; i++)
        record_free(r->items[i]);
    free(r->items);
    memset(r, 0, sizeof *r);
}
