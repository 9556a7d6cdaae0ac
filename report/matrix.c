/* With many stack builds the rows of a device type fold into one that shows
 * the worst verdict. Folding and choosing a build are check boxes and CSS's
 * :has(); a browser without it shows all rows. */
#include "report/matrix.h"

#include <string.h>

enum { OPEN_AT_MOST = 60 }; /* devices; with more, the blocks start folded */

/* The worst first: it is what a folded row shows. */
static const struct {
    const char *verdict, *mark, *meaning;
} legend[] = {
    {"insecure", "!", "accepts the attack"},
    {"breaks", "✕", "connects today and no longer after the change"},
    {"error", "?", "no verdict: the run itself failed here"},
    {"already-broken", "–", "does not connect today either"},
    {"recovers", "↑", "connects only after the change"},
    {"refuses", "■", "refuses the attack"},
    {"survives", "✓", "connects in every state"},
    {"unsupported", "·", "the stack build lacks what the device needs"},
    {"not-built", "∅", "the stack build is not here: no verdict"},
};

enum { VERDICTS = sizeof legend / sizeof *legend };

struct block { /* the devices first to first + count - 1 of the plan */
    const struct document *document;
    const json_t *devices;
    size_t first, count;
};

static int index_of(const char *verdict)
{
    for (int i = 0; i < VERDICTS; i++)
        if (!strcmp(legend[i].verdict, verdict))
            return i;
    return -1;
}

void matrix_style(struct writer *w, const struct document *d)
{
    size_t n = json_array_size(json_object_get(d->plan, "stacks"));

    for (int i = 0; i < (int)n; i++)
        writer_put(w,
                   "body:has(#only%d:checked) .matrix tr.type,"
                   "body:has(#only%d:checked) .matrix tr.build{display:none}"
                   "body:has(#only%d:checked) .matrix tbody tr.b%d"
                   "{display:table-row}\n",
                   i, i, i, i);
}

static void choice(struct writer *w, const struct document *d)
{
    size_t i;
    const json_t *stack;

    if (json_array_size(json_object_get(d->plan, "stacks")) < 2)
        return;
    writer_raw(w, "<p class=\"choice\">Show <label><input type=\"radio\" "
                  "name=\"only\" checked> all builds</label>");
    json_array_foreach(json_object_get(d->plan, "stacks"), i, stack)
    {
        writer_put(w,
                   " <label><input type=\"radio\" name=\"only\" id=\"only%d\">"
                   " %s</label>",
                   (int)i, document_text(stack, "stack"));
    }
    writer_raw(w, "</p>");
}

static void head(struct writer *w, const struct document *d)
{
    size_t i;
    const json_t *s;

    writer_raw(
        w, "<section id=\"matrix\"><h2>The matrix</h2><p class=\"legend\">");
    for (i = 0; i < VERDICTS; i++)
        writer_put(w, "<span><i class=\"v %s\">%s</i> <b>%s</b> %s</span> ",
                   legend[i].verdict, legend[i].mark, legend[i].verdict,
                   legend[i].meaning);
    writer_raw(w, "<span><i class=\"v breaks mixed\">✕3</i> <b>mixed</b> the "
                  "worst of several builds, and how many of them</span></p>");
    choice(w, d);
    writer_raw(w, "<div class=\"scroll tall\"><table class=\"matrix\"><thead>"
                  "<tr><th>Device</th><th>Units</th>");
    json_array_foreach(json_object_get(d->plan, "scenarios"), i, s)
    {
        writer_put(w,
                   "<th class=\"turned\"><a href=\"#scenario-%s\" "
                   "title=\"%s\"><span>%s</span></a></th>",
                   document_text(s, "id"), document_text(s, "title"),
                   document_text(s, "id"));
    }
    writer_raw(w, "</tr></thead>\n");
}

static int is_unexpected(const json_t *verdict)
{
    return json_is_false(json_object_get(verdict, "as_expected"));
}

static void cell(struct writer *w, const json_t *v)
{
    const char *name = document_text(v, "verdict");
    const char *reason = document_text(v, "reason");
    int at = index_of(name);

    if (!v) {
        writer_raw(w, "<td></td>");
        return;
    }
    writer_put(w,
               "<td><a class=\"v %s%s\" href=\"#%s/%s\" "
               "title=\"%s: %s%s%s%s\">%s</a></td>",
               name, is_unexpected(v) ? " unexpected" : "",
               document_text(v, "scenario"), document_text(v, "device"),
               document_text(v, "scenario"), name, *reason ? ", " : "", reason,
               is_unexpected(v) ? " (not as expected)" : "",
               at < 0 ? "?" : legend[at].mark);
}

