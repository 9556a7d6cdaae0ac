/* One explanation. Everything in it is a fact of the documents; the sentences
 * are the diagnosis's. */
#include "report/panel.h"

#include <string.h>

#include "base/quantity.h"
#include "report/matrix.h"

enum {
    FULL_MOST = 3000, /* verdicts of a run told in full */
    ANCHORS_NAMED = 12
};

static void device(struct writer *w, const struct plan_device *d)
{
    writer_put(w,
               "<h4>The device</h4><dl><dt>Device</dt><dd>%s <small>%s, "
               "%n units</small></dd><dt>Stack build</dt><dd>%s</dd>",
               d->device->title, d->device->id, (long long)d->device->units,
               view_stack(d));
}

static void trust(struct writer *w, const struct plan_device *d)
{
    const struct device *dev = d->device;
    char clock[64];

    writer_raw(w, "<dt>Trust store</dt><dd>");
    if (d->store.count > ANCHORS_NAMED)
        writer_put(w, "%z trust anchors", d->store.count);
    for (size_t i = 0; d->store.count <= ANCHORS_NAMED && i < d->store.count;
         i++)
        writer_put(w, "%s%s", i ? ", " : "", d->store.items[i]->name);
    writer_raw(w, d->store.count ? "</dd>" : "none</dd>");
    for (size_t i = 0; i < d->ignored_count; i++)
        writer_put(w, "<dt>Not trusted</dt><dd>%s</dd>", d->ignored[i]);
    for (size_t i = 0; i < dev->pins_count; i++)
        writer_put(w, "<dt>Pin</dt><dd>%s, %s of %s</dd>",
                   view_pin_place(dev->pins[i].what),
                   view_pin_match(dev->pins[i].match),
                   dev->pins[i].of ? dev->pins[i].of : dev->pins[i].sha256);
    writer_put(w, "<dt>Clock</dt><dd>%s</dd>", view_clock(dev, clock));
}

/* One line per chain: what each certificate is stands once on the page, with
 * the change (html.c). */
static void chain(struct writer *w, const struct certificates_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        writer_put(w, "%s<b>%s</b> %n", i ? ", " : "", list->items[i]->name,
                   (long long)list->items[i]->bytes);
    writer_raw(w, list->count ? " bytes" : "no chain");
}

static void served(struct writer *w, const struct plan_scenario *scenario,
                   const char *state, const struct plan_state *s,
                   const struct record *r)
{
    char now[32];
    int is_other = strcmp(s->state->name, state) != 0;

    writer_put(
        w,
        "<p class=\"state\"><a href=\"#state-%s-%s\"><b>%s</b></a> "
        "<small>%s%s%sclock %s, policy %s</small></p><p class=\"chain\">",
        scenario->scenario->id, state, state,
        is_other ? "served, as it sends no server name, as in " : "",
        is_other ? s->state->name : "", is_other ? ", " : "",
        time_format(s->state->now, now), s->state->policy);
    chain(w, view_chain(s, r));
    writer_raw(w, "</p>");
    for (size_t i = 0; i < s->left_out_count; i++)
        writer_put(w, "<p class=\"missing\">Left out: %s</p>", s->left_out[i]);
}

static void alerts(struct writer *w, const char *who, const struct alert *list,
                   size_t count)
{
    for (size_t i = 0; i < count; i++)
        writer_put(w, "<li>%s sent alert %d %s</li>", who, (int)list[i].code,
                   alert_name(list[i].code));
}

static void said_shim(struct writer *w, const struct shim_side *s)
{
    if (s->native_code || s->native_flags)
        writer_put(w, "<li>The library said %lld (flags %lld): %s</li>",
                   s->native_code, (long long)s->native_flags, s->native_text);
    if (s->peak_heap > 0)
        writer_put(w, "<li>Peak heap: %n bytes</li>", s->peak_heap);
    if (s->security_level >= 0)
        writer_put(w, "<li>Security level: %d</li>", s->security_level);
}

