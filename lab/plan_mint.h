/* The certificates of a plan as it goes: minted, and their facts filled in,
 * when the first cell needs them. Part of lab/plan.c. */
#ifndef LAB_PLAN_MINT_H
#define LAB_PLAN_MINT_H

#include "lab/plan.h"

struct pki_cert;
struct certificate_list;

/* Puts the certificates of a list into the plan's table, each once. 0, or -1
 * reported. */
int plan_mint_note(struct lab_plan *p, const struct certificate_list *l);
/* The number of a certificate that is in the table. */
size_t plan_mint_number(const struct lab_plan *p, const struct pki_cert *c);
/* What the cells of this pair need, and some of what is needed next, so that
 * all cores have work. 0, or -1 reported. */
int plan_mint_pair(struct lab_plan *p, size_t pair);

#endif
