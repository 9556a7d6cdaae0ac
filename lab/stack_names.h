/* Names of stack builds that could be there: built ones, those with a file, the
 * families of clients/, ready clients. */
#ifndef LAB_STACK_NAMES_H
#define LAB_STACK_NAMES_H

#include "lab/stacks.h"
#include "model/device.h"

/* 0 if the stack is built, or could be. -1 if nothing has its name: reported
 * behind `where` ("ours.yaml: stack", "--stack"), with near names. */
int stack_name_check(const struct stack *stack, const char *where);
/* The same for the stack of each device, where a name is very near; another one
 * may be a stack build of another machine (`chainbreak stack add`), which is
 * not built here. */
int stack_names_check(const struct stacks *s, struct device *const *devices,
                      size_t count);

#endif
