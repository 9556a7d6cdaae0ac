/* Tells a mistyped stack build from one that is not built. */
#include "lab/stack_names.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/near.h"
#include "builds/builds.h"

/* How far a name may be from another to be taken for a slip. */
enum { SLIP = 2, ANY = 1000 };

struct names { /* while they are offered */
    struct near near;
    const char *wanted;
    int found;
};

static void offer(struct names *n, const char *name)
{
    n->found |= strcmp(n->wanted, name) == 0;
    near_offer(&n->near, name);
}

static int check(const struct stack *stack, const char *where, size_t slip)
{
    struct names n = {.wanted = stack->name};
    struct stacks *known;
    struct builds files = {0};

    if (stack->program || stack->client || stack->reason)
        return 0;
    known = stacks_new();
    near_init(&n.near, stack->name);
    if (known && stacks_add_built(known) == 0 && stacks_add_ready(known) == 0)
        for (size_t i = 0; i < known->count; i++)
            offer(&n, known->items[i].name);
    if (builds_load(&files) == 0)
        for (size_t i = 0; i < files.count; i++)
            offer(&n, files.items[i]->name);
    if (n.near.names[0] == NULL || n.near.distances[0] > slip)
        n.found |= slip != ANY;
    if (!n.found)
        diag("%s: %s: no stack build has this name%s", where, stack->name,
             near_text(&n.near));
    builds_clear(&files);
    stacks_free(known);
    return n.found ? 0 : -1;
}

int stack_name_check(const struct stack *stack, const char *where)
{
    return check(stack, where, ANY);
}

int stack_names_check(const struct stacks *s, struct device *const *devices,
                      size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct device *d = devices[i];
        const struct stack *stack = stacks_find(s, d->stacks[0]);
        char *where = format("%s: stack", d->file ? d->file : d->id);
        int status = where && stack ? check(stack, where, SLIP) : -1;

        free(where);
        if (status)
            return -1;
    }
    return 0;
}
