/* Prints the description that a shim program gives of itself. */
#include "cli/describe.h"

#include <argp.h>
#include <stdio.h>

#include "core/diag.h"
#include "runner/stacks.h"

static error_t parse(int key, char *text, struct argp_state *state)
{
    const char **stack = state->input;

    if (key == ARGP_KEY_ARG && !*stack) {
        *stack = text;
        return 0;
    }
    if (key == ARGP_KEY_ARG || key == ARGP_KEY_NO_ARGS)
        argp_error(state, "name one stack build");
    return ARGP_ERR_UNKNOWN;
}

static const struct argp argp = {
    .parser = parse,
    .args_doc = "STACK",
    .doc = "Prints what the shim of a stack build says of itself, as JSON.",
};

int cmd_describe(int argc, char **argv)
{
    const char *name = NULL;
    struct stacks *stacks = stacks_new();
    const struct stack *stack;
    int status = EXIT_HARNESS;

    argp_parse(&argp, argc, argv, 0, NULL, &name);
    if (!stacks || stacks_add(stacks, name))
        goto out;
    stack = stacks_find(stacks, name);
    if (!stack->program) {
        diag("%s: this stack build is not built; `chainbreak list stacks` "
             "names those that are",
             name);
        status = EXIT_USAGE_ERROR;
        goto out;
    }
    if (stacks_describe(stacks))
        goto out;
    json_dumpf(stack->described, stdout, JSON_INDENT(2));
    putchar('\n');
    status = EXIT_HELD;
out:
    stacks_free(stacks);
    return status;
}
