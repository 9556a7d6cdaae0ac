/* Hands diagnose/ what it must not know where to find. */
#include "cli/diagnosis.h"

#include <stdlib.h>

#include "base/diag.h"
#include "lab/certificates.h"
#include "lab/stacks.h"

static struct record *record_of(void *arg, const char *cell)
{
    const struct diagnosis *d = arg;

    return results_record(d->results, cell);
}

static struct trial *trial_of(void *arg, const char *cell)
{
    const struct diagnosis *d = arg;
    size_t at = lab_plan_find(d->plan, cell);

    if (at < d->plan->cells_count)
        return lab_plan_trial(d->plan, at);
    diag("%s: no such cell", cell);
    return NULL;
}

static int keep(void *arg, const struct record *experiment)
{
    const struct diagnosis *d = arg;

    return results_append_experiment(d->results, experiment);
}

struct stacks *diagnosis_builds(struct build **out, size_t *count)
{
    struct stacks *all = stacks_new();

    *count = 0;
    *out = NULL;
    if (!all || stacks_add_built(all) || stacks_describe(all))
        goto fail;
    *out = calloc(all->count + 1, sizeof **out);
    if (!*out) {
        diag("out of memory");
        goto fail;
    }
    for (size_t i = 0; i < all->count; i++) {
        struct build b = {&all->items[i], all->items[i].name,
                          stacks_family(&all->items[i])};

        if (b.family)
            (*out)[(*count)++] = b;
    }
    return all;
fail:
    stacks_free(all);
    return NULL;
}

int diagnosis_run(const struct diagnosis *d, struct judgements *j)
{
    struct diagnosis copy = *d;
    struct diagnose_options o = {
        .lab = d->lab,
        .plan = &d->plan->plan,
        .pki = certificates_pki(d->plan->certificates),
        .record = record_of,
        .trial = trial_of,
        .keep = keep,
        .arg = &copy,
        .experiments = d->experiments,
        .quiet = d->quiet,
    };
    struct build *builds;
    struct stacks *all = diagnosis_builds(&builds, &o.builds_count);
    int status;

    if (!all)
        return -1;
    o.builds = builds;
    status = diagnose_run(&o, j);
    free(builds);
    stacks_free(all);
    return status;
}

size_t diagnosis_undiagnosed(const struct judgements *j)
{
    size_t count = 0;

    for (size_t i = 0; i < j->count; i++)
        count += j->items[i].undiagnosed != 0;
    return count;
}
