/* With many stack builds the rows of a device type fold into one that shows
 * the worst verdict. Folding and choosing a build are check boxes and CSS's
 * :has(); a browser without it shows all rows. */
#include "report/matrix.h"

#include <string.h>

#include "report/effect.h"

enum { OPEN_AT_MOST = 60 }; /* devices; with more, the blocks start folded */

struct block { /* the devices first to first + count - 1 of the plan */
    const struct run_view *view;
    size_t first, count;
};

void matrix_style(struct writer *w, const struct run_view *v)
{
    for (int i = 0; i < (int)v->plan->stacks_count; i++)
        writer_put(w,
                   "body:has(#only%d:checked) .matrix tr.type,"
                   "body:has(#only%d:checked) .matrix tr.build{display:none}"
                   "body:has(#only%d:checked) .matrix tbody tr.b%d"
                   "{display:table-row}\n",
                   i, i, i, i);
}

static void choice(struct writer *w, const struct run_view *v)
{
    if (v->plan->stacks_count < 2)
        return;
    writer_raw(w, "<p class=\"choice\">Show <label><input type=\"radio\" "
                  "name=\"only\" checked> all builds</label>");
    for (size_t i = 0; i < v->plan->stacks_count; i++)
        writer_put(w,
                   " <label><input type=\"radio\" name=\"only\" id=\"only%z\">"
                   " %s</label>",
                   i, v->plan->stacks[i].name);
    writer_raw(w, "</p>");
}

void matrix_class(struct writer *w, enum verdict v)
{
    writer_put(w, "v %s%s", effect_name(verdict_effect(v)),
               verdict_is_bad(v) ? " bad" : "");
}

static void legend(struct writer *w)
{
    writer_raw(w, "<p class=\"legend\">");
    for (int i = 0; i < VERDICT_COUNT; i++) {
        enum verdict v = effect_worst(i);

        writer_raw(w, "<span><i class=\"");
        matrix_class(w, v);
        writer_put(w, "\">%s</i> <b>%s</b> %s</span> ", verdict_mark(v),
                   verdict_name(v), verdict_sentence(v));
    }
    writer_raw(w, "<span><i class=\"");
    matrix_class(w, effect_worst(0));
    writer_put(w,
               " mixed\">%s3</i> <b>mixed</b> the worst of several builds, and "
               "how many of them</span></p>",
               verdict_mark(effect_worst(0)));
}

static void head(struct writer *w, const struct run_view *v)
{
    writer_raw(w, "<section id=\"matrix\"><h2>The matrix</h2>");
    legend(w);
    choice(w, v);
    writer_raw(w, "<div class=\"scroll tall\"><table class=\"matrix\"><thead>"
                  "<tr><th>Device</th><th>Units</th>");
    for (size_t i = 0; i < v->plan->scenarios_count; i++) {
        const struct scenario *s = v->plan->scenarios[i].scenario;

        writer_put(w,
                   "<th class=\"turned\"><a href=\"#scenario-%s\" "
                   "title=\"%s\"><span>%s</span></a></th>",
                   s->id, s->title, s->id);
    }
    writer_raw(w, "</tr></thead>\n");
}

static const char *unexpected(int is)
{
    return is ? " unexpected" : "";
}

static void cell(struct writer *w, const struct judgement *j)
{
    int odd = j && j->as_expected == 0;

    if (!j) {
        writer_raw(w, "<td></td>");
        return;
    }
    writer_raw(w, "<td><a class=\"");
    matrix_class(w, j->verdict);
    writer_put(w, "%s\" href=\"#%s/%s\" title=\"%s: %s%s%s%s%s\">%s</a></td>",
               unexpected(odd), j->scenario, j->device, j->scenario,
               verdict_name(j->verdict), j->reason == REASON_NONE ? "" : ", ",
               j->reason == REASON_NONE ? "" : reason_name(j->reason),
               j->undiagnosed ? " (undiagnosed)" : "",
               odd ? " (not as expected)" : "", verdict_mark(j->verdict));
}

