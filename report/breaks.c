/* Merges verdicts that differ in their stack build only: same device type,
 * change, reason, cause and cure. */
#include "report/breaks.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"

static long long builds_of(const struct document *d, const char *type)
{
    long long n = 0;
    size_t i;
    const json_t *device;

    json_array_foreach(json_object_get(d->plan, "devices"), i, device)
    {
        n += !strcmp(document_text(device, "device"), type);
    }
    return n;
}

static json_t *group_of(const struct document *d, json_t *groups,
                        const json_t *device)
{
    const char *type = document_text(device, "device");
    json_t *group = json_object_get(groups, type);

    if (group)
        return group;
    group = json_pack("{s:s,s:s,s:I,s:I,s:[]}", "type", type, "title",
                      document_text(device, "title"), "units",
                      (json_int_t)document_number(device, "units"), "of",
                      (json_int_t)builds_of(d, type), "rows");
    json_object_set_new(groups, type, group);
    return group;
}

static int is_alike(const json_t *row, const json_t *verdict)
{
    static const char *const keys[] = {"scenario", "after", "reason", "cause",
                                       "mend"};

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (strcmp(document_text(row, keys[i]),
                   document_text(verdict, keys[i])) != 0)
            return 0;
    return 1;
}

static json_t *row_of(const json_t *group, const json_t *verdict)
{
    json_t *rows = json_object_get(group, "rows"), *row;
    size_t i;

    json_array_foreach(rows, i, row)
    {
        if (is_alike(row, verdict))
            return row;
    }
    row = json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:[],s:I}", "scenario",
                    document_text(verdict, "scenario"), "after",
                    document_text(verdict, "after"), "reason",
                    document_text(verdict, "reason"), "cause",
                    document_text(verdict, "cause"), "mend",
                    document_text(verdict, "mend"), "device",
                    document_text(verdict, "device"), "builds", "of",
                    (json_int_t)document_number(group, "of"));
    json_array_append_new(rows, row);
    return row;
}

json_t *breaks_new(const struct document *d, const struct tally *t,
                   const char *verdict)
{
    json_t *groups = json_object(), *list = json_array(), *group;
    const char *type;

    for (size_t i = 0; i < t->worst_count; i++) {
        const json_t *v = t->worst[i];
        const json_t *device = document_device(d, document_text(v, "device"));

        if (strcmp(document_text(v, "verdict"), verdict) != 0)
            continue;
        group = group_of(d, groups, device);
        json_array_append(json_object_get(row_of(group, v), "builds"),
                          json_object_get(v, "stack"));
    }
    json_object_foreach(groups, type, group)
    {
        json_array_append(list, group);
    }
    json_decref(groups);
    return list;
}

char *breaks_builds(const json_t *row)
{
    const json_t *builds = json_object_get(row, "builds"), *build;
    char *names = strdup("");
    size_t i;

    json_array_foreach(builds, i, build)
    {
        const char *name = json_string_value(build);
        char *longer = format("%s%s%s", names ? names : "", i ? ", " : "",
                              name ? name : "");

        free(names);
        names = longer;
    }
    return names;
}
