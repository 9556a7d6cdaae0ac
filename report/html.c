/* The page. Order: the answer, what to know before believing it, the devices
 * that lose (by units), the matrix, the stack builds, then the explanations,
 * which CSS shows only when a link points at them: no script, so it opens
 * anywhere. */
#include "report/html.h"

#include <stdlib.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/quantity.h"
#include "report/assets.h"
#include "report/breaks.h"
#include "report/builds.h"
#include "report/builds_table.h"
#include "report/matrix.h"
#include "report/panel.h"
#include "report/remarks.h"
#include "report/writer.h"

struct page {
    struct writer w;
    const struct run_view *view;
    const struct tally *tally;
    const struct builds_of *builds;
    struct remarks remarks;
};

static void head(struct page *p)
{
    writer_raw(&p->w,
               "<!doctype html>\n<html lang=\"en\"><head>"
               "<meta charset=\"utf-8\">"
               "<meta name=\"viewport\" "
               "content=\"width=device-width, initial-scale=1\">"
               "<title>chainbreak: which devices break</title><style>\n");
    writer_raw(&p->w, asset_page_css);
    matrix_style(&p->w, p->view);
    writer_raw(&p->w, "</style></head>\n<body><header><h1>chainbreak</h1>");
}

static void answer(struct page *p)
{
    const struct tally *t = p->tally;

    writer_put(&p->w,
               "<p class=\"answer\">What becomes of <b>%n units</b> "
               "(%z device types):</p><dl class=\"answer\">",
               t->whole.units, t->whole.types);
    for (int i = 0; i < EFFECTS; i++) {
        enum effect e = effect_order(i);

        writer_put(&p->w,
                   "<dt class=\"%s\">%n</dt><dd><b>%s</b> %s "
                   "<small>%z device types; %n verdicts</small></dd>",
                   t->parts[e].types ? effect_name(e) : "none",
                   t->parts[e].units, effect_heading(e), effect_sentence(e),
                   t->parts[e].types, (long long)t->parts[e].verdicts);
    }
    writer_raw(&p->w, "</dl>");
}

static void run(struct page *p)
{
    const struct run_facts *r = p->view->run;
    const struct tally *t = p->tally;
    char seconds[32];

    snprintf(seconds, sizeof seconds, "%.1f", r->seconds);
    writer_put(&p->w,
               "<p class=\"run\">%n cells in %s s, started %s. "
               "%z errors, %z unmapped, %z %s",
               (long long)r->cells, seconds, r->started_at, r->errors,
               r->unmapped, r->untested, outcome_name(OUTCOME_UNTESTED));
    if (t->undiagnosed)
        writer_put(&p->w, ", <b class=\"bad\">%z undiagnosed</b>",
                   t->undiagnosed);
    if (t->unexpected)
        writer_put(&p->w, ", <b class=\"bad\">%z not as expected</b>",
                   t->unexpected);
    writer_raw(&p->w, ".</p>");
    if (p->view->plan->stacks_count > 1)
        writer_put(&p->w,
                   "<p class=\"run\">Units of a device type count once, "
                   "whichever of its stack builds they run: with their builds "
                   "the types are %z devices, of which %z lose.</p>",
                   p->view->plan->devices_count, t->devices_losing);
    builds_table_missing(&p->w, p->builds);
}

static void remarks(struct page *p)
{
    if (!p->remarks.count)
        return;
    writer_put(&p->w,
               "<details class=\"remarks\"%s><summary>What to know before "
               "believing it (%z)</summary><ul>",
               p->remarks.count <= 6 ? " open" : "", p->remarks.count);
    for (size_t i = 0; i < p->remarks.count; i++) {
        const struct remark *r = &p->remarks.items[i];

        writer_put(&p->w, "<li><b>%s</b> %s%s%s", remark_heading(r->kind),
                   r->of, r->of ? ": " : "", r->text);
        if (r->verdicts)
            writer_put(&p->w, " <small>%z verdicts</small>", r->verdicts);
        writer_raw(&p->w, "</li>");
    }
    writer_raw(&p->w, "</ul></details>");
}

