/* What a state's TLS settings are: its policy, and its own changes. Part of
 * lab/plan.c. */
#ifndef LAB_PLAN_STATE_H
#define LAB_PLAN_STATE_H

#include "model/scenario.h"

/* Fills *out, to be cleared with endpoint_tls_clear in any case. 0, or -1
 * reported. */
int plan_state_tls(const struct scenario *s, const struct state *st,
                   struct endpoint_tls *out);

#endif