static int stack_index(const struct run_view *v, const char *name)
{
    const struct plan_stack *s = plan_stack(v->plan, name);

    return s ? (int)(s - v->plan->stacks) : -1;
}

static void build_row(struct writer *w, const struct run_view *v, size_t device)
{
    const struct plan_device *d = &v->plan->devices[device];

    writer_put(w,
               "<tr class=\"build b%d\"><th scope=\"row\" title=\"%s\">%s</th>"
               "<td class=\"units\">%n</td>",
               stack_index(v, view_stack(d)), d->device->title, d->device->id,
               (long long)d->device->units);
    for (size_t i = 0; i < v->plan->scenarios_count; i++)
        cell(w, view_judgement(v, i, device));
    writer_raw(w, "</tr>\n");
}

struct sum { /* the verdicts of a block in one change */
    size_t counts[VERDICT_COUNT], unexpected, spoke;
    const struct judgement *worst;
};

/* Builds that make no statement do not make a block mixed. */
static struct sum add_up(const struct block *b, size_t scenario)
{
    struct sum sum = {.spoke = 0};

    for (size_t i = b->first; i < b->first + b->count; i++) {
        const struct judgement *j = view_judgement(b->view, scenario, i);

        if (!j)
            continue;
        sum.counts[j->verdict]++;
        sum.unexpected += j->as_expected == 0;
        sum.spoke +=
            verdict_is_statement(j->verdict) || verdict_is_bad(j->verdict);
        if (!sum.worst ||
            effect_place(j->verdict) < effect_place(sum.worst->verdict))
            sum.worst = j;
    }
    return sum;
}

static void sum_cell(struct writer *w, const struct sum *sum)
{
    const struct judgement *worst = sum->worst;
    int mixed = worst && sum->counts[worst->verdict] < sum->spoke;

    if (!worst) {
        writer_raw(w, "<td></td>");
        return;
    }
    writer_raw(w, "<td><a class=\"");
    matrix_class(w, worst->verdict);
    writer_put(w, "%s%s\" href=\"#%s/%s\" title=\"%s:", mixed ? " mixed" : "",
               unexpected(sum->unexpected > 0), worst->scenario, worst->device,
               worst->scenario);
    for (int i = 0; i < VERDICT_COUNT; i++) {
        enum verdict v = effect_worst(i);

        if (sum->counts[v])
            writer_put(w, " %z %s", sum->counts[v], verdict_name(v));
    }
    if (sum->unexpected)
        writer_put(w, ", %z not as expected", sum->unexpected);
    writer_put(w, "\">%s", verdict_mark(worst->verdict));
    if (mixed)
        writer_put(w, "%z", sum->counts[worst->verdict]);
    writer_raw(w, "</a></td>");
}

static void type_row(struct writer *w, const struct block *b)
{
    const struct plan *p = b->view->plan;
    const struct plan_device *d = &p->devices[b->first];

    writer_put(w,
               "<tr class=\"type\"><th scope=\"rowgroup\" title=\"%s\"><label>"
               "<input type=\"checkbox\"%s> %s <small>%z builds</small></label>"
               "</th><td class=\"units\">%n</td>",
               d->device->title,
               p->devices_count <= OPEN_AT_MOST ? " checked" : "", d->type,
               b->count, (long long)d->device->units);
    for (size_t i = 0; i < p->scenarios_count; i++) {
        struct sum sum = add_up(b, i);

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
        build_row(w, b->view, i);
    writer_raw(w, "</tbody>\n");
}

void matrix_write(struct writer *w, const struct run_view *v)
{
    struct block b = {v, 0, 0};
    const struct plan_device *devices = v->plan->devices;
    size_t n = v->plan->devices_count;

    head(w, v);
    for (; b.first < n; b.first += b.count) {
        for (b.count = 1; b.first + b.count < n; b.count++)
            if (strcmp(devices[b.first + b.count].type,
                       devices[b.first].type) != 0)
                break;
        block(w, &b);
    }
    writer_raw(w, "</table></div></section>\n");
}