static void top(struct page *p)
{
    answer(p);
    run(p);
    remarks(p);
    writer_raw(&p->w, "<nav>");
    for (int i = 0; i < VERDICT_COUNT; i++)
        if (verdict_effect(effect_worst(i)) == EFFECT_LOSES)
            writer_put(&p->w, "<a href=\"#%s\">%s</a>",
                       verdict_name(effect_worst(i)),
                       verdict_name(effect_worst(i)));
    writer_raw(&p->w, "<a href=\"#untold\">What cannot be told</a>"
                      "<a href=\"#matrix\">The matrix</a>"
                      "<a href=\"#scenarios\">The changes</a>"
                      "<a href=\"#stacks\">Stack builds</a></nav></header>\n");
}

/* Up to three by name, more by number with the names one click away. */
static void builds(struct writer *w, const struct break_row *row, size_t of)
{
    if (row->count > 3 && row->count == of)
        writer_put(w, "<details><summary>all %z builds</summary>", row->count);
    else if (row->count > 3)
        writer_put(w, "<details><summary>%z of %z builds</summary>", row->count,
                   of);
    for (size_t i = 0; i < row->count; i++)
        writer_put(w, "%s%s", i ? ", " : "", row->builds[i]->stack);
    if (row->count > 3)
        writer_raw(w, "</details>");
}

static void worst_row(struct page *p, const struct break_group *g,
                      const struct break_row *row)
{
    const struct judgement *j = row->first;
    const struct plan_scenario *s = plan_scenario(p->view->plan, j->scenario);

    writer_put(&p->w, "<td><a href=\"#%s/%s\">%s</a><small>%s</small></td><td>",
               j->scenario, j->device, s ? s->scenario->title : j->scenario,
               j->after);
    builds(&p->w, row, g->of);
    writer_put(&p->w,
               "</td><td><span class=\"reason\">%s</span></td><td>%s</td>"
               "<td>",
               reason_name(j->reason), j->cause);
    panel_mends(&p->w, j, 0);
    writer_raw(&p->w, "</td></tr>\n");
}

static void worst_group(struct page *p, const struct break_group *g)
{
    for (size_t i = 0; i < g->count; i++) {
        writer_raw(&p->w, "<tr>");
        if (i == 0)
            writer_put(&p->w,
                       "<th scope=\"rowgroup\" rowspan=\"%z\" "
                       "class=\"units\">%n</th><th scope=\"rowgroup\" "
                       "rowspan=\"%z\">%s<small>%s</small></th>",
                       g->count, (long long)g->device->device->units, g->count,
                       g->device->device->title, g->device->type);
        worst_row(p, g, &g->rows[i]);
    }
}

