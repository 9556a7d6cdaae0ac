/* Makes a plan of the one device and the one scenario from what a finished run
 * keeps of them: their files, or the words of the quick form. */
#include "cli/again.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/file.h"
#include "cli/diagnosis.h"
#include "cli/quick.h"
#include "judge/judging.h"
#include "lab/certificates.h"
#include "lab/lab.h"
#include "lab/plan.h"
#include "lab/stacks.h"
#include "pki/pki.h"

enum { TIMEOUT_MS = 10000 };

struct again {
    const struct finished *finished;
    const struct plan_scenario *scenario;
    const struct plan_device *device;
    char *scenarios[2], *devices[2], *stacks[2]; /* NULL-terminated */
    struct quick_options words;
    struct quick quick;
    char *work_dir;
    struct lab_plan *plan;
    struct lab *lab;
    size_t cell;
    struct record *record;
};

/* One word of the quick form, and its value, if it takes one. */
static int read_word(struct quick_options *o, const char *option, char *value)
{
    if (!strcmp(option, "--trust-store"))
        return words_add(&o->trust_store, value);
    if (!strcmp(option, "--pin"))
        return words_add(&o->pins, value);
    if (!strcmp(option, "--chain-before"))
        o->chain_before = value;
    else if (!strcmp(option, "--chain-after"))
        o->chain_after = value;
    else if (!strcmp(option, "--name"))
        o->name = value;
    else if (!strcmp(option, "--now"))
        o->now = value;
    else
        return -1;
    return 0;
}

/* A word without a value: 1 if it is one. */
static int read_flag(struct quick_options *o, const char *word)
{
    if (!strcmp(word, "--skip-unsupported"))
        o->skip |= PKI_SKIP_UNSUPPORTED;
    else if (!strcmp(word, "--skip-damaged"))
        o->skip |= PKI_SKIP_DAMAGED;
    else
        return 0;
    return 1;
}

static int read_words(struct quick_options *o, char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (read_flag(o, words[i]))
            continue;
        if (i + 1 == count || read_word(o, words[i], words[i + 1])) {
            diag("plan.json: options: '%s' is no word of the quick form",
                 words[i]);
            return -1;
        }
        i++;
    }
    return 0;
}

/* What the plan is asked for: files, or the quick form. */
static int choose(struct again *a, struct plan_options *o)
{
    const struct plan *p = a->finished->view.plan;
    const struct device *d = a->device->device;
    const struct scenario *s = a->scenario->scenario;

    a->stacks[0] = d->stacks[0];
    if (read_words(&a->words, p->reading, p->reading_count))
        return -1;
    o->skip = a->words.skip;
    o->stacks = a->stacks;
    a->devices[0] = d->file ? d->file : a->device->type;
    a->scenarios[0] = s->file ? s->file : s->id;
    if (!p->options_count)
        o->scenarios = a->scenarios;
    if (!a->device->options_count) {
        o->devices = a->devices;
        return 0;
    }
    if (read_words(&a->words, a->device->options, a->device->options_count) ||
        read_words(&a->words, p->options, p->options_count) ||
        words_add(&a->words.stacks, a->stacks[0]))
        return -1;
    return quick_init(&a->quick, &a->words, o);
}

static int make_plan(struct again *a, const char *cell)
{
    struct plan_options o = {.jobs = 1};
    const struct stack *stack;

    if (!strcmp(a->device->device->stacks[0], BOARD_STACK)) {
        diag("%s: a board on the bench connects by itself: `chainbreak board "
             "--plan %s' asks it again",
             cell, a->scenario->scenario->id);
        return -1;
    }
    a->work_dir = format("%s/work", cache_dir());
    if (!a->work_dir || choose(a, &o))
        return -1;
    o.work_dir = a->work_dir;
    a->plan = lab_plan_new(&o);
    if (!a->plan)
        return -1;
    a->cell = lab_plan_find(a->plan, cell);
    if (a->cell == a->plan->cells_count) {
        diag("%s: cannot be run anew: its scenario or its device is another "
             "one now",
             cell);
        return -1;
    }
    stack = lab_plan_cell(a->plan, a->cell).stack;
    if (stack && stack->program)
        return 0;
    diag("%s: cannot be run anew: %s is not built", cell, a->stacks[0]);
    return -1;
}

