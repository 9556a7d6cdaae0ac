/* The page. Order: the answer, the devices that break (by units), those that
 * are insecure, the matrix, the stack builds, then the explanations, which CSS
 * shows only when a link points at them: no script, so it opens anywhere. */
#include "report/html.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/file.h"
#include "report/assets.h"
#include "report/breaks.h"
#include "report/builds.h"
#include "report/builds_table.h"
#include "report/matrix.h"
#include "report/panel.h"
#include "report/writer.h"

static void head(struct writer *w, const struct document *d)
{
    writer_raw(w, "<!doctype html>\n<html lang=\"en\"><head>"
                  "<meta charset=\"utf-8\">"
                  "<meta name=\"viewport\" "
                  "content=\"width=device-width, initial-scale=1\">"
                  "<title>chainbreak: which devices break</title><style>\n");
    writer_raw(w, asset_page_css);
    matrix_style(w, d);
    writer_raw(w, "</style></head>\n<body><header><h1>chainbreak</h1>");
}

static void answer(struct writer *w, const struct document *d,
                   const struct tally *t, const json_t *builds)
{
    const json_t *run = json_object_get(d->verdicts, "run");
    char seconds[32];

    snprintf(seconds, sizeof seconds, "%.1f",
             json_number_value(json_object_get(run, "seconds")));
    if (t->devices_broken)
        writer_put(
            w,
            "<p class=\"answer\"><b>%n of %n units</b> "
            "(%lld of %lld device types) stop connecting in at least one "
            "of the changes below.</p>",
            t->units_broken, t->units, (long long)t->types_broken,
            (long long)t->types);
    else
        writer_raw(w, "<p class=\"answer\">No device stops connecting in any "
                      "of the changes below.</p>");
    writer_put(w, "<p class=\"run\">%n cells in %s s, started %s. ",
               document_number(run, "cells"), seconds,
               document_text(run, "started_at"));
    writer_put(w, "%lld errors, %lld unmapped", document_number(run, "errors"),
               document_number(run, "unmapped"));
    if (t->unexpected)
        writer_put(w, ", <b class=\"bad\">%lld not as expected</b>",
                   (long long)t->unexpected);
    writer_raw(w, ".</p>");
    if (json_array_size(json_object_get(d->plan, "stacks")) > 1)
        writer_put(
            w,
            "<p class=\"run\">Units of a device type count once, "
            "whichever of its stack builds they run: with their builds "
            "the types are %lld devices, of which %lld break.</p>",
            (long long)json_array_size(json_object_get(d->plan, "devices")),
            (long long)t->devices_broken);
    builds_table_missing(w, builds);
    writer_raw(w, "<nav><a href=\"#breaks\">What breaks</a>"
                  "<a href=\"#insecure\">What is insecure</a>"
                  "<a href=\"#matrix\">The matrix</a>"
                  "<a href=\"#scenarios\">The changes</a>"
                  "<a href=\"#stacks\">Stack builds</a></nav></header>\n");
}

/* Up to three by name, more by number with the names one click away. */
static void builds(struct writer *w, const json_t *row)
{
    char *names = breaks_builds(row);
    long long n = (long long)json_array_size(json_object_get(row, "builds"));
    long long of = document_number(row, "of");

    if (n > 3 && n == of)
        writer_put(w, "<details><summary>all %lld builds</summary>%s</details>",
                   n, names ? names : "");
    else if (n > 3)
        writer_put(w,
                   "<details><summary>%lld of %lld builds</summary>%s"
                   "</details>",
                   n, of, names ? names : "");
    else
        writer_put(w, "%s", names ? names : "");
    free(names);
}

static void worst_row(struct writer *w, const struct document *d,
                      const json_t *row)
{
    const char *scenario = document_text(row, "scenario");
    writer_put(w, "<td><a href=\"#%s/%s\">%s</a><small>%s</small></td><td>",
               scenario, document_text(row, "device"),
               document_text(document_scenario(d, scenario), "title"),
               document_text(row, "after"));
    builds(w, row);
    writer_put(w,
               "</td><td><span class=\"reason\">%s</span></td><td>%s</td>"
               "<td>%s</td></tr>\n",
               document_text(row, "reason"), document_text(row, "cause"),
               document_text(row, "mend"));
}

