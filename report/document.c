/* Loads the documents of a run. Tolerates a torn last line of results.jsonl (a
 * killed run) and nothing else. */
#include "report/document.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/diag.h"
#include "core/file.h"

static json_t *load(const char *dir, const char *name)
{
    char *path = format("%s/%s", dir, name);
    uint8_t *data = NULL;
    size_t size;
    json_error_t error;
    json_t *json = NULL;

    if (!path || file_read(path, (size_t)1 << 30, &data, &size))
        goto out;
    json = json_loadb((const char *)data, size, 0, &error);
    if (!json)
        diag("%s:%d: %s", path, error.line, error.text);
out:
    free(data);
    free(path);
    return json;
}

static int add_line(json_t *records, const char *line, size_t size)
{
    json_t *record = json_loadb(line, size, 0, NULL);
    const char *cell = json_string_value(json_object_get(record, "cell"));

    if (!cell) {
        json_decref(record);
        return -1;
    }
    return json_object_set_new(records, cell, record);
}

static json_t *load_records(const char *dir)
{
    char *path = format("%s/results.jsonl", dir);
    json_t *records = json_object();
    uint8_t *data = NULL;
    size_t size, at = 0;
    int line = 1;

    if (!path || !records || file_read(path, (size_t)1 << 30, &data, &size))
        goto fail;
    while (at < size) {
        const uint8_t *end = memchr(data + at, '\n', size - at);
        size_t n = end ? (size_t)(end - data) - at : size - at;

        if (add_line(records, (const char *)data + at, n) && end) {
            diag("%s:%d: not a record", path, line);
            goto fail;
        }
        at += n + 1;
        line++;
    }
    free(data);
    free(path);
    return records;
fail:
    free(data);
    free(path);
    json_decref(records);
    return NULL;
}

static json_t *index_verdicts(const json_t *verdicts)
{
    json_t *index = json_object();
    size_t i;
    json_t *v;

    json_array_foreach(json_object_get(verdicts, "verdicts"), i, v)
    {
        char *key = format("%s/%s", document_text(v, "scenario"),
                           document_text(v, "device"));

        if (key)
            json_object_set(index, key, v);
        free(key);
    }
    return index;
}

int document_init(struct document *d, json_t *plan, json_t *verdicts,
                  json_t *records)
{
    d->plan = json_incref(plan);
    d->verdicts = json_incref(verdicts);
    d->records = json_incref(records);
    d->index = index_verdicts(verdicts);
    if (d->index)
        return 0;
    document_clear(d);
    return -1;
}

void document_clear(struct document *d)
{
    json_decref(d->plan);
    json_decref(d->verdicts);
    json_decref(d->records);
    json_decref(d->index);
}

struct document *document_load(const char *dir)
{
    struct document *d = calloc(1, sizeof *d);
    json_t *plan = d ? load(dir, "plan.json") : NULL;
    json_t *verdicts = plan ? load(dir, "verdicts.json") : NULL;
    json_t *records = verdicts ? load_records(dir) : NULL;

    if (!records || document_init(d, plan, verdicts, records)) {
        free(d);
        d = NULL;
    }
    json_decref(plan);
    json_decref(verdicts);
    json_decref(records);
    return d;
}

void document_free(struct document *d)
{
    if (!d)
        return;
    document_clear(d);
    free(d);
}

static const json_t *find(const json_t *array, const char *key,
                          const char *value)
{
    size_t i;
    json_t *element;

    json_array_foreach(array, i, element)
    {
        if (!strcmp(document_text(element, key), value))
            return element;
    }
    return NULL;
}

const json_t *document_scenario(const struct document *d, const char *id)
{
    return find(json_object_get(d->plan, "scenarios"), "id", id);
}

const json_t *document_state(const json_t *scenario, const char *name)
{
    return find(json_object_get(scenario, "states"), "name", name);
}

const json_t *document_device(const struct document *d, const char *id)
{
    return find(json_object_get(d->plan, "devices"), "id", id);
}

const json_t *document_record(const struct document *d, const char *scenario,
                              const char *state, const char *device)
{
    char *cell = format("%s/%s/%s", scenario, state, device);
    const json_t *record = cell ? json_object_get(d->records, cell) : NULL;

    free(cell);
    return record;
}

const json_t *document_verdict(const struct document *d, const char *scenario,
                               const char *device)
{
    char *key = format("%s/%s", scenario, device);
    const json_t *verdict = key ? json_object_get(d->index, key) : NULL;

    free(key);
    return verdict;
}

const char *document_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

long long document_number(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}
