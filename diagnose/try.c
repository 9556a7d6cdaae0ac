/* One experiment by hand. */
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/file.h"
#include "diagnose/diagnose.h"
#include "diagnose/failure.h"

enum { MOST = SEARCH_DEPTH };

struct hand { /* what is run, and what came of it */
    struct trial *trial;
    struct record *record;
};

static struct trial *on_trial(void *arg, size_t index)
{
    struct hand *h = arg;

    (void)index;
    return trial_copy(h->trial, "");
}

static int on_result(void *arg, size_t index, struct record *r)
{
    struct hand *h = arg;

    (void)index;
    h->record = r;
    return 0;
}

static struct record *run(struct bench *b, struct trial *t,
                          const struct situation *s)
{
    struct hand h = {t, NULL};
    struct lab_order order = {t->stack, 0};

    if (lab_run(b->options->lab, &order, 1, on_trial, on_result, &h) ||
        !h.record || bench_judge(b, t, s, h.record)) {
        record_free(h.record);
        return NULL;
    }
    return h.record;
}

/* "a + b" to edits; each is looked for in the situation of the unchanged cell.
 */
static int find_edits(const struct situation *s, const char *change,
                      struct edit *edits, size_t *count)
{
    char *copy = strdup(change), *at = copy, *next;
    int status = copy ? 0 : -1;

    *count = 0;
    while (status == 0 && at && *count < MOST) {
        next = strstr(at, " + ");
        if (next)
            *next = '\0';
        status = changes_find(s, at, &edits[*count]);
        *count += status == 0;
        at = next ? next + 3 : NULL;
    }
    free(copy);
    return status;
}

static struct record *change_and_run(struct bench *b, struct trial *t,
                                     const struct situation *s,
                                     const char *change)
{
    struct edit edits[MOST];
    const struct edit *made[MOST];
    struct trial *changed = NULL;
    struct record *r = NULL;
    const char *why = "";
    size_t count = 0;

    if (change && find_edits(s, change, edits, &count))
        goto out;
    for (size_t i = 0; i < count; i++)
        made[i] = &edits[i];
    changed = bench_apply(b, t, made, count, 0, &why);
    if (changed)
        r = run(b, changed, s);
    else
        diag("%s: this cannot be tried: %s", change ? change : "again", why);
out:
    for (size_t i = 0; i < count; i++)
        edit_clear(&edits[i]);
    trial_free(changed);
    return r;
}

static char *cell_before(const struct judgement *j)
{
    return j->verdict == VERDICT_BREAKS
               ? format("%s/%s/%s", j->scenario, j->before, j->device)
               : NULL;
}

struct record *diagnose_try(const struct diagnose_options *o,
                            const struct judgement *j, const char *change)
{
    struct bench b;
    struct situation s = {0};
    char *before = cell_before(j);
    struct trial *t = o->trial(o->arg, j->cell);
    struct trial *earlier = before ? o->trial(o->arg, before) : NULL;
    struct record *seen = o->record(o->arg, j->cell), *r = NULL;

    bench_init(&b, o);
    s.calls = bench_calls(&b);
    s.trial = t;
    s.before = earlier;
    s.record = seen;
    if (t && seen && failure_place(o, j, &s) == 0 && situation_init(&s) == 0)
        r = change_and_run(&b, t, &s, change);
    situation_clear(&s);
    bench_clear(&b);
    record_free(seen);
    trial_free(earlier);
    trial_free(t);
    free(before);
    return r;
}
