/* Prints the description that a shim program gives of itself. */
#include "cli/describe.h"

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "builds/board.h"
#include "builds/builds.h"
#include "model/client.h"
#include "base/diag.h"
#include "lab/stacks.h"

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

static void text_set(json_t *object, const char *key, const char *text)
{
    if (text)
        json_object_set_new(object, key, json_string(text));
}

/* What is not the board's own in this build. */
static void board_add(json_t *described, const char *name)
{
    char *headers = board_empty_headers(name);
    char *macros = board_taken_back(name);

    text_set(described, "empty_sdk_headers", headers);
    text_set(described, "board_macros_taken_back", macros);
    free(headers);
    free(macros);
}

/* What only the file knows. A client has none. */
static int file_add(json_t *described, const char *name)
{
    struct builds b = {0};
    const struct stack_file *f;
    int status = builds_load(&b);

    f = status ? NULL : builds_find(&b, name);
    if (f) {
        text_set(described, "title", f->title);
        text_set(described, "stands_for", f->stands_for);
        text_set(described, "reference", f->reference);
        text_set(described, "configuration_header", f->config);
        board_add(described, name);
    }
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
    if (stacks_describe(stacks) || file_add(stack->described, name))
        goto out;
    json_dumpf(stack->described, stdout, JSON_INDENT(2));
    putchar('\n');
    status = EXIT_HELD;
out:
    client_free(client);
    stacks_free(stacks);
    return status;
}