static struct trial *on_trial(void *arg, size_t index)
{
    struct again *a = arg;

    (void)index;
    return lab_plan_trial(a->plan, a->cell);
}

static int on_record(void *arg, size_t index, struct record *record)
{
    struct again *a = arg;

    (void)index;
    a->record = record;
    judging_outcome(&a->plan->plan, record);
    return 0;
}

static int start_lab(struct again *a)
{
    struct lab_options o = {
        .jobs = 1, .timeout_ms = TIMEOUT_MS, .work_dir = a->work_dir};

    a->lab = lab_new(&o);
    return a->lab ? 0 : -1;
}

static int run(struct again *a)
{
    struct lab_order order = {.stack = lab_plan_cell(a->plan, a->cell).stack};

    return lab_run(a->lab, &order, 1, on_trial, on_record, a);
}

/* What the unchanged cell does now: what an experiment is held against. */
static struct record *record_of(void *arg, const char *cell)
{
    struct again *a = arg;
    struct record *record;

    a->cell = lab_plan_find(a->plan, cell);
    if (a->cell == a->plan->cells_count || run(a))
        return NULL;
    record = a->record;
    a->record = NULL;
    return record;
}

static struct trial *trial_of(void *arg, const char *cell)
{
    const struct again *a = arg;
    size_t at = lab_plan_find(a->plan, cell);

    if (at < a->plan->cells_count)
        return lab_plan_trial(a->plan, at);
    diag("%s: no such cell", cell);
    return NULL;
}

static int try_change(struct again *a, const struct judgement *j,
                      const char *change)
{
    struct diagnose_options o = {
        .lab = a->lab,
        .plan = &a->plan->plan,
        .pki = certificates_pki(a->plan->certificates),
        .record = record_of,
        .trial = trial_of,
        .arg = a,
        .quiet = 1,
    };
    struct build *builds;
    struct stacks *all = diagnosis_builds(&builds, &o.builds_count);

    if (!all)
        return -1;
    o.builds = builds;
    a->record = diagnose_try(&o, j, change);
    free(builds);
    stacks_free(all);
    return a->record ? 0 : -1;
}

static void clear(struct again *a)
{
    lab_free(a->lab);
    lab_plan_free(a->plan);
    quick_clear(&a->quick);
    words_clear(&a->words.trust_store);
    words_clear(&a->words.pins);
    words_clear(&a->words.stacks);
    free(a->work_dir);
}

/* Everything up to the lab. */
static int prepare(struct again *a, const char *cell)
{
    const struct record *old = view_cell(&a->finished->view, cell);

    if (!old)
        return -1;
    a->scenario = plan_scenario(&a->finished->plan, old->scenario);
    a->device = plan_device(&a->finished->plan, old->device);
    if (!a->scenario || !a->device || make_plan(a, cell))
        return -1;
    return start_lab(a);
}

/* The record, if all went well. */
static struct record *finish(struct again *a, int status)
{
    if (status) {
        record_free(a->record);
        a->record = NULL;
    }
    clear(a);
    return a->record;
}

struct record *again_run(const struct finished *f, const char *cell)
{
    struct again a = {.finished = f};

    return finish(&a, prepare(&a, cell) || run(&a));
}

struct record *again_try(const struct finished *f, const struct judgement *j,
                         const char *cell, const char *change)
{
    struct again a = {.finished = f};
    struct judgement of_cell = *j;

    of_cell.cell = (char *)cell;
    return finish(&a, prepare(&a, cell) || try_change(&a, &of_cell, change));
}
