/* Indexes a run; reads no file. */
#include "report/view.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/quantity.h"

static void index_verdicts(struct run_view *v)
{
    const struct plan *p = v->plan;

    for (size_t i = 0; i < v->verdicts->count; i++) {
        const struct judgement *j = &v->verdicts->items[i];
        const struct plan_scenario *s = plan_scenario(p, j->scenario);
        const struct plan_device *d = plan_device(p, j->device);

        if (s && d)
            v->index[(size_t)(s - p->scenarios) * p->devices_count +
                     (size_t)(d - p->devices)] = j;
    }
}

int view_init(struct run_view *v, const struct plan *plan,
              const struct judgements *verdicts, const struct run_facts *run,
              const struct view_records *records)
{
    memset(v, 0, sizeof *v);
    v->plan = plan;
    v->verdicts = verdicts;
    v->run = run;
    v->records = *records;
    v->index = calloc(plan->scenarios_count * plan->devices_count + 1,
                      sizeof(const struct judgement *));
    if (!v->index) {
        diag("out of memory");
        return -1;
    }
    index_verdicts(v);
    return 0;
}

void view_clear(struct run_view *v)
{
    free(v->index);
    v->index = NULL;
}

const struct record *view_record(const struct run_view *v, const char *scenario,
                                 const char *state, const char *device)
{
    char *cell = format("%s/%s/%s", scenario, state, device);
    const struct record *r = view_cell(v, cell);

    if (!cell)
        diag("out of memory");
    free(cell);
    return r;
}

const struct record *view_cell(const struct run_view *v, const char *cell)
{
    return cell ? v->records.find(v->records.arg, cell) : NULL;
}

int view_each(const struct run_view *v,
              int (*each)(void *arg, const struct record *r), void *arg)
{
    return v->records.each(v->records.arg, each, arg);
}

const struct judgement *view_judgement(const struct run_view *v,
                                       size_t scenario, size_t device)
{
    return v->index[scenario * v->plan->devices_count + device];
}

const struct judgement *view_verdict(const struct run_view *v,
                                     const char *scenario, const char *device)
{
    const struct plan_scenario *s = plan_scenario(v->plan, scenario);
    const struct plan_device *d = plan_device(v->plan, device);

    return s && d ? view_judgement(v, (size_t)(s - v->plan->scenarios),
                                   (size_t)(d - v->plan->devices))
                  : NULL;
}

const char *view_stack(const struct plan_device *d)
{
    return d->device->stacks_count ? d->device->stacks[0] : "";
}

const char *view_text(const char *s)
{
    return s ? s : "";
}

static const char *const chain_names[CHAINS] = {"rsa", "ecdsa"};

const char *view_chain_name(int type)
{
    return chain_names[type];
}

const struct certificates_list *view_chain(const struct plan_state *s,
                                           const struct record *r)
{
    const char *chose = r && r->endpoint ? r->endpoint->chain : NULL;

    for (int i = 0; chose && i < CHAINS; i++)
        if (!strcmp(chose, chain_names[i]))
            return &s->chains[i];
    return &s->chains[s->chains[CHAIN_RSA].count ? CHAIN_RSA : CHAIN_ECDSA];
}

const char *view_pin_place(enum pin_place p)
{
    static const char *const names[] = {"any", "leaf", "intermediate",
                                        "anchor"};

    return names[p];
}

const char *view_pin_match(enum pin_match m)
{
    static const char *const names[] = {"certificate-sha256", "spki-sha256",
                                        "certificate-sha1"};

    return names[m];
}

char *view_clock(const struct device *d, char buf[static 64])
{
    char at[32];

    switch (d->clock) {
    case CLOCK_NONE:
        snprintf(buf, 64, "none");
        break;
    case CLOCK_FIXED:
        snprintf(buf, 64, "%s", time_format(d->clock_value, at));
        break;
    case CLOCK_OFFSET:
        snprintf(buf, 64, "%+" PRId64 "s", d->clock_value);
        break;
    case CLOCK_TRUE:
    default:
        snprintf(buf, 64, "true");
    }
    return buf;
}

const char *view_party(enum party p)
{
    static const char *const names[] = {"", "client", "server"};

    return names[p];
}
