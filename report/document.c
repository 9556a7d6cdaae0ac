/* Indexes the documents of a run; reads no file. */
#include "report/document.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"

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

int document_is_untried(const json_t *verdict)
{
    const char *name = document_text(verdict, "verdict");

    return !strcmp(name, "unsupported") || !strcmp(name, "not-built");
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
