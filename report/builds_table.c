/* Facts of builds_new as HTML. */
#include "report/builds_table.h"

#include "report/document.h"

static void names(struct writer *w, const json_t *array)
{
    size_t i;
    const json_t *name;

    json_array_foreach(array, i, name)
    {
        writer_put(w, "%s%s", i ? ", " : "", json_string_value(name));
    }
}

void builds_table_missing(struct writer *w, const json_t *builds)
{
    const json_t *missing = json_object_get(builds, "not_built");

    if (!json_array_size(missing))
        return;
    writer_put(
        w,
        "<p class=\"missing\"><b>Not built, so not run</b> (%n cells say "
        "nothing): ",
        document_number(builds, "cells_not_run"));
    names(w, missing);
    writer_raw(w,
               ". <code>make stacks</code> builds those that can be had.</p>");
}

static void number(struct writer *w, const json_t *build, const char *key,
                   const char *before)
{
    if (!json_is_integer(json_object_get(build, key)))
        return;
    writer_put(w, "%s%n", before, document_number(build, key));
}

static void limits(struct writer *w, const json_t *build)
{
    writer_raw(w, "<td class=\"units\">");
    number(w, build, "certificates", "");
    if (!json_is_integer(json_object_get(build, "certificates")))
        number(w, build, "depth", "depth ");
    writer_raw(w, "</td><td class=\"units\">");
    number(w, build, "message", "");
    writer_put(w, "</td><td>%s</td><td class=\"units\">",
               json_is_true(json_object_get(build, "measures_heap")) ? "yes"
                                                                     : "no");
    number(w, build, "peak_heap", "");
    writer_raw(w, "</td><td class=\"units\">");
    number(w, build, "cells", "");
    writer_put(w, "</td><td class=\"units%s\">",
               document_number(build, "errors") ? " bad" : "");
    number(w, build, "errors", "");
    writer_raw(w, "</td>");
}

static void row(struct writer *w, const json_t *build)
{
    const char *reason = document_text(build, "reason");

    writer_put(w, "<tr><th scope=\"row\">%s", document_text(build, "stack"));
    if (json_array_size(json_object_get(build, "emulates"))) {
        writer_raw(w, "<small>emulated: ");
        names(w, json_object_get(build, "emulates"));
        writer_raw(w, "</small>");
    }
    writer_raw(w, "</th>");
    if (json_is_true(json_object_get(build, "built"))) {
        writer_put(w, "<td>%s</td><td>%s</td>", document_text(build, "version"),
                   document_text(build, "tls"));
        limits(w, build);
    } else {
        writer_put(w, "<td colspan=\"8\" class=\"missing\">not built%s%s</td>",
                   *reason ? ": " : "", reason);
    }
    writer_raw(w, "</tr>\n");
}

void builds_table_write(struct writer *w, const json_t *builds)
{
    const json_t *of = json_object_get(builds, "heap_of"), *build;
    size_t i;

    writer_raw(w, "<section id=\"stacks\"><h2>Stack builds</h2>"
                  "<p>What each program says of itself, and what it did here.");
    if (json_is_object(of))
        writer_put(
            w,
            " Peak heap is measured in one cell that %lld builds have "
            "in common: device <b>%s</b>, %s/%s, the %s chain over TLS %s.",
            document_number(of, "builds"), document_text(of, "device"),
            document_text(of, "scenario"), document_text(of, "state"),
            document_text(of, "chain"), document_text(of, "version"));
    writer_raw(w, "</p><div class=\"scroll\"><table class=\"builds\"><thead>"
                  "<tr><th>Stack build</th><th>Version</th><th>TLS</th>"
                  "<th>Most certificates</th>"
                  "<th>Largest Certificate message, bytes</th>"
                  "<th>Heap measured</th><th>Peak heap, bytes</th>"
                  "<th>Cells</th><th>Errors</th></tr></thead><tbody>\n");
    json_array_foreach(json_object_get(builds, "builds"), i, build)
    {
        row(w, build);
    }
    writer_raw(w, "</tbody></table></div></section>\n");
}
