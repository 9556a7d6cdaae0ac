/* The Markdown report: tables that stay readable as plain text. */
#include "report/markdown.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/file.h"
#include "report/breaks.h"
#include "report/builds.h"

/* A table cell must hold no bar and no line break. */
static void put(FILE *f, const char *text)
{
    for (; *text; text++) {
        if (*text == '|')
            fputs("\\|", f);
        else
            fputc(*text == '\n' ? ' ' : *text, f);
    }
}

static void put_builds(FILE *f, const json_t *row)
{
    size_t n = json_array_size(json_object_get(row, "builds"));
    char *builds = breaks_builds(row);

    if (n > 1 && (long long)n == document_number(row, "of"))
        fprintf(f, "all %zu", n);
    else
        put(f, builds ? builds : "");
    free(builds);
}

static void worst_row(FILE *f, const struct document *d, const json_t *group,
                      const json_t *row)
{
    fprintf(f, "| %lld | %s | ", document_number(group, "units"),
            document_text(group, "type"));
    put_builds(f, row);
    fputs(" | ", f);
    put(f, document_text(document_scenario(d, document_text(row, "scenario")),
                         "title"));
    fprintf(f, " | %s | %s | ", document_text(row, "after"),
            document_text(row, "reason"));
    put(f, document_text(row, "cause"));
    fputs(" | ", f);
    put(f, document_text(row, "mend"));
    fputs(" |\n", f);
}

static void worst(FILE *f, const struct document *d, const struct tally *t,
                  const char *verdict)
{
    json_t *groups = breaks_new(d, t, verdict);
    const json_t *group, *row;
    size_t i, j;

    fputs("| Units | Device type | Stack builds | Change | State | Reason | "
          "Cause | Mend |\n|---:|---|---|---|---|---|---|---|\n",
          f);
    json_array_foreach(groups, i, group)
    {
        json_array_foreach(json_object_get(group, "rows"), j, row)
        {
            worst_row(f, d, group, row);
        }
    }
    json_decref(groups);
}

static const char *as_expected(const json_t *verdict)
{
    const json_t *as = json_object_get(verdict, "as_expected");

    if (json_is_true(as))
        return "yes";
    return json_is_false(as) ? "**no**" : "";
}

/* Verdicts of a device type's builds that read alike become one row. */
static void add_verdict(json_t *rows, json_t *types, const json_t *device,
                        const json_t *v)
{
    const char *type = document_text(device, "device");
    char *key = format("%s/%s/%s/%s", type, document_text(v, "verdict"),
                       document_text(v, "reason"), as_expected(v));
    json_t *row = json_object_get(rows, key ? key : "");

    json_object_set_new(types, type,
                        json_integer(document_number(types, type) + 1));
    if (key && !row) {
        row =
            json_pack("{s:s,s:O?,s:[]}", "type", type, "verdict", v, "builds");
        json_object_set_new(rows, key, row);
    }
    json_array_append(json_object_get(row, "builds"),
                      json_object_get(v, "stack"));
    free(key);
}

static void matrix_table(FILE *f, const struct document *d, const char *id)
{
    json_t *rows = json_object(), *types = json_object(), *row;
    const json_t *device;
    const char *key;
    size_t i;

    json_array_foreach(json_object_get(d->plan, "devices"), i, device)
    {
        const json_t *v = document_verdict(d, id, document_text(device, "id"));

        if (v)
            add_verdict(rows, types, device, v);
    }
    fputs("| Device type | Stack builds | Verdict | Reason | Expected |\n"
          "|---|---|---|---|---|\n",
          f);
    json_object_foreach(rows, key, row)
    {
        const json_t *v = json_object_get(row, "verdict");
        const char *type = document_text(row, "type");

        json_object_set_new(row, "of",
                            json_integer(document_number(types, type)));
        fprintf(f, "| %s | ", type);
        put_builds(f, row);
        fprintf(f, " | %s | %s | %s |\n", document_text(v, "verdict"),
                document_text(v, "reason"), as_expected(v));
    }
    json_decref(rows);
    json_decref(types);
}

static void matrix(FILE *f, const struct document *d)
{
    size_t i;
    const json_t *s;

    json_array_foreach(json_object_get(d->plan, "scenarios"), i, s)
    {
        fprintf(f, "\n### %s\n\n", document_text(s, "title"));
        matrix_table(f, d, document_text(s, "id"));
    }
}

