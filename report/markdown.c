/* The Markdown report: tables that stay readable as plain text. */
#include "report/markdown.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/text.h"
#include "report/breaks.h"
#include "report/builds.h"
#include "report/remarks.h"
#include "report/writer.h"

struct page {
    FILE *f;
    const struct run_view *view;
    const struct tally *tally;
    const struct builds_of *builds;
    struct remarks remarks;
};

/* A table cell must hold no bar and no line break, and text from outside no
 * markup. */
static void put(FILE *f, const char *text)
{
    while (text && *text) {
        size_t n = text_plain(text);

        if (strchr("|<[`", *text))
            fputc('\\', f);
        if (n)
            fwrite(text, 1, n, f);
        else
            fprintf(f, "\\x%02x", (unsigned)(unsigned char)*text);
        text += n ? n : 1;
    }
}

static void put_builds(FILE *f, const struct judgement *const *builds,
                       size_t count, size_t of)
{
    if (count > 1 && count == of) {
        fprintf(f, "all %zu", count);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        fputs(i ? ", " : "", f);
        put(f, builds[i]->stack);
    }
}

/* Each with its side and the cell that proves it. */
static void put_mends(FILE *f, const struct judgement *j)
{
    for (size_t i = 0; i < j->mends_count; i++) {
        fprintf(f, "%s%s: ", i ? "; " : "", side_name(j->mends[i].side));
        put(f, j->mends[i].text);
        fputs(" (shown by ", f);
        put(f, j->mends[i].cell);
        fputc(')', f);
    }
    if (!j->mends_count)
        put(f, j->mend);
    if (j->undiagnosed)
        fputs(j->mend ? " **undiagnosed**" : "**undiagnosed**", f);
}

static void put_notes(FILE *f, const struct judgement *j)
{
    for (size_t i = 0; i < j->notes_count; i++) {
        fputs(i ? "; " : "", f);
        put(f, j->notes[i]);
    }
    for (size_t i = 0; i < j->emulated_count; i++) {
        fputs(i || j->notes_count ? "; emulated: " : "emulated: ", f);
        put(f, j->emulated[i]);
    }
}

static void worst_row(struct page *p, const struct break_group *g,
                      const struct break_row *row)
{
    const struct judgement *j = row->first;
    const struct plan_scenario *s = plan_scenario(p->view->plan, j->scenario);

    fprintf(p->f, "| %lld | ", (long long)g->device->device->units);
    put(p->f, g->device->type);
    fputs(" | ", p->f);
    put_builds(p->f, row->builds, row->count, g->of);
    fputs(" | ", p->f);
    put(p->f, s ? s->scenario->title : j->scenario);
    fputs(" | ", p->f);
    put(p->f, j->after);
    fprintf(p->f, " | %s | ", reason_name(j->reason));
    put(p->f, j->cause);
    fputs(" | ", p->f);
    put_mends(p->f, j);
    fputs(" |\n", p->f);
}

static int worst(struct page *p, enum verdict verdict)
{
    struct breaks b;

    if (breaks_init(&b, p->view, p->tally, verdict))
        return -1;
    fprintf(p->f, "\n## %s: %s\n\n", verdict_name(verdict),
            verdict_sentence(verdict));
    fputs(b.count ? "| Units | Device type | Stack builds | Change | State | "
                    "Reason | Cause | Mends |\n"
                    "|---:|---|---|---|---|---|---|---|\n"
                  : "None.\n",
          p->f);
    for (size_t i = 0; i < b.count; i++)
        for (size_t k = 0; k < b.groups[i].count; k++)
            worst_row(p, &b.groups[i], &b.groups[i].rows[k]);
    breaks_clear(&b);
    return 0;
}

static const char *as_expected(const struct judgement *j)
{
    if (j->as_expected < 0)
        return "";
    return j->as_expected ? "yes" : "**no**";
}

struct line { /* of the matrix: verdicts of a device type that read alike */
    const char *type;
    const struct judgement *verdict;
};

