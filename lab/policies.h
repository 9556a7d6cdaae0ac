/* The TLS settings of endpoint states: the policy that a state names, with the
 * state's own changes. Each policy file is read once. */
#ifndef LAB_POLICIES_H
#define LAB_POLICIES_H

#include "model/scenario.h"

struct policies;

struct policies *policies_new(void); /* NULL if memory is out, reported */
void policies_free(struct policies *p);
/* Merges. The lists and texts of *out are borrowed from the policy and the
 * state. 0; -1 reported: there is no such policy. */
int policies_merge(struct policies *p, const struct scenario *s,
                   const struct state *st, struct endpoint_tls *out);

#endif