static void said_endpoint(struct writer *w, const struct endpoint_side *e)
{
    if (e->engine)
        writer_put(w, "<li>Served by %s</li>", e->engine);
    if (e->certificate_bytes)
        writer_put(w, "<li>Certificate message: %n bytes</li>",
                   (long long)e->certificate_bytes);
    alerts(w, "the device", e->received, e->received_count);
    alerts(w, "the endpoint", e->sent, e->sent_count);
    if (e->limit)
        writer_put(w, "<li>The endpoint's own limit ran out: %s</li>",
                   e->limit);
    if (e->unserved)
        writer_put(w, "<li>The endpoint could not serve it: %s</li>",
                   e->unserved);
}

static void said(struct writer *w, const struct record *r)
{
    writer_put(w, "<ul class=\"said\"><li>Outcome: <b>%s</b>",
               outcome_name(r->outcome));
    if (r->refused_by != PARTY_NOBODY)
        writer_put(w,
                   " by the %s at stage %s: <span class=\"reason\">%s"
                   "</span>",
                   view_party(r->refused_by),
                   r->shim ? stage_name(r->shim->stage) : "",
                   reason_name(r->reason));
    writer_raw(w, "</li>");
    if (record_version(r))
        writer_put(w, "<li>Negotiated TLS %s, %s</li>", record_version(r),
                   record_suite(r));
    if (r->shim)
        said_shim(w, r->shim);
    if (r->endpoint)
        said_endpoint(w, r->endpoint);
    if (r->note)
        writer_put(w, "<li>%s</li>", r->note);
    writer_raw(w, "</ul>");
}

static void states(struct writer *w, const struct run_view *v,
                   const struct judgement *j)
{
    const struct plan_scenario *s = plan_scenario(v->plan, j->scenario);
    const struct plan_device *d = plan_device(v->plan, j->device);

    writer_raw(w, "<h4>What was served, and what both sides said</h4>");
    for (size_t i = 0; s && i < s->scenario->states_count; i++) {
        const struct record *r =
            view_record(v, j->scenario, s->scenario->states[i].name, j->device);

        served(w, s, s->scenario->states[i].name,
               d ? plan_state_served(s, &s->states[i],
                                     record_sends_name(r, d->device))
                 : &s->states[i],
               r);
        if (r)
            said(w, r);
    }
}

/* What is kept, or was not tried, needs no search for a cause. A page has
 * thousands of these. */
static int is_well(const struct judgement *j)
{
    return verdict_effect(j->verdict) == EFFECT_KEEPS ||
           (!verdict_is_statement(j->verdict) && !verdict_is_bad(j->verdict));
}

static int is_tried(const struct judgement *j)
{
    return j->verdict != VERDICT_NOT_BUILT && j->verdict != VERDICT_UNSUPPORTED;
}

/* On a page of thousands, only what changes or is wrong is told in full: a
 * browser has to hold it all. `explain` tells the rest. */
static int is_short(const struct run_view *v, const struct judgement *j)
{
    return v->verdicts->count > FULL_MOST && !verdict_is_bad(j->verdict) &&
           j->verdict != VERDICT_RECOVERS && j->as_expected != 0;
}

static void details(struct writer *w, const struct run_view *v,
                    const struct judgement *j)
{
    const struct plan_device *d = plan_device(v->plan, j->device);

    if (!d)
        return;
    device(w, d);
    if (!is_well(j))
        trust(w, d);
    writer_raw(w, "</dl>");
    if (is_tried(j))
        states(w, v, j);
}

/* "device", what to do, and what came of it: the cell in full, or so much of
 * its name as tells the change. */
static void mend(struct writer *w, const struct mend *m, int whole)
{
    const char *cell = view_text(m->cell), *change = strchr(cell, '#');

    writer_put(
        w,
        "<li><b>%s</b> %s <small title=\"shown by %s\">%s%s: %s</small></li>",
        side_name(m->side), m->text, cell, whole ? "shown by " : "",
        whole || !change ? cell : change, outcome_name(m->outcome));
}