static int line_order(const struct line *x, const struct line *y)
{
    const struct judgement *a = x->verdict, *b = y->verdict;
    int order = strcmp(x->type, y->type);

    if (!order)
        order = (int)a->verdict - (int)b->verdict;
    if (!order)
        order = (int)a->reason - (int)b->reason;
    return order ? order : a->as_expected - b->as_expected;
}

static int by_line(const void *a, const void *b)
{
    const struct line *x = a, *y = b;
    int order = line_order(x, y);

    return order ? order : strcmp(x->verdict->stack, y->verdict->stack);
}

/* How many of the sorted lines are of the same type as this one. */
static size_t of_type(const struct line *lines, size_t n, const char *type)
{
    size_t of = 0;

    for (size_t i = 0; i < n; i++)
        of += !strcmp(lines[i].type, type);
    return of;
}

static void matrix_rows(struct page *p, const struct line *lines, size_t n,
                        const struct judgement **alike)
{
    for (size_t i = 0, end; i < n; i = end) {
        const struct judgement *j = lines[i].verdict;

        for (end = i; end < n && !line_order(&lines[i], &lines[end]); end++)
            alike[end - i] = lines[end].verdict;
        fputs("| ", p->f);
        put(p->f, lines[i].type);
        fputs(" | ", p->f);
        put_builds(p->f, alike, end - i, of_type(lines, n, lines[i].type));
        fprintf(p->f, " | %s %s | %s | %s | ", verdict_mark(j->verdict),
                verdict_name(j->verdict), reason_name(j->reason),
                as_expected(j));
        if (end - i == 1)
            put_notes(p->f, j);
        fputs(" |\n", p->f);
    }
}

static void matrix_table(struct page *p, size_t scenario, struct line *lines,
                         const struct judgement **alike)
{
    size_t n = 0;

    for (size_t i = 0; i < p->view->plan->devices_count; i++) {
        const struct judgement *j = view_judgement(p->view, scenario, i);

        if (j)
            lines[n++] = (struct line){p->view->plan->devices[i].type, j};
    }
    if (n)
        qsort(lines, n, sizeof *lines, by_line);
    fputs("| Device type | Stack builds | Verdict | Reason | Expected | Notes "
          "|\n|---|---|---|---|---|---|\n",
          p->f);
    matrix_rows(p, lines, n, alike);
}

static int matrix(struct page *p)
{
    size_t n = p->view->plan->devices_count;
    struct line *lines = calloc(n + 1, sizeof *lines);
    const struct judgement **alike =
        calloc(n + 1, sizeof(const struct judgement *));
    int status = lines && alike ? 0 : -1;

    fputs("\n## The matrix\n", p->f);
    for (size_t i = 0; !status && i < p->view->plan->scenarios_count; i++) {
        fputs("\n### ", p->f);
        put(p->f, p->view->plan->scenarios[i].scenario->title);
        fputs("\n\n", p->f);
        matrix_table(p, i, lines, alike);
    }
    if (status)
        diag("out of memory");
    free(lines);
    free(alike);
    return status;
}

static void missing(struct page *p)
{
    const struct builds_of *b = p->builds;
    size_t n = 0;

    if (!b->not_built)
        return;
    fprintf(p->f, "\n**Not built, so not run** (%zu cells say nothing): ",
            b->cells_not_run);
    for (size_t i = 0; i < b->count; i++) {
        if (b->items[i].stack->built)
            continue;
        fputs(n++ ? ", " : "", p->f);
        put(p->f, b->items[i].stack->name);
    }
    fputs(". `make stacks` builds those that can be had.\n", p->f);
}

/* A number, or nothing where there is none. */
static void number(FILE *f, int64_t n)
{
    if (n)
        fprintf(f, "%lld", (long long)n);
    fputs(" | ", f);
}