static int worst(struct page *p, enum verdict verdict)
{
    struct breaks b;

    writer_put(&p->w, "<section id=\"%s\"><h2>%s <small>%s</small></h2>",
               verdict_name(verdict), verdict_name(verdict),
               verdict_sentence(verdict));
    if (breaks_init(&b, p->view, p->tally, verdict))
        return -1;
    if (b.count)
        writer_raw(&p->w,
                   "<div class=\"scroll\"><table class=\"worst\"><thead><tr>"
                   "<th>Units</th><th>Device type</th><th>Change, state</th>"
                   "<th>Stack builds</th><th>Reason</th><th>Cause</th>"
                   "<th>What mends it</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < b.count; i++)
        worst_group(p, &b.groups[i]);
    writer_raw(&p->w, b.count ? "</tbody></table></div>\n" : "<p>None.</p>");
    writer_raw(&p->w, "</section>\n");
    breaks_clear(&b);
    return 0;
}

/* How many verdicts say nothing, and of which kind. */
static void untold(struct page *p)
{
    size_t n = 0;

    writer_raw(&p->w,
               "<section id=\"untold\"><h2>What cannot be told</h2><ul>");
    for (int i = 0; i < VERDICT_COUNT; i++) {
        enum verdict v = effect_worst(i);

        if (verdict_is_statement(v) || !p->tally->by_verdict[v])
            continue;
        n++;
        writer_put(&p->w, "<li><b>%n %s</b> %s</li>",
                   (long long)p->tally->by_verdict[v], verdict_name(v),
                   verdict_sentence(v));
    }
    writer_raw(&p->w,
               n ? "</ul></section>\n" : "<li>Nothing.</li></ul></section>\n");
}

static void chain(struct writer *w, const char *kind,
                  const struct certificates_list *list)
{
    char until[32];

    if (!list->count)
        return;
    writer_put(w, "<p>%s chain</p><ol class=\"chain\">", kind);
    for (size_t i = 0; i < list->count; i++) {
        const struct certificate *c = list->items[i];

        writer_put(w,
                   "<li><b>%s</b> <small>%n bytes, %s, until %s; issued by "
                   "%s</small></li>",
                   c->name, (long long)c->bytes, c->key,
                   time_format(c->not_after, until), c->issuer);
    }
    writer_raw(w, "</ol>");
}

static void states(struct writer *w, const struct plan_scenario *s)
{
    char now[32];

    for (size_t i = 0; i < s->scenario->states_count; i++) {
        const struct plan_state *st = &s->states[i];

        writer_put(w,
                   "<details id=\"state-%s-%s\"><summary>%s <small>clock %s, "
                   "policy %s</small></summary>",
                   s->scenario->id, st->state->name, st->state->name,
                   time_format(st->state->now, now), st->state->policy);
        chain(w, "RSA", &st->chains[CHAIN_RSA]);
        chain(w, "ECDSA", &st->chains[CHAIN_ECDSA]);
        for (size_t k = 0; k < st->left_out_count; k++)
            writer_put(w, "<p class=\"missing\">Left out: %s</p>",
                       st->left_out[k]);
        writer_raw(w, "</details>");
    }
}

static void scenarios(struct page *p)
{
    writer_raw(&p->w, "<section id=\"scenarios\"><h2>The changes</h2>");
    for (size_t i = 0; i < p->view->plan->scenarios_count; i++) {
        const struct plan_scenario *s = &p->view->plan->scenarios[i];

        writer_put(&p->w,
                   "<article id=\"scenario-%s\"><h3>%s</h3><p>%s</p>"
                   "<p class=\"source\">%s</p>",
                   s->scenario->id, s->scenario->title, s->scenario->story,
                   s->scenario->source);
        states(&p->w, s);
        writer_raw(&p->w, "</article>\n");
    }
    writer_raw(&p->w, "</section>\n");
}

static int body(struct page *p)
{
    head(p);
    top(p);
    writer_raw(&p->w, "<main>");
    for (int i = 0; i < VERDICT_COUNT; i++)
        if (verdict_effect(effect_worst(i)) == EFFECT_LOSES &&
            worst(p, effect_worst(i)))
            return -1;
    untold(p);
    matrix_write(&p->w, p->view);
    builds_table_write(&p->w, p->builds);
    scenarios(p);
    writer_raw(&p->w, "</main>\n");
    for (size_t i = 0; i < p->view->verdicts->count; i++)
        panel_write(&p->w, p->view, &p->view->verdicts->items[i]);
    writer_raw(&p->w, "</body></html>\n");
    return 0;
}

int html_write(const struct run_view *v, const struct tally *t,
               const struct builds_of *b, const char *dir)
{
    struct page p = {.view = v, .tally = t, .builds = b};
    char *path = format("%s/report.html", dir);
    int status = -1;

    if (!path) {
        diag("out of memory");
        return -1;
    }
    if (remarks_init(&p.remarks, v) || writer_init(&p.w, path))
        goto out;
    status = body(&p);
    if (writer_finish(&p.w))
        status = -1;
out:
    remarks_clear(&p.remarks);
    free(path);
    return status;
}
