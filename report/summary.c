/* The end of a run for the person at the terminal: counts, what becomes of the
 * units, what is lost first, what was not expected, what to know before
 * believing it, where to read on. */
#include "report/summary.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/breaks.h"
#include "report/remarks.h"

enum { SHOWN = 8, NAMED = 3, ALL = 60, REMARKS = 12, COLUMN = 13 };

struct summary {
    FILE *to;
    const struct run_view *view;
    const struct tally *tally;
};

/* A line that belongs to the one above it. */
static void below(const struct summary *s, const char *before, const char *text)
{
    fprintf(s->to, "%*s%s", COLUMN, "", before);
    text_print(s->to, text);
}

static void print_counts(const struct summary *s)
{
    const struct run_facts *run = s->view->run;
    size_t unbuilt = s->tally->by_verdict[VERDICT_NOT_BUILT];

    fprintf(s->to, "%zu cells, %zu verdicts in %.1f s:", run->cells,
            s->tally->whole.verdicts - unbuilt, run->seconds);
    for (int v = 0; v < VERDICT_COUNT; v++)
        if (s->tally->by_verdict[v] && v != VERDICT_NOT_BUILT)
            fprintf(s->to, " %zu %s", s->tally->by_verdict[v],
                    verdict_name((enum verdict)v));
    if (unbuilt)
        fprintf(s->to, ", and %zu not built", unbuilt);
    fputc('\n', s->to);
}

/* Never only what breaks: also what is known to be kept, and what is not known
 * at all. */
static void print_headline(const struct summary *s)
{
    const struct tally_part *whole = &s->tally->whole;

    fprintf(s->to, "of %lld units (%zu device types):\n", whole->units,
            whole->types);
    for (int i = 0; i < EFFECTS; i++) {
        enum effect e = effect_order(i);
        const struct tally_part *part = &s->tally->parts[e];

        fprintf(s->to, "  %9lld  %s (%zu types, %zu verdicts)", part->units,
                effect_heading(e), part->types, part->verdicts);
        if (part->types)
            fprintf(s->to, " %s", effect_sentence(e));
        fputc('\n', s->to);
    }
}

static void print_reason(FILE *to, const struct judgement *j)
{
    text_print(to, verdict_name(j->verdict));
    if (j->reason != REASON_NONE)
        fprintf(to, ", %s", reason_name(j->reason));
}

/* The first mend of each side, with the cell that proves it. */
static void print_mends(const struct summary *s, const struct judgement *j)
{
    size_t told = 0;

    for (int side = SIDE_DEVICE; side <= SIDE_ENDPOINT; side++)
        for (size_t i = 0; i < j->mends_count; i++) {
            const struct mend *m = &j->mends[i];

            if ((int)m->side != side)
                continue;
            below(s, "mend, ", side_name(m->side));
            fputs(": ", s->to);
            text_print(s->to, m->text);
            fputs("\n", s->to);
            below(s, "  shown by ", m->cell);
            fputc('\n', s->to);
            told++;
            break;
        }
    if (j->mends_count > told)
        fprintf(s->to, "%*s%zu more mends: see the report\n", COLUMN, "",
                j->mends_count - told);
    if (j->mends_count == 0 && j->mend) {
        below(s, "mend: ", j->mend);
        fputc('\n', s->to);
    }
    if (j->undiagnosed)
        fprintf(s->to, "%*sundiagnosed: no experiment mended it\n", COLUMN, "");
}

static void print_builds(const struct summary *s, const struct break_row *row)
{
    if (row->count == 1)
        return;
    fprintf(s->to, "%*son %zu stack builds:", COLUMN, "", row->count);
    for (size_t i = 0; i < row->count && i < NAMED; i++) {
        fputs(i ? ", " : " ", s->to);
        text_print(s->to, row->builds[i]->stack);
    }
    if (row->count > NAMED)
        fprintf(s->to, " and %zu more", row->count - NAMED);
    fputc('\n', s->to);
}

/* One line and what belongs to it, for all builds of a device type of which the
 * same is true. */
static void print_row(const struct summary *s, const struct break_group *g,
                      const struct break_row *row)
{
    const struct judgement *j = row->first;

    fprintf(s->to, "  %9lld  ", (long long)j->units);
    text_print(s->to, j->scenario);
    fputc('/', s->to);
    text_print(s->to, row->count > 1 ? g->device->type : j->device);
    fputs(": ", s->to);
    print_reason(s->to, j);
    fputc('\n', s->to);
    if (j->cause) {
        below(s, "", j->cause);
        fputc('\n', s->to);
    }
    print_builds(s, row);
    print_mends(s, j);
}

static void print_losses(const struct summary *s, const struct breaks *b)
{
    size_t lines = 0;

    if (b->count)
        fputs("what is lost, most units first:\n", s->to);
    for (size_t i = 0; i < b->count; i++)
        for (size_t k = 0; k < b->groups[i].count; k++)
            if (lines++ < SHOWN)
                print_row(s, &b->groups[i], &b->groups[i].rows[k]);
    if (lines > SHOWN)
        fprintf(s->to, "  ... and %zu more\n", lines - SHOWN);
    if (s->tally->undiagnosed)
        fprintf(s->to, "undiagnosed: %zu verdicts that no experiment mended\n",
                s->tally->undiagnosed);
}