/* Is it the first of its side? */
static int is_first(const struct judgement *j, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (j->mends[k].side == j->mends[i].side)
            return 0;
    return 1;
}

void panel_mends(struct writer *w, const struct judgement *j, int whole)
{
    size_t told = 0;

    if (j->mends_count)
        writer_raw(w, "<ul class=\"mends\">");
    for (size_t i = 0; i < j->mends_count; i++) {
        if (!whole && !is_first(j, i))
            continue;
        mend(w, &j->mends[i], whole);
        told++;
    }
    if (told < j->mends_count)
        writer_put(w, "<li><a href=\"#%s/%s\">and %z more</a></li>",
                   j->scenario, j->device, j->mends_count - told);
    if (j->mends_count)
        writer_raw(w, "</ul>");
    else if (j->mend)
        writer_text(w, j->mend);
    if (j->undiagnosed)
        writer_raw(w, "<span class=\"missing\">undiagnosed: no experiment "
                      "mended it</span>");
}

static void experiments(struct writer *w, const struct judgement *j)
{
    if (!j->experiments_count)
        return;
    writer_put(w,
               "<details><summary>%z experiments</summary><table><thead><tr>"
               "<th>Change</th><th>Side</th><th>Outcome</th></tr></thead>"
               "<tbody>",
               j->experiments_count);
    for (size_t i = 0; i < j->experiments_count; i++) {
        const struct experiment *e = &j->experiments[i];

        writer_put(w,
                   "<tr><td>%s</td><td>%s</td><td title=\"%s\">%s%s%s</td>"
                   "</tr>",
                   e->change, side_name(e->side), e->cell,
                   outcome_name(e->outcome),
                   e->reason == REASON_NONE ? "" : ", ",
                   e->reason == REASON_NONE ? "" : reason_name(e->reason));
    }
    writer_raw(w, "</tbody></table></details>");
}

static void notes(struct writer *w, const struct judgement *j)
{
    for (size_t i = 0; i < j->notes_count; i++)
        writer_put(w, "<p class=\"note\">Note: %s</p>", j->notes[i]);
    for (size_t i = 0; i < j->emulated_count; i++)
        writer_put(w, "<p class=\"note\">Emulated: %s</p>", j->emulated[i]);
}

static void expected(struct writer *w, const struct judgement *j)
{
    if (!j->expected.there)
        return;
    writer_put(w,
               "<p class=\"expected\">Expected: %s %s (%s) "
               "<small>%s</small></p>",
               verdict_name(j->expected.verdict),
               reason_name(j->expected.reason), j->expected.because,
               j->expected.reference);
}

void panel_write(struct writer *w, const struct run_view *v,
                 const struct judgement *j)
{
    const struct plan_scenario *s = plan_scenario(v->plan, j->scenario);

    writer_put(w,
               "<aside class=\"panel\" id=\"%s/%s\"><a class=\"close\" "
               "href=\"#matrix\" title=\"close\">×</a><h3>%s</h3>"
               "<p><span class=\"",
               j->scenario, j->device, s ? s->scenario->title : j->scenario);
    matrix_class(w, j->verdict);
    writer_put(w, "\">%s</span> %s</p>", verdict_name(j->verdict),
               reason_name(j->reason));
    if (j->cause)
        writer_put(w, "<p class=\"cause\">%s</p>", j->cause);
    if (j->mends_count || j->mend || j->undiagnosed) {
        writer_raw(w, "<div class=\"mend\"><b>What mends it:</b> ");
        panel_mends(w, j, 1);
        writer_raw(w, "</div>");
    }
    experiments(w, j);
    notes(w, j);
    expected(w, j);
    if (is_short(v, j))
        writer_put(w, "<p>%s</p>", j->device);
    else
        details(w, v, j);
    writer_put(w, "<p class=\"source\">chainbreak explain %s</p></aside>\n",
               j->cell);
}
