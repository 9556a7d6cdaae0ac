/* What a run tells about its stack builds, as HTML. */
#include "report/builds_table.h"

void builds_table_missing(struct writer *w, const struct builds_of *builds)
{
    size_t n = 0;

    if (!builds->not_built)
        return;
    writer_put(
        w,
        "<p class=\"missing\"><b>Not built, so not run</b> (%n cells say "
        "nothing): ",
        (long long)builds->cells_not_run);
    for (size_t i = 0; i < builds->count; i++)
        if (!builds->items[i].stack->built)
            writer_put(w, "%s%s", n++ ? ", " : "",
                       builds->items[i].stack->name);
    writer_raw(w,
               ". <code>make stacks</code> builds those that can be had.</p>");
}

static void number(struct writer *w, long long n, const char *before)
{
    if (n)
        writer_put(w, "%s%n", before, n);
}

static void limits(struct writer *w, const struct build *build)
{
    writer_raw(w, "<td class=\"units\">");
    number(w, build->stack->certificates, "");
    if (!build->stack->certificates)
        number(w, build->stack->depth, "depth ");
    writer_raw(w, "</td><td class=\"units\">");
    number(w, build->message, "");
    writer_put(w, "</td><td>%s</td><td class=\"units\">",
               build->measures_heap ? "yes" : "no");
    number(w, build->peak_heap, "");
    writer_put(w,
               "</td><td class=\"units\">%n</td><td class=\"units%s\">%n</td>",
               (long long)build->cells, build->errors ? " bad" : "",
               (long long)build->errors);
}

static void small(struct writer *w, const char *heading, char *const *items,
                  size_t count)
{
    if (!count)
        return;
    writer_put(w, "<small>%s", heading);
    for (size_t i = 0; i < count; i++)
        writer_put(w, "%s%s", i ? ", " : "", items[i]);
    writer_raw(w, "</small>");
}

static void row(struct writer *w, const struct build *build)
{
    const struct plan_stack *s = build->stack;

    writer_put(w, "<tr><th scope=\"row\">%s", s->name);
    small(w, "emulated: ", s->emulates, s->emulates_count);
    small(w, "note: ", s->notes, s->notes_count);
    writer_raw(w, "</th>");
    if (s->built) {
        writer_put(w, "<td>%s</td><td>%s</td>", s->version, build->tls);
        limits(w, build);
    } else {
        writer_put(w, "<td colspan=\"8\" class=\"missing\">not built%s%s</td>",
                   s->reason ? ": " : "", s->reason);
    }
    writer_raw(w, "</tr>\n");
}

void builds_table_write(struct writer *w, const struct builds_of *builds)
{
    writer_raw(w, "<section id=\"stacks\"><h2>Stack builds</h2>"
                  "<p>What each program says of itself, and what it did here.");
    if (builds->heap.builds)
        writer_put(
            w,
            " Peak heap is measured in one cell that %z builds have "
            "in common: device <b>%s</b>, %s/%s, the %s chain over TLS %s.",
            builds->heap.builds, builds->heap.type, builds->heap.scenario,
            builds->heap.state, builds->heap.chain, builds->heap.version);
    writer_raw(w, "</p><div class=\"scroll\"><table class=\"builds\"><thead>"
                  "<tr><th>Stack build</th><th>Version</th><th>TLS</th>"
                  "<th>Most certificates</th>"
                  "<th>Largest Certificate message, bytes</th>"
                  "<th>Heap measured</th><th>Peak heap, bytes</th>"
                  "<th>Cells</th><th>Errors</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < builds->count; i++)
        row(w, &builds->items[i]);
    writer_raw(w, "</tbody></table></div></section>\n");
}
