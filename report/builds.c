/* Adds a run up by stack build, from plan.json and the records alone. */
#include "report/builds.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"

static const char tls[] = "tls-";

/* "1.0 to 1.3", from the features of a description; features are sorted by
 * version in it. */
static json_t *versions(const json_t *describe)
{
    const char *first = NULL, *last = NULL;
    size_t i;
    const json_t *feature;

    json_array_foreach(json_object_get(describe, "features"), i, feature)
    {
        const char *name = json_string_value(feature);

        if (!name || strncmp(name, tls, sizeof tls - 1) != 0)
            continue;
        name += sizeof tls - 1;
        if (!first || strcmp(name, first) < 0)
            first = name;
        if (!last || strcmp(name, last) > 0)
            last = name;
    }
    if (!first)
        return json_null();
    return strcmp(first, last) ? json_sprintf("%s to %s", first, last)
                               : json_string(first);
}

static int has_feature(const json_t *describe, const char *wanted)
{
    size_t i;
    const json_t *feature;

    json_array_foreach(json_object_get(describe, "features"), i, feature)
    {
        if (json_is_string(feature) &&
            !strcmp(json_string_value(feature), wanted))
            return 1;
    }
    return 0;
}

static json_t *build_json(const json_t *stack)
{
    const json_t *describe = json_object_get(stack, "describe");
    const json_t *limits = json_object_get(describe, "limits");
    json_t *message = json_object_get(limits, "max_certificate");

    if (!message)
        message = json_object_get(limits, "in_content");
    return json_pack(
        "{s:O?,s:O?,s:O?,s:o,s:b,s:O?,s:i,s:i,s:O?,s:O?,s:O?,s:b,s:O?,s:n}",
        "stack", json_object_get(stack, "stack"), "family",
        json_object_get(describe, "family"), "version",
        json_object_get(stack, "version"), "tls", versions(describe), "built",
        !json_is_false(json_object_get(stack, "built")), "reason",
        json_object_get(stack, "reason"), "cells", 0, "errors", 0,
        "certificates", json_object_get(limits, "certificates"), "depth",
        json_object_get(limits, "max_depth"), "message", message,
        "measures_heap", has_feature(describe, "heap"), "emulates",
        json_object_get(describe, "emulates"), "peak_heap");
}

static void add(json_t *object, const char *key)
{
    json_object_set_new(object, key,
                        json_integer(document_number(object, key) + 1));
}

static const char *chain_of(const json_t *record)
{
    return document_text(
        json_object_get(json_object_get(record, "server"), "chose"), "chain");
}

/* What makes a cell the same for all builds, malloc'd; NULL: nothing was
 * measured in a whole handshake that checks a chain. The TLS version belongs to
 * it: TLS 1.3 costs other keys and buffers. */
static char *common_cell(const struct document *d, const json_t *record)
{
    const json_t *device;

    if (strcmp(document_text(record, "outcome"), "connected") != 0 ||
        document_number(record, "peak_heap") <= 0 || !*chain_of(record))
        return NULL;
    device = document_device(d, document_text(record, "device"));
    if (json_is_false(
            json_object_get(json_object_get(device, "verify"), "chain")))
        return NULL;
    return format("%s/%s/%s/%s/%s", document_text(record, "scenario"),
                  document_text(record, "state"),
                  document_text(device, "device"), chain_of(record),
                  document_text(record, "version"));
}

/* Object: what makes cells the same, to the list of their records. */
static json_t *group_common(const struct document *d)
{
    json_t *cells = json_object(), *record;
    const char *id;

    json_object_foreach(d->records, id, record)
    {
        char *key = common_cell(d, record);
        json_t *list = json_object_get(cells, key ? key : "");

        if (key && !list) {
            list = json_array();
            json_object_set_new(cells, key, list);
        }
        if (key)
            json_array_append(list, record);
        free(key);
    }
    return cells;
}

/* The first of those with the most records; NULL: none. */
static const json_t *most_common(const json_t *cells)
{
    const json_t *best = NULL;
    const char *key;
    json_t *list;

    json_object_foreach((json_t *)cells, key, list)
    {
        if (json_array_size(list) > json_array_size(best))
            best = list;
    }
    return best;
}

static void set_heap(json_t *result, json_t *index, const struct document *d,
                     const json_t *list)
{
    const json_t *first = json_array_get(list, 0), *record;
    size_t i;

    json_array_foreach(list, i, record)
    {
        json_t *build = json_object_get(index, document_text(record, "stack"));

        json_object_set(build, "peak_heap",
                        json_object_get(record, "peak_heap"));
    }
    json_object_set_new(
        result, "heap_of",
        json_pack(
            "{s:s,s:s,s:s,s:s,s:s,s:I}", "scenario",
            document_text(first, "scenario"), "state",
            document_text(first, "state"), "device",
            document_text(document_device(d, document_text(first, "device")),
                          "device"),
            "chain", chain_of(first), "version",
            document_text(first, "version"), "builds",
            (json_int_t)json_array_size(list)));
}

/* Cells that ran, and cells that a build that is not there would have run. */
static void count_cells(json_t *result, json_t *index, const struct document *d)
{
    const char *id;
    json_t *record;

    json_object_foreach(d->records, id, record)
    {
        json_t *build = json_object_get(index, document_text(record, "stack"));

        if (json_is_false(json_object_get(build, "built"))) {
            add(result, "cells_not_run");
            continue;
        }
        add(build, "cells");
        if (!strcmp(document_text(record, "outcome"), "error"))
            add(build, "errors");
    }
}

json_t *builds_new(const struct document *d)
{
    json_t *index = json_object(), *cells;
    json_t *result = json_pack("{s:[],s:n,s:[],s:i}", "builds", "heap_of",
                               "not_built", "cells_not_run", 0);
    const json_t *stack, *best;
    size_t i;

    json_array_foreach(json_object_get(d->plan, "stacks"), i, stack)
    {
        json_t *build = build_json(stack);

        json_object_set(index, document_text(stack, "stack"), build);
        json_array_append_new(json_object_get(result, "builds"), build);
        if (json_is_false(json_object_get(stack, "built")))
            json_array_append(json_object_get(result, "not_built"),
                              json_object_get(stack, "stack"));
    }
    count_cells(result, index, d);
    cells = group_common(d);
    best = most_common(cells);
    if (best)
        set_heap(result, index, d, best);
    json_decref(cells);
    json_decref(index);
    return result;
}
