/* The page. Order: the answer, the devices that break (by units), those that
 * are insecure, the matrix, then the explanations, which CSS shows only when a
 * link points at them: no script, so it opens anywhere. */
#include "report/html.h"

#include <stdlib.h>
#include <string.h>

#include "core/diag.h"
#include "core/file.h"
#include "report/assets.h"
#include "report/panel.h"
#include "report/writer.h"

static const struct {
    const char *verdict, *mark, *meaning;
} legend[] = {
    {"survives", "✓", "connects in every state"},
    {"breaks", "✕", "connects today and no longer after the change"},
    {"already-broken", "–", "does not connect today either"},
    {"recovers", "↑", "connects only after the change"},
    {"refuses", "■", "refuses the attack"},
    {"insecure", "!", "accepts the attack"},
    {"unsupported", "·", "the stack build lacks what the device needs"},
    {"error", "?", "no verdict: the run itself failed here"},
};

static const char *mark_of(const char *verdict)
{
    for (size_t i = 0; i < sizeof legend / sizeof *legend; i++)
        if (!strcmp(legend[i].verdict, verdict))
            return legend[i].mark;
    return "?";
}

static void head(struct writer *w)
{
    writer_raw(w, "<!doctype html>\n<html lang=\"en\"><head>"
                  "<meta charset=\"utf-8\">"
                  "<meta name=\"viewport\" "
                  "content=\"width=device-width, initial-scale=1\">"
                  "<title>chainbreak: which devices break</title><style>\n");
    writer_raw(w, asset_page_css);
    writer_raw(w, "</style></head>\n<body><header><h1>chainbreak</h1>");
}

static void answer(struct writer *w, const struct document *d,
                   const struct tally *t)
{
    const json_t *run = json_object_get(d->verdicts, "run");
    char seconds[32];

    snprintf(seconds, sizeof seconds, "%.1f",
             json_number_value(json_object_get(run, "seconds")));
    if (t->devices_broken)
        writer_put(
            w,
            "<p class=\"answer\"><b>%n of %n units</b> "
            "(%lld of %lld devices) stop connecting in at least one "
            "of the changes below.</p>",
            t->units_broken, t->units, (long long)t->devices_broken,
            (long long)json_array_size(json_object_get(d->plan, "devices")));
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
    writer_raw(w, ".</p><nav><a href=\"#breaks\">What breaks</a>"
                  "<a href=\"#insecure\">What is insecure</a>"
                  "<a href=\"#matrix\">The matrix</a>"
                  "<a href=\"#scenarios\">The changes</a>"
                  "<a href=\"#stacks\">The stacks</a></nav></header>\n");
}

/* How many of the verdicts from `at` on are of the same device and verdict. */
static size_t run_length(const struct tally *t, size_t at, const char *verdict)
{
    const char *device = document_text(t->worst[at], "device");
    size_t n = 0;

    for (size_t i = at; i < t->worst_count; i++) {
        if (strcmp(document_text(t->worst[i], "device"), device) != 0)
            break;
        n += !strcmp(document_text(t->worst[i], "verdict"), verdict);
    }
    return n;
}

static void worst_row(struct writer *w, const struct document *d,
                      const json_t *v, size_t span)
{
    const char *id = document_text(v, "device");
    const char *scenario = document_text(v, "scenario");

    writer_raw(w, "<tr>");
    if (span)
        writer_put(w,
                   "<th scope=\"rowgroup\" rowspan=\"%d\" class=\"units\">"
                   "%n</th><th scope=\"rowgroup\" rowspan=\"%d\">%s"
                   "<small>%s</small></th>",
                   (int)span, document_number(v, "units"), (int)span,
                   document_text(document_device(d, id), "title"), id);
    writer_put(w,
               "<td><a href=\"#%s/%s\">%s</a><small>%s</small></td>"
               "<td><span class=\"reason\">%s</span></td>"
               "<td>%s</td><td>%s</td></tr>\n",
               scenario, id,
               document_text(document_scenario(d, scenario), "title"),
               document_text(v, "after"), document_text(v, "reason"),
               document_text(v, "cause"), document_text(v, "mend"));
}