static void build_row(FILE *f, const struct build *b)
{
    const struct plan_stack *s = b->stack;

    fputs("| ", f);
    put(f, s->name);
    fputs(" | ", f);
    if (s->built) {
        put(f, s->version);
    } else {
        fputs(s->reason ? "not built: " : "not built", f);
        put(f, s->reason);
    }
    fprintf(f, " | %s | ", b->tls);
    number(f, s->certificates);
    number(f, s->depth);
    number(f, b->message);
    fprintf(f, "%s | ", b->measures_heap ? "yes" : s->built ? "no" : "");
    number(f, b->peak_heap);
    fprintf(f, "%zu | %zu |\n", b->cells, b->errors);
}

static void stacks(struct page *p)
{
    fputs("\n## Stack builds\n\n", p->f);
    if (p->builds->heap.builds)
        fprintf(p->f,
                "Peak heap is measured in one cell that %zu builds have in "
                "common: device `%s`, `%s/%s`, the %s chain over TLS %s.\n\n",
                p->builds->heap.builds, p->builds->heap.type,
                p->builds->heap.scenario, p->builds->heap.state,
                p->builds->heap.chain, p->builds->heap.version);
    fputs("| Stack build | Version | TLS | Most certificates | Longest path | "
          "Largest Certificate message | Heap measured | Peak heap | Cells | "
          "Errors |\n|---|---|---|---:|---:|---:|---|---:|---:|---:|\n",
          p->f);
    for (size_t i = 0; i < p->builds->count; i++)
        build_row(p->f, &p->builds->items[i]);
}

static void headline(struct page *p)
{
    const struct tally *t = p->tally;
    const struct run_facts *r = p->view->run;

    fprintf(p->f,
            "# chainbreak\n\nWhat becomes of **%lld units** (%zu device "
            "types):\n\n| Units | Device types | Verdicts | | |\n"
            "|---:|---:|---:|---|---|\n",
            t->whole.units, t->whole.types);
    for (int i = 0; i < EFFECTS; i++) {
        enum effect e = effect_order(i);

        fprintf(p->f, "| %lld | %zu | %zu | **%s** | %s |\n", t->parts[e].units,
                t->parts[e].types, t->parts[e].verdicts, effect_heading(e),
                effect_sentence(e));
    }
    fprintf(p->f,
            "\n%zu cells, %zu errors, %zu unmapped, %zu %s, %zu not as "
            "expected, %zu undiagnosed.\n",
            r->cells, r->errors, r->unmapped, r->untested,
            outcome_name(OUTCOME_UNTESTED), t->unexpected, t->undiagnosed);
}

static void remarks(struct page *p)
{
    if (p->remarks.count)
        fputs("\nWhat to know before believing it:\n\n", p->f);
    for (size_t i = 0; i < p->remarks.count; i++) {
        const struct remark *r = &p->remarks.items[i];

        fprintf(p->f, "- %s: ", remark_heading(r->kind));
        put(p->f, r->of);
        fputs(r->of ? ": " : "", p->f);
        put(p->f, r->text);
        if (r->verdicts)
            fprintf(p->f, " (%zu verdicts)", r->verdicts);
        fputc('\n', p->f);
    }
}

static int body(struct page *p)
{
    headline(p);
    missing(p);
    remarks(p);
    for (int i = 0; i < VERDICT_COUNT; i++)
        if (verdict_effect(effect_worst(i)) == EFFECT_LOSES &&
            worst(p, effect_worst(i)))
            return -1;
    stacks(p);
    return matrix(p);
}

int markdown_write(const struct run_view *v, const struct tally *t,
                   const struct builds_of *b, const char *dir)
{
    struct page p = {.view = v, .tally = t, .builds = b};
    struct writer w;
    char *path = format("%s/report.md", dir);
    int status = -1;

    if (!path) {
        diag("out of memory");
        return -1;
    }
    if (remarks_init(&p.remarks, v) || writer_init(&w, path))
        goto out;
    p.f = w.out;
    status = body(&p);
    if (writer_finish(&w))
        status = -1;
out:
    remarks_clear(&p.remarks);
    free(path);
    return status;
}
