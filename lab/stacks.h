/* The stack builds that devices name, and their shim programs: shim-<stack>
 * beside the running program, or in $CHAINBREAK_SHIMS. A client that is
 * attached by its command line (model/client.h) is a stack too: its program is
 * command-client, with the client's file as argument. */
#ifndef LAB_STACKS_H
#define LAB_STACKS_H

#include <stddef.h>

struct stack_description; /* model/stack_description.h */

struct stack {
    char *name;
    char *program; /* path; NULL: not built */
    char *client;  /* file of a client, the program's argument; or NULL */
    char *reason;  /* why it is not built: "needs the Debian package curl", or
                      how its build failed; NULL: not known, or it is built */
    struct stack_description *described; /* NULL: not built, or not asked */
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
/* The same for a stack of a device: with `client` (may be NULL), the file that
 * the device names. -1 too if the file cannot be used, or if another file has
 * given the stack's name. */
int stacks_add_client(struct stacks *s, const char *name, const char *client);
/* Adds the ready clients of clients/command/, whether they can be run or not. 0
 * or -1 reported. */
int stacks_add_ready(struct stacks *s);
/* Adds every shim program that is there. 0 or -1 reported. */
int stacks_add_built(struct stacks *s);
const struct stack *stacks_find(const struct stacks *s, const char *name);
/* Starts each program with --describe. 0; -1 reported: a program that does not
 * describe itself. */
int stacks_describe(struct stacks *s);
/* Has a described build this feature (docs/record.md)? */
int stacks_has(const struct stack *stack, const char *feature);
/* The library that a described build is of; NULL: not told. */
const char *stacks_family(const struct stack *stack);
/* How many have a program. */
size_t stacks_built(const struct stacks *s);

#endif
