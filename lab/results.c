/* Files of a run. Nothing appears under its final name before it is whole. */
#include "lab/results.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"

struct results {
    char *out, *partial, *lines;
    int lock, fd;
    json_t *records;
    json_t *places; /* object: cell id to where its line starts in the file */
    json_int_t end; /* bytes of the file */
};

static const size_t file_max = (size_t)1 << 30;

/* A folder that holds something else must not be swapped away. */
static int is_replaceable(const char *out)
{
    char *verdicts = format("%s/verdicts.json", out);
    int yes = verdicts && file_exists(verdicts);
    DIR *dir = opendir(out);
    const struct dirent *e;

    free(verdicts);
    if (!dir)
        return errno == ENOENT;
    if (!yes) {
        yes = 1;
        while ((e = readdir(dir)) != NULL)
            if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 &&
                strcmp(e->d_name, "junit.xml") != 0)
                yes = 0;
    }
    closedir(dir);
    return yes;
}

static int lock(struct results *r)
{
    if (file_mkdirs(r->partial, 0755))
        return -1;
    r->lock = open(r->partial, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (r->lock < 0) {
        diag("%s: %s", r->partial, strerror(errno));
        return -1;
    }
    if (flock(r->lock, LOCK_EX | LOCK_NB) != 0) {
        diag("%s: another run writes there now", r->out);
        return -1;
    }
    return 0;
}

static int empty(const char *dir)
{
    DIR *d = opendir(dir);
    const struct dirent *e;
    int status = 0;

    while (d && status == 0 && (e = readdir(d)) != NULL) {
        char *path;

        if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
            continue;
        path = format("%s/%s", dir, e->d_name);
        status = path ? file_remove_tree(path) : -1;
        free(path);
    }
    if (d)
        closedir(d);
    return status;
}

static char *plan_text(const json_t *plan)
{
    return json_dumps(plan, JSON_INDENT(1));
}

/* 1: the partial run was made from the same plan; 0: it was not, or there is
 * none (*found tells). */
static int same_plan(const struct results *r, const char *text, int *found)
{
    char *path = format("%s/plan.json", r->partial);
    uint8_t *data = NULL;
    size_t size = 0;
    int same = 0;

    *found = path && file_exists(path);
    if (*found && file_read(path, file_max, &data, &size) == 0)
        same = size == strlen(text) && !memcmp(data, text, size);
    free(data);
    free(path);
    return same;
}

/* One line into records, its place into places (may be NULL); 0, or -1 if it is
 * not a record. */
static int add_line(json_t *records, json_t *places, size_t place,
                    const char *line, size_t size)
{
    json_t *record = json_loadb(line, size, 0, NULL);
    const char *cell = json_string_value(json_object_get(record, "cell"));

    if (!cell) {
        json_decref(record);
        return -1;
    }
    if (places)
        json_object_set_new(places, cell, json_integer((json_int_t)place));
    return json_object_set_new(records, cell, record);
}

/* Reads whole lines up to the first that is none; *good is how many bytes they
 * have. */
static json_t *read_lines(const char *path, json_t *places, size_t *good,
                          size_t *total)
{
    json_t *records = json_object();
    uint8_t *data = NULL;
    const char *line, *end;

    *good = 0;
    if (!records || file_read(path, file_max, &data, total)) {
        json_decref(records);
        return NULL;
    }
    line = (const char *)data;
    while ((end = memchr(line, '\n', *total - (size_t)(line - (char *)data))) !=
           NULL) {
        if (add_line(records, places, *good, line, (size_t)(end - line)))
            break;
        line = end + 1;
        *good = (size_t)(line - (char *)data);
    }
    free(data);
    return records;
}

static int take_up(struct results *r)
{
    size_t good, total;
    json_t *records;

    if (!file_exists(r->lines))
        return 0;
    records = read_lines(r->lines, r->places, &good, &total);
    if (!records)
        return -1;
    if (good < total && truncate(r->lines, (off_t)good) != 0) {
        diag("%s: %s", r->lines, strerror(errno));
        json_decref(records);
        return -1;
    }
    json_decref(r->records);
    r->records = records;
    r->end = (json_int_t)good;
    return 0;
}

static int write_plan(const struct results *r, const char *text)
{
    char *path = format("%s/plan.json", r->partial);
    int status = path ? file_write(path, 0644, text, strlen(text)) : -1;

    free(path);
    return status;
}

static int prepare(struct results *r, const char *text, int resume, int *status)
{
    int found;

    if (resume && same_plan(r, text, &found))
        return take_up(r);
    if (resume && found) {
        diag("--resume: %s was made from another plan; run without --resume",
             r->partial);
        *status = EXIT_USAGE_ERROR;
        return -1;
    }
    return empty(r->partial) || write_plan(r, text) ? -1 : 0;
}

struct results *results_open(const char *out, const json_t *plan, int resume,
                             int *status)
{
    struct results *r = calloc(1, sizeof *r);
    char *text = plan_text(plan);
    size_t n = strlen(out);

    *status = EXIT_HARNESS;
    if (!r || !text) {
        diag("out of memory");
        free(r);
        free(text);
        return NULL;
    }
    while (n > 1 && out[n - 1] == '/')
        n--;
    r->lock = r->fd = -1;
    r->out = strndup(out, n);
    r->partial = format("%.*s.partial", (int)n, out);
    r->lines = format("%.*s.partial/results.jsonl", (int)n, out);
    r->records = json_object();
    r->places = json_object();
    if (!is_replaceable(r->out)) {
        diag("%s: holds something that is no run of chainbreak; name another "
             "folder with --out",
             r->out);
        *status = EXIT_USAGE_ERROR;
        goto fail;
    }
    if (lock(r) || prepare(r, text, resume, status))
        goto fail;
    r->fd = open(r->lines, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (r->fd < 0) {
        diag("%s: %s", r->lines, strerror(errno));
        goto fail;
    }
    free(text);
    return r;
fail:
    free(text);
    results_free(r);
    return NULL;
}

void results_free(struct results *r)
{
    if (!r)
        return;
    if (r->fd >= 0)
        close(r->fd);
    if (r->lock >= 0)
        close(r->lock);
    json_decref(r->records);
    json_decref(r->places);
    free(r->out);
    free(r->partial);
    free(r->lines);
    free(r);
}

const char *results_out(const struct results *r)
{
    return r->out;
}

const char *results_partial(const struct results *r)
{
    return r->partial;
}

json_t *results_records(const struct results *r)
{
    return r->records;
}

static char *line_of(const json_t *record, size_t *size)
{
    char *text = json_dumps(record, JSON_COMPACT);
    char *line = text ? format("%s\n", text) : NULL;

    free(text);
    *size = line ? strlen(line) : 0;
    return line;
}

/* One write per line: a line is there whole, or it is the torn last one. */
int results_append(struct results *r, json_t *record)
{
    const char *cell = json_string_value(json_object_get(record, "cell"));
    size_t size;
    char *line = line_of(record, &size);
    ssize_t n;

    if (!line || !cell) {
        diag("a record cannot be written down");
        free(line);
        return -1;
    }
    n = write(r->fd, line, size);
    free(line);
    if (n != (ssize_t)size) {
        diag("%s: %s; the run stops and can be taken up with --resume",
             r->lines, n < 0 ? strerror(errno) : "no space left");
        return -1;
    }
    json_object_set_new(r->places, cell, json_integer(r->end));
    r->end += n;
    return json_object_set(r->records, cell, record);
}

/* The lines as they were appended, in the plan's order. */
static int write_sorted(const struct results *r, const char *const *order,
                        size_t count)
{
    char *data = NULL;
    uint8_t *lines = NULL;
    size_t size = 0, read = 0;
    FILE *out = open_memstream(&data, &size);
    int status = -1;

    if (!out || file_read(r->lines, file_max, &lines, &read))
        goto out;
    for (size_t i = 0; i < count; i++) {
        const json_t *place = json_object_get(r->places, order[i]);
        size_t at = (size_t)json_integer_value(place);
        const uint8_t *end;

        if (!place || at >= read)
            continue;
        end = memchr(lines + at, '\n', read - at);
        if (end)
            fwrite(lines + at, 1, (size_t)(end - lines) + 1 - at, out);
    }
    status = fclose(out) == 0 ? 0 : -1;
    out = NULL;
    if (status == 0)
        status = file_write(r->lines, 0644, data, size);
out:
    if (out)
        fclose(out);
    free(lines);
    free(data);
    return status;
}

int results_write(struct results *r, const char *const *order, size_t count,
                  const json_t *verdicts)
{
    char *path = format("%s/verdicts.json", r->partial);
    char *text = json_dumps(verdicts, JSON_INDENT(1));
    int status = -1;

    if (path && text && write_sorted(r, order, count) == 0)
        status = file_write(path, 0644, text, strlen(text));
    free(path);
    free(text);
    return status;
}

static int failed(const char *what, const char *path)
{
    diag("%s %s: %s", what, path, strerror(errno));
    return -1;
}

int results_swap(struct results *r)
{
    if (rename(r->partial, r->out) == 0)
        return 0;
    if (errno != ENOTEMPTY && errno != EEXIST)
        return failed("rename", r->partial);
    if (renameat2(AT_FDCWD, r->partial, AT_FDCWD, r->out, RENAME_EXCHANGE) == 0)
        return file_remove_tree(r->partial);
    /* A file system without the exchange: a moment without a folder. */
    if (file_remove_tree(r->out))
        return -1;
    return rename(r->partial, r->out) ? failed("rename", r->partial) : 0;
}

/* An object with the array `member`, so that no caller meets anything else. */
static json_t *load(const char *dir, const char *name, const char *member)
{
    char *path = format("%s/%s", dir, name);
    uint8_t *data = NULL;
    size_t size;
    json_error_t error;
    json_t *json = NULL;

    if (!path || file_read(path, file_max, &data, &size))
        goto out;
    json = json_loadb((const char *)data, size, 0, &error);
    if (!json) {
        diag("%s:%d: %s", path, error.line, error.text);
    } else if (!json_is_array(json_object_get(json, member))) {
        diag("%s: no list `%s` in it: not of a run", path, member);
        json_decref(json);
        json = NULL;
    }
out:
    free(data);
    free(path);
    return json;
}

json_t *results_load_plan(const char *dir)
{
    return load(dir, "plan.json", "scenarios");
}

json_t *results_load_verdicts(const char *dir)
{
    return load(dir, "verdicts.json", "verdicts");
}

json_t *results_load_records(const char *dir)
{
    char *path = format("%s/results.jsonl", dir);
    size_t good = 0, total = 0;
    json_t *records = path ? read_lines(path, NULL, &good, &total) : NULL;

    if (records && good < total) {
        diag("%s: a line after byte %zu is not a record", path, good);
        json_decref(records);
        records = NULL;
    }
    free(path);
    return records;
}