static void missing(FILE *f, const json_t *builds)
{
    const json_t *names = json_object_get(builds, "not_built"), *name;
    size_t i;

    if (!json_array_size(names))
        return;
    fprintf(f, "\n**Not built, so not run** (%lld cells say nothing): ",
            document_number(builds, "cells_not_run"));
    json_array_foreach(names, i, name)
    {
        fputs(i ? ", " : "", f);
        put(f, json_string_value(name));
    }
    fputs(". `make stacks` builds those that can be had.\n", f);
}

/* A number, or nothing where there is none. */
static void number(FILE *f, const json_t *build, const char *key)
{
    if (json_is_integer(json_object_get(build, key)))
        fprintf(f, "%lld", document_number(build, key));
    fputs(" | ", f);
}

static void build_row(FILE *f, const json_t *build)
{
    const char *reason = document_text(build, "reason");
    int built = json_is_true(json_object_get(build, "built"));

    fputs("| ", f);
    put(f, document_text(build, "stack"));
    fputs(" | ", f);
    put(f, built ? document_text(build, "version") : "not built");
    if (!built && *reason) {
        fputs(": ", f);
        put(f, reason);
    }
    fprintf(f, " | %s | ", document_text(build, "tls"));
    number(f, build, "certificates");
    number(f, build, "depth");
    number(f, build, "message");
    fprintf(f, "%s | ",
            json_is_true(json_object_get(build, "measures_heap")) ? "yes"
            : built                                               ? "no"
                                                                  : "");
    number(f, build, "peak_heap");
    number(f, build, "cells");
    number(f, build, "errors");
    fputc('\n', f);
}

static void stacks(FILE *f, const json_t *builds)
{
    const json_t *of = json_object_get(builds, "heap_of"), *build;
    size_t i;

    fputs("\n## Stack builds\n\n", f);
    if (json_is_object(of))
        fprintf(f,
                "Peak heap is measured in one cell that %lld builds have in "
                "common: device `%s`, `%s/%s`, the %s chain over TLS %s.\n\n",
                document_number(of, "builds"), document_text(of, "device"),
                document_text(of, "scenario"), document_text(of, "state"),
                document_text(of, "chain"), document_text(of, "version"));
    fputs("| Stack build | Version | TLS | Most certificates | Longest path | "
          "Largest Certificate message | Heap measured | Peak heap | Cells | "
          "Errors |\n|---|---|---|---:|---:|---:|---|---:|---:|---:|\n",
          f);
    json_array_foreach(json_object_get(builds, "builds"), i, build)
    {
        build_row(f, build);
    }
}

static void page(FILE *f, const struct document *d, const struct tally *t,
                 const json_t *builds)
{
    const json_t *run = json_object_get(d->verdicts, "run");

    fprintf(f,
            "# chainbreak\n\n**%lld of %lld units** (%zu of %zu device types) "
            "stop connecting in at least one of the changes below. %lld cells, "
            "%lld errors, %lld unmapped, %zu not as expected.\n",
            t->units_broken, t->units, t->types_broken, t->types,
            document_number(run, "cells"), document_number(run, "errors"),
            document_number(run, "unmapped"), t->unexpected);
    missing(f, builds);
    fputs("\n## Devices that break\n\n", f);
    worst(f, d, t, "breaks");
    fputs("\n## Devices that accept an attack\n\n", f);
    worst(f, d, t, "insecure");
    stacks(f, builds);
    fputs("\n## The matrix\n", f);
    matrix(f, d);
}

int markdown_write(const struct document *d, const struct tally *t,
                   const char *dir)
{
    char *path = format("%s/report.md", dir);
    json_t *builds = builds_new(d);
    char *data = NULL;
    size_t size;
    FILE *f = open_memstream(&data, &size);
    int result = -1;

    if (!path || !builds || !f) {
        diag("%s/report.md: out of memory", dir);
        goto out;
    }
    page(f, d, t, builds);
    fclose(f);
    f = NULL;
    result = file_write(path, 0644, data, size);
out:
    if (f)
        fclose(f);
    json_decref(builds);
    free(data);
    free(path);
    return result;
}