static int stack_index(const struct document *d, const char *name)
{
    size_t i;
    const json_t *stack;

    json_array_foreach(json_object_get(d->plan, "stacks"), i, stack)
    {
        if (!strcmp(document_text(stack, "stack"), name))
            return (int)i;
    }
    return -1;
}

static void build_row(struct writer *w, const struct document *d,
                      const json_t *device)
{
    size_t i;
    const json_t *s;

    writer_put(w,
               "<tr class=\"build b%d\"><th scope=\"row\" title=\"%s\">%s</th>"
               "<td class=\"units\">%n</td>",
               stack_index(d, document_text(device, "stack")),
               document_text(device, "title"), document_text(device, "id"),
               document_number(device, "units"));
    json_array_foreach(json_object_get(d->plan, "scenarios"), i, s)
    {
        cell(w, document_verdict(d, document_text(s, "id"),
                                 document_text(device, "id")));
    }
    writer_raw(w, "</tr>\n");
}

struct sum { /* the verdicts of a block in one change */
    int counts[VERDICTS], unexpected, total;
    const json_t *worst;
};

static struct sum add_up(const struct block *b, const char *scenario)
{
    struct sum sum = {.total = 0};
    int worst = VERDICTS;

    for (size_t i = b->first; i < b->first + b->count; i++) {
        const json_t *v = document_verdict(
            b->document, scenario,
            document_text(json_array_get(b->devices, i), "id"));
        int at = v ? index_of(document_text(v, "verdict")) : -1;

        if (at < 0)
            continue;
        sum.counts[at]++;
        sum.total++;
        sum.unexpected += is_unexpected(v);
        if (at < worst) {
            worst = at;
            sum.worst = v;
        }
    }
    return sum;
}

/* Builds that make no statement do not make a block mixed. */
static void sum_cell(struct writer *w, const struct sum *sum)
{
    const char *name = document_text(sum->worst, "verdict");
    int worst = sum->worst ? index_of(name) : -1, spoke;

    if (worst < 0) {
        writer_raw(w, "<td></td>");
        return;
    }
    spoke = sum->total - sum->counts[index_of("unsupported")] -
            sum->counts[index_of("not-built")];
    writer_put(w, "<td><a class=\"v %s%s%s\" href=\"#%s/%s\" title=\"%s:", name,
               sum->counts[worst] < spoke ? " mixed" : "",
               sum->unexpected ? " unexpected" : "",
               document_text(sum->worst, "scenario"),
               document_text(sum->worst, "device"),
               document_text(sum->worst, "scenario"));
    for (int i = 0; i < VERDICTS; i++)
        if (sum->counts[i])
            writer_put(w, " %d %s", sum->counts[i], legend[i].verdict);
    if (sum->unexpected)
        writer_put(w, ", %d not as expected", sum->unexpected);
    writer_put(w, "\">%s", legend[worst].mark);
    if (sum->counts[worst] < spoke)
        writer_put(w, "%d", sum->counts[worst]);
    writer_raw(w, "</a></td>");
}

static void type_row(struct writer *w, const struct block *b)
{
    const json_t *device = json_array_get(b->devices, b->first), *s;
    size_t i;

    writer_put(w,
               "<tr class=\"type\"><th scope=\"rowgroup\" title=\"%s\"><label>"
               "<input type=\"checkbox\"%s> %s <small>%d builds</small></label>"
               "</th><td class=\"units\">%n</td>",
               document_text(device, "title"),
               json_array_size(b->devices) <= OPEN_AT_MOST ? " checked" : "",
               document_text(device, "device"), (int)b->count,
               document_number(device, "units"));
    json_array_foreach(json_object_get(b->document->plan, "scenarios"), i, s)
    {
        struct sum sum = add_up(b, document_text(s, "id"));

        sum_cell(w, &sum);
    }
    writer_raw(w, "</tr>\n");
}

static void block(struct writer *w, const struct block *b)
{
    writer_put(w, "<tbody class=\"%s\">\n", b->count > 1 ? "many" : "one");
    if (b->count > 1)
        type_row(w, b);
    for (size_t i = b->first; i < b->first + b->count; i++)
        build_row(w, b->document, json_array_get(b->devices, i));
    writer_raw(w, "</tbody>\n");
}

void matrix_write(struct writer *w, const struct document *d)
{
    struct block b = {d, json_object_get(d->plan, "devices"), 0, 0};
    size_t n = json_array_size(b.devices);

    head(w, d);
    for (; b.first < n; b.first += b.count) {
        const char *type =
            document_text(json_array_get(b.devices, b.first), "device");

        for (b.count = 1; b.first + b.count < n; b.count++)
            if (strcmp(
                    document_text(json_array_get(b.devices, b.first + b.count),
                                  "device"),
                    type) != 0)
                break;
        block(w, &b);
    }
    writer_raw(w, "</table></div></section>\n");
}
