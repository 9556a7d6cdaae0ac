/* Two sides to one outcome. Pure: facts in, outcome out, so that stored records
 * can be judged again. */
#ifndef JUDGE_OUTCOME_H
#define JUDGE_OUTCOME_H

#include "model/plan.h"
#include "model/record.h"

/* Sets outcome, reason, refused_by and note from both sides. Where they
 * disagree, or one of them is missing, or the harness itself was at its end,
 * the outcome is ERROR: never a refusal, never a success. A record without a
 * shim's answer stays as the lab made it, but for a state that cannot be
 * served, and for a board, of which there is one side only (judge/alone.h). What the cell was about may be NULL, each: controls have none. */
void outcome_judge(struct record *r, const struct plan_device *d,
                   const struct plan_stack *s, const struct plan_state *st);

#endif
