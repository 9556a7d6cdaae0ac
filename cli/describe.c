/* Prints the description that a shim program gives of itself. */
#include "cli/describe.h"

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "builds/board.h"
#include "builds/builds.h"
#include "lab/stacks.h"
#include "model/client.h"
#include "model/stack_codec.h"

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
    .args_doc = "STACK|CLIENT-FILE",
    .doc = "Prints what the program of a stack build says of itself, as JSON, "
           "and what its file in clients/stacks/ says it stands for.",
};

/* A ready client's name, or the path of a client file. */
static int add(struct stacks *stacks, const char **name, struct client **client)
{
    if (!strchr(*name, '/'))
        return stacks_add(stacks, *name);
    *client = client_load(*name);
    if (!*client || stacks_add_client(stacks, (*client)->name, *name))
        return -1;
    *name = (*client)->name;
    return 0;
}

static void tell_unbuilt(const struct stack *stack)
{
    if (stack->reason)
        diag("%s: not built: %s", stack->name, stack->reason);
    else
        diag("%s: this stack build is not built; `chainbreak list stacks` "
             "names those that are",
             stack->name);
}

static int print(const struct stack_description *d,
                 const struct stack_origin *origin)
{
    char *text = stack_encode(d, origin);

    if (text)
        puts(text);
    free(text);
    return text ? EXIT_HELD : EXIT_HARNESS;
}

/* With what only the file knows. A client has none. */
static int show(const struct stack *stack)
{
    struct builds b = {0};
    struct stack_origin origin = {0};
    const struct stack_file *f;
    char *headers = NULL, *macros = NULL;
    int status = EXIT_HARNESS;

    if (builds_load(&b))
        goto out;
    f = builds_find(&b, stack->name);
    if (f) {
        headers = board_empty_headers(stack->name);
        macros = board_taken_back(stack->name);
        origin = (struct stack_origin){f->title,  f->stands_for, f->reference,
                                       f->config, headers,       macros};
    }
    status = print(stack->described, &origin);
out:
    free(headers);
    free(macros);
    builds_clear(&b);
    return status;
}

int cmd_describe(int argc, char **argv)
{
    const char *name = NULL;
    struct stacks *stacks = stacks_new();
    const struct stack *stack;
    struct client *client = NULL;
    int status = EXIT_HARNESS;

    argp_parse(&argp, argc, argv, 0, NULL, &name);
    if (!stacks || add(stacks, &name, &client)) {
        status = EXIT_USAGE_ERROR;
        goto out;
    }
    stack = stacks_find(stacks, name);
    if (!stack->program) {
        tell_unbuilt(stack);
        status = EXIT_USAGE_ERROR;
        goto out;
    }
    if (stacks_describe(stacks) == 0)
        status = show(stack);
out:
    client_free(client);
    stacks_free(stacks);
    return status;
}
