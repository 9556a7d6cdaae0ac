/* The tables of the typed plan. Part of lab/plan.c. */
#ifndef LAB_PLAN_FACTS_H
#define LAB_PLAN_FACTS_H

#include "lab/plan.h"

/* Fills p->plan from the selection, the stacks and the certificates, which
 * need not be minted; its pairs are there. 0, or -1 reported. */
int plan_facts_fill(struct lab_plan *p, const struct plan_options *o);

#endif