static void worst_table(struct writer *w, const struct document *d,
                        const struct tally *t, const char *verdict)
{
    const char *last = "";

    writer_raw(w, "<div class=\"scroll\"><table class=\"worst\"><thead><tr>"
                  "<th>Units</th><th>Device</th><th>Change, state</th>"
                  "<th>Reason</th><th>Cause</th><th>What mends it</th></tr>"
                  "</thead><tbody>\n");
    for (size_t i = 0; i < t->worst_count; i++) {
        const json_t *v = t->worst[i];
        const char *device = document_text(v, "device");

        if (strcmp(document_text(v, "verdict"), verdict) != 0)
            continue;
        worst_row(w, d, v,
                  strcmp(device, last) ? run_length(t, i, verdict) : 0);
        last = device;
    }
    writer_raw(w, "</tbody></table></div>\n");
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

static void matrix_head(struct writer *w, const struct document *d)
{
    size_t i;
    const json_t *s;

    writer_raw(
        w, "<section id=\"matrix\"><h2>The matrix</h2><p class=\"legend\">");
    for (i = 0; i < sizeof legend / sizeof *legend; i++)
        writer_put(w, "<span><i class=\"v %s\">%s</i> <b>%s</b> %s</span> ",
                   legend[i].verdict, legend[i].mark, legend[i].verdict,
                   legend[i].meaning);
    writer_raw(w, "</p><div class=\"scroll\"><table class=\"matrix\"><thead>"
                  "<tr><th>Device</th><th>Units</th>");
    json_array_foreach(json_object_get(d->plan, "scenarios"), i, s)
    {
        writer_put(w,
                   "<th class=\"turned\"><a href=\"#scenario-%s\" "
                   "title=\"%s\"><span>%s</span></a></th>",
                   document_text(s, "id"), document_text(s, "title"),
                   document_text(s, "id"));
    }
    writer_raw(w, "</tr></thead><tbody>\n");
}

static void matrix_cell(struct writer *w, const json_t *v)
{
    const char *name = document_text(v, "verdict");
    const char *reason = document_text(v, "reason");
    int unexpected = json_is_false(json_object_get(v, "as_expected"));

    if (!v) {
        writer_raw(w, "<td></td>");
        return;
    }
    writer_put(w,
               "<td><a class=\"v %s%s\" href=\"#%s/%s\" "
               "title=\"%s: %s%s%s%s\">%s</a></td>",
               name, unexpected ? " unexpected" : "",
               document_text(v, "scenario"), document_text(v, "device"),
               document_text(v, "scenario"), name, *reason ? ", " : "", reason,
               unexpected ? " (not as expected)" : "", mark_of(name));
}

static void matrix(struct writer *w, const struct document *d)
{
    const char *last = "";
    size_t i, j;
    const json_t *device, *s;

    matrix_head(w, d);
    json_array_foreach(json_object_get(d->plan, "devices"), i, device)
    {
        const char *type = document_text(device, "device");
        const char *id = document_text(device, "id");

        writer_put(w,
                   "<tr%s><th scope=\"row\" title=\"%s\">%s</th>"
                   "<td class=\"units\">%n</td>",
                   strcmp(type, last) ? " class=\"first\"" : "",
                   document_text(device, "title"), id,
                   document_number(device, "units"));
        last = type;
        json_array_foreach(json_object_get(d->plan, "scenarios"), j, s)
        {
            matrix_cell(w, document_verdict(d, document_text(s, "id"), id));
        }
        writer_raw(w, "</tr>\n");
    }
    writer_raw(w, "</tbody></table></div></section>\n");
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
                   "<p class=\"source\">%s</p></article>\n",
                   document_text(s, "id"), document_text(s, "title"),
                   document_text(s, "story"), document_text(s, "source"));
    }
    writer_raw(w, "</section>\n<section id=\"stacks\"><h2>The stacks</h2><ul>");
    json_array_foreach(json_object_get(d->plan, "stacks"), i, s)
    {
        writer_put(w, "<li><b>%s</b> %s%s</li>", document_text(s, "stack"),
                   document_text(s, "version"),
                   json_is_false(json_object_get(s, "built")) ? " (not built)"
                                                              : "");
    }
    writer_raw(w, "</ul></section>\n");
}

int html_write(const struct document *d, const struct tally *t, const char *dir)
{
    char *path = format("%s/report.html", dir);
    struct writer w;
    size_t i;
    const json_t *v;
    int result = -1;

    if (!path || writer_init(&w))
        goto out;
    head(&w);
    answer(&w, d, t);
    writer_raw(&w, "<main>");
    worst(&w, d, t);
    matrix(&w, d);
    scenarios(&w, d);
    writer_raw(&w, "</main>\n");
    json_array_foreach(json_object_get(d->verdicts, "verdicts"), i, v)
    {
        panel_write(&w, d, v);
    }
    writer_raw(&w, "</body></html>\n");
    result = writer_finish(&w, path);
out:
    free(path);
    return result;
}
