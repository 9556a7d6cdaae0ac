/* A plan's cell as a trial. */
#include "lab/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "lab/certificates.h"
#include "lab/plan_mint.h"
#include "lab/trial_make.h"

struct trial *lab_plan_trial(struct lab_plan *p, size_t cell)
{
    struct lab_cell c = lab_plan_cell(p, cell);
    const struct plan_state *st = &c.scenario->states[c.state];
    struct trial_cell made = {
        .stack = c.stack,
        .scenario = c.scenario->scenario,
        .state = st->state,
        .policy = &st->tls,
        .device = c.device->device,
    };

    if (st->state->without_name) {
        const struct plan_state *unnamed =
            plan_state_served(c.scenario, st, 0);

        made.unnamed = unnamed->state;
        made.unnamed_policy = &unnamed->tls;
    }
    struct trial *t =
        plan_mint_pair(p, c.pair) ? NULL : trial_make(p->certificates, &made);

    if (t)
        t->engine = p->engine;
    return t;
}
