/* The stack builds that devices name, and their shim programs: shim-<stack>
 * beside the running program, or in $CHAINBREAK_SHIMS. */
#ifndef RUNNER_STACKS_H
#define RUNNER_STACKS_H

#include <jansson.h>
#include <stddef.h>

struct stack {
    char *name;
    char *program;     /* path; NULL: not built */
    json_t *described; /* the answer to --describe; NULL: not built */
};

struct stacks {
    struct stack *items;
    size_t count;
};

struct stacks *stacks_new(void);
void stacks_free(struct stacks *s);
/* Adds a stack once and looks for its program; does not start it. 0, or -1
 * reported (only when memory is out). */
int stacks_add(struct stacks *s, const char *name);
/* Adds every shim program that is there. 0 or -1 reported. */
int stacks_add_built(struct stacks *s);
const struct stack *stacks_find(const struct stacks *s, const char *name);
/* Starts each program with --describe. 0; -1 reported: a program that does not
 * describe itself. */
int stacks_describe(struct stacks *s);
/* How many have a program. */
size_t stacks_built(const struct stacks *s);

#endif