/* What to know before believing this one. */
static void print_notes(const struct summary *s, const struct judgement *j)
{
    for (size_t i = 0; i < j->notes_count; i++) {
        fputs("      note: ", s->to);
        text_print(s->to, j->notes[i]);
        fputc('\n', s->to);
    }
    for (size_t i = 0; i < j->emulated_count; i++) {
        fputs("      emulated: ", s->to);
        text_print(s->to, j->emulated[i]);
        fputc('\n', s->to);
    }
}

/* A small run is told verdict by verdict. */
static void print_all(const struct summary *s)
{
    const struct judgements *list = s->view->verdicts;
    int scenario = 0, device = 0;

    for (size_t i = 0; i < list->count; i++) {
        int n = text_width(list->items[i].scenario);
        int m = text_width(list->items[i].device);

        scenario = n > scenario ? n : scenario;
        device = m > device ? m : device;
    }
    for (size_t i = 0; i < list->count; i++) {
        const struct judgement *j = &list->items[i];

        fputs("  ", s->to);
        text_print_padded(s->to, j->scenario, scenario);
        fputs("  ", s->to);
        text_print_padded(s->to, j->device, device);
        fputs("  ", s->to);
        print_reason(s->to, j);
        fputc('\n', s->to);
        print_notes(s, j);
    }
}

static void print_unexpected(const struct summary *s)
{
    const struct judgements *list = s->view->verdicts;

    if (s->tally->unexpected)
        fputs("not as expected:\n", s->to);
    for (size_t i = 0; i < list->count; i++) {
        const struct judgement *j = &list->items[i];

        if (j->as_expected != 0)
            continue;
        fputs("  ", s->to);
        text_print(s->to, j->cell);
        fprintf(s->to, ": %s (%s), expected %s (%s)\n",
                verdict_name(j->verdict), reason_name(j->reason),
                verdict_name(j->expected.verdict),
                reason_name(j->expected.reason));
    }
}

static void print_without_statement(const struct summary *s, enum verdict v)
{
    const struct judgements *list = s->view->verdicts;
    size_t n = 0;

    for (size_t i = 0; i < list->count; i++) {
        const struct judgement *j = &list->items[i];

        if (j->verdict != v)
            continue;
        if (n++ == 0)
            fprintf(s->to, "%s (%s):\n", verdict_name(v), verdict_sentence(v));
        if (n > ALL)
            continue;
        fputs("  ", s->to);
        text_print(s->to, j->cell);
        if (j->reason != REASON_NONE)
            fprintf(s->to, ": %s", reason_name(j->reason));
        if (j->cause) {
            fputs(": ", s->to);
            text_print(s->to, j->cause);
        }
        fputc('\n', s->to);
    }
    if (n > ALL)
        fprintf(s->to, "  ... and %zu more\n", n - ALL);
}

static void print_no_statement(const struct summary *s)
{
    const struct run_facts *run = s->view->run;

    print_without_statement(s, VERDICT_ERROR);
    print_without_statement(s, VERDICT_UNTESTED);
    if (run->unmapped)
        fprintf(s->to, "%zu cells gave a native code that no table maps\n",
                run->unmapped);
}

static void print_remark(FILE *to, const struct remark *r)
{
    fprintf(to, "%s: ", remark_heading(r->kind));
    if (r->of) {
        text_print(to, r->of);
        fputs(": ", to);
    }
    text_print(to, r->text);
    if (r->verdicts > 1)
        fprintf(to, " (%zu verdicts)", r->verdicts);
    fputc('\n', to);
}

/* Where each verdict is told already, only what is no verdict's. */
static int print_remarks(const struct summary *s, int only_of_run)
{
    struct remarks r;
    size_t told = 0;

    if (remarks_init(&r, s->view))
        return -1;
    for (size_t i = 0; i < r.count; i++) {
        if (only_of_run && r.items[i].verdicts)
            continue;
        if (told++ < REMARKS)
            print_remark(s->to, &r.items[i]);
    }
    if (told > REMARKS)
        fprintf(s->to, "... and %zu more of these in the report\n",
                told - REMARKS);
    remarks_clear(&r);
    return 0;
}

/* One line, however many there are: it must not bury the rest. */
static void print_unbuilt(const struct summary *s)
{
    const struct plan *p = s->view->plan;
    size_t n = 0;

    for (size_t i = 0; i < p->stacks_count; i++) {
        if (p->stacks[i].built)
            continue;
        fputs(n++ ? ", " : "not built, so not run: ", s->to);
        text_print(s->to, p->stacks[i].name);
    }
    if (n > 0)
        fputs(" (make stacks builds those that can be had)\n", s->to);
}

int summary_print(FILE *to, const struct run_view *v, const char *out)
{
    struct tally t;
    struct breaks b;
    struct summary s = {to, v, &t};
    int small = v->verdicts->count <= ALL, status = -1;

    if (tally_init(&t, v))
        return -1;
    if (breaks_init_all(&b, v, &t) == 0) {
        print_counts(&s);
        print_headline(&s);
        if (small)
            print_all(&s);
        print_losses(&s, &b);
        print_unexpected(&s);
        print_no_statement(&s);
        status = print_remarks(&s, small);
        print_unbuilt(&s);
        fputs("report: ", to);
        text_print(to, out);
        fputs("/report.html\n", to);
        breaks_clear(&b);
    }
    tally_clear(&t);
    return status;
}
