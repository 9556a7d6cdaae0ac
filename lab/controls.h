/* The controls: a run counts only if each stack build connects where it must,
 * refuses where it must, and says what it cannot do (design section 2). */
#ifndef LAB_CONTROLS_H
#define LAB_CONTROLS_H

#include <stddef.h>

#include "lab/trial.h"
#include "model/record.h"

struct certificates;
struct controls;
struct stacks;

/* Wants the controls' certificates; before minting. 0, or -1 reported. */
int controls_want(struct certificates *c);
/* Those of every stack build that is there; after minting. NULL reported.
 * Borrows both. */
struct controls *controls_new(struct certificates *certificates,
                              const struct stacks *stacks);
void controls_free(struct controls *c);
/* Three per stack build: must connect, must be refused for unknown-ca, must be
 * unsupported. */
size_t controls_count(const struct controls *c);
const struct stack *controls_stack(const struct controls *c, size_t index);
struct trial *controls_trial(const struct controls *c, size_t index);
/* Is this judged record what control number `index` must give? 0, or -1
 * reported. */
int controls_check(const struct controls *c, size_t index,
                   const struct record *r);

#endif
