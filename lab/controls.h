/* The controls: a run counts only if each stack build connects where it must,
 * refuses where it must, and says what it cannot do (design section 2). */
#ifndef LAB_CONTROLS_H
#define LAB_CONTROLS_H

#include <jansson.h>

#include "lab/plan.h"

/* Wants the controls' certificates; before minting. 0, or -1 reported. */
int controls_want(struct lab_plan *p);
/* Makes p->controls and adds their state to the endpoint; after minting. */
int controls_make(struct lab_plan *p);
void controls_free(struct lab_plan *p);
/* Is this record what control number `index` must give? 0, or -1 reported. */
int controls_check(const struct lab_plan *p, size_t index,
                   const json_t *record);

#endif
