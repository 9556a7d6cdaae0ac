/* What judging both sides and judging one side have in common. Part of
 * judge/outcome.c and judge/alone.c. */
#ifndef JUDGE_SEEN_H
#define JUDGE_SEEN_H

#include "model/alert.h"
#include "model/plan.h"
#include "model/record.h"

/* Nobody refused, until that is said. Takes the note, which may be NULL. */
void seen_set(struct record *r, enum outcome outcome, enum reason reason,
              char *note);
/* What the endpoint and its state (may be NULL) know of an alert of its own;
 * the device's stage and identity are the caller's to say. */
struct alert_facts seen_alert_facts(const struct endpoint_side *e,
                                    const struct plan_state *st);

#endif