static void worst_group(struct writer *w, const struct document *d,
                        const json_t *group)
{
    const json_t *rows = json_object_get(group, "rows"), *row;
    int span = (int)json_array_size(rows);
    size_t i;

    json_array_foreach(rows, i, row)
    {
        writer_raw(w, "<tr>");
        if (i == 0)
            writer_put(w,
                       "<th scope=\"rowgroup\" rowspan=\"%d\" "
                       "class=\"units\">%n</th><th scope=\"rowgroup\" "
                       "rowspan=\"%d\">%s<small>%s</small></th>",
                       span, document_number(group, "units"), span,
                       document_text(group, "title"),
                       document_text(group, "type"));
        worst_row(w, d, row);
    }
}

static void worst_table(struct writer *w, const struct document *d,
                        const struct tally *t, const char *verdict)
{
    json_t *groups = breaks_new(d, t, verdict);
    size_t i;
    const json_t *group;

    writer_raw(w, "<div class=\"scroll\"><table class=\"worst\"><thead><tr>"
                  "<th>Units</th><th>Device type</th><th>Change, state</th>"
                  "<th>Stack builds</th><th>Reason</th><th>Cause</th>"
                  "<th>What mends it</th></tr></thead><tbody>\n");
    json_array_foreach(groups, i, group)
    {
        worst_group(w, d, group);
    }
    writer_raw(w, "</tbody></table></div>\n");
    json_decref(groups);
}

static void worst(struct writer *w, const struct document *d,
                  const struct tally *t)
{
    writer_raw(w, "<section id=\"breaks\"><h2>Devices that break</h2>");
    if (t->breaks)
        worst_table(w, d, t, "breaks");
    else
        writer_raw(w, "<p>None.</p>");
    writer_raw(w, "</section><section id=\"insecure\">"
                  "<h2>Devices that accept an attack</h2>");
    if (t->insecure)
        worst_table(w, d, t, "insecure");
    else
        writer_raw(w, "<p>None.</p>");
    writer_raw(w, "</section>\n");
}

static void chain(struct writer *w, const char *kind, const json_t *list)
{
    size_t i;
    const json_t *c;

    if (!json_array_size(list))
        return;
    writer_put(w, "<p>%s chain</p><ol class=\"chain\">", kind);
    json_array_foreach(list, i, c)
    {
        writer_put(w,
                   "<li><b>%s</b> <small>%n bytes, %s, until %s; issued by "
                   "%s</small></li>",
                   document_text(c, "name"), document_number(c, "bytes"),
                   document_text(c, "key"), document_text(c, "not_after"),
                   document_text(c, "issuer"));
    }
    writer_raw(w, "</ol>");
}

static void states(struct writer *w, const json_t *scenario)
{
    size_t i;
    const json_t *state;

    json_array_foreach(json_object_get(scenario, "states"), i, state)
    {
        const json_t *chains = json_object_get(state, "chains");

        writer_put(w,
                   "<details id=\"state-%s-%s\"><summary>%s <small>clock %s, "
                   "policy %s</small></summary>",
                   document_text(scenario, "id"), document_text(state, "name"),
                   document_text(state, "name"), document_text(state, "now"),
                   document_text(state, "policy"));
        chain(w, "RSA", json_object_get(chains, "rsa"));
        chain(w, "ECDSA", json_object_get(chains, "ecdsa"));
        writer_raw(w, "</details>");
    }
}

static void scenarios(struct writer *w, const struct document *d)
{
    size_t i;
    const json_t *s;

    writer_raw(w, "<section id=\"scenarios\"><h2>The changes</h2>");
    json_array_foreach(json_object_get(d->plan, "scenarios"), i, s)
    {
        writer_put(w,
                   "<article id=\"scenario-%s\"><h3>%s</h3><p>%s</p>"
                   "<p class=\"source\">%s</p>",
                   document_text(s, "id"), document_text(s, "title"),
                   document_text(s, "story"), document_text(s, "source"));
        states(w, s);
        writer_raw(w, "</article>\n");
    }
    writer_raw(w, "</section>\n");
}

int html_write(const struct document *d, const struct tally *t, const char *dir)
{
    char *path = format("%s/report.html", dir);
    json_t *builds = builds_new(d);
    struct writer w;
    size_t i;
    const json_t *v;
    int result = -1;

    if (!path || !builds || writer_init(&w))
        goto out;
    head(&w, d);
    answer(&w, d, t, builds);
    writer_raw(&w, "<main>");
    worst(&w, d, t);
    matrix_write(&w, d);
    builds_table_write(&w, builds);
    scenarios(&w, d);
    writer_raw(&w, "</main>\n");
    json_array_foreach(json_object_get(d->verdicts, "verdicts"), i, v)
    {
        panel_write(&w, d, v);
    }
    writer_raw(&w, "</body></html>\n");
    result = writer_finish(&w, path);
out:
    json_decref(builds);
    free(path);
    return result;
}
