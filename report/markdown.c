/* The Markdown report: tables that stay readable as plain text. */
#include "report/markdown.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/diag.h"
#include "core/file.h"

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

static void worst(FILE *f, const struct document *d, const struct tally *t,
                  const char *verdict)
{
    fputs("| Units | Device | Change | State | Reason | Cause | Mend |\n"
          "|---:|---|---|---|---|---|---|\n",
          f);
    for (size_t i = 0; i < t->worst_count; i++) {
        const json_t *v = t->worst[i];

        if (strcmp(document_text(v, "verdict"), verdict) != 0)
            continue;
        fprintf(f, "| %lld | %s | ", document_number(v, "units"),
                document_text(v, "device"));
        put(f, document_text(document_scenario(d, document_text(v, "scenario")),
                             "title"));
        fprintf(f, " | %s | %s | ", document_text(v, "after"),
                document_text(v, "reason"));
        put(f, document_text(v, "cause"));
        fputs(" | ", f);
        put(f, document_text(v, "mend"));
        fputs(" |\n", f);
    }
}

static void matrix(FILE *f, const struct document *d)
{
    size_t i, j;
    const json_t *s, *device;

    json_array_foreach(json_object_get(d->plan, "scenarios"), i, s)
    {
        const char *id = document_text(s, "id");

        fprintf(f, "\n### %s\n\n", document_text(s, "title"));
        fputs("| Device | Verdict | Reason | Expected |\n|---|---|---|---|\n",
              f);
        json_array_foreach(json_object_get(d->plan, "devices"), j, device)
        {
            const json_t *v =
                document_verdict(d, id, document_text(device, "id"));
            const json_t *as = json_object_get(v, "as_expected");

            if (!v)
                continue;
            fprintf(f, "| %s | %s | %s | %s |\n", document_text(device, "id"),
                    document_text(v, "verdict"), document_text(v, "reason"),
                    json_is_true(as)    ? "yes"
                    : json_is_false(as) ? "**no**"
                                        : "");
        }
    }
}

static void page(FILE *f, const struct document *d, const struct tally *t)
{
    const json_t *run = json_object_get(d->verdicts, "run");

    fprintf(f,
            "# chainbreak\n\n**%lld of %lld units** (%zu devices) stop "
            "connecting in at least one of the changes below. %lld cells, "
            "%lld errors, %lld unmapped, %zu not as expected.\n",
            t->units_broken, t->units, t->devices_broken,
            document_number(run, "cells"), document_number(run, "errors"),
            document_number(run, "unmapped"), t->unexpected);
    fputs("\n## Devices that break\n\n", f);
    worst(f, d, t, "breaks");
    fputs("\n## Devices that accept an attack\n\n", f);
    worst(f, d, t, "insecure");
    fputs("\n## The matrix\n", f);
    matrix(f, d);
}

int markdown_write(const struct document *d, const struct tally *t,
                   const char *dir)
{
    char *path = format("%s/report.md", dir);
    char *data = NULL;
    size_t size;
    FILE *f = open_memstream(&data, &size);
    int result = -1;

    if (!path || !f) {
        diag("%s/report.md: out of memory", dir);
        goto out;
    }
    page(f, d, t);
    fclose(f);
    f = NULL;
    result = file_write(path, 0644, data, size);
out:
    if (f)
        fclose(f);
    free(data);
    free(path);
    return result;
}
