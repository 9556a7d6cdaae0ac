/* Lists scenarios, devices, stacks and cells. Must mint and start nothing: the
 * test driver asks before every run. */
#include "cli/list.h"

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/text.h"
#include "lab/selection.h"
#include "lab/stacks.h"
#include "model/list_codec.h"

struct request {
    const char *what;
    int json;
};

struct lists {
    struct selection selection;
    struct stacks *found;
    struct list_scenarios scenarios;
    struct list_device *devices;
    size_t devices_count;
    struct list_stack *stacks;
    size_t stacks_count;
};

static error_t parse(int key, char *text, struct argp_state *state)
{
    struct request *r = state->input;

    if (key == 'J')
        r->json = 1;
    else if (key == ARGP_KEY_ARG && state->arg_num == 0)
        r->what = text;
    else if (key == ARGP_KEY_ARG)
        argp_error(state, "name one list");
    else
        return ARGP_ERR_UNKNOWN;
    return 0;
}

static const struct argp_option options[] = {
    {"json", 'J', NULL, 0, "for programs", 0},
    {0},
};

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "[scenarios|devices|stacks|cells]",
    .doc = "Lists the built-in scenarios, devices and cells, and the stack "
           "builds and ready clients that are named or built.",
};

enum { COLUMN = 34 };

static void scenarios_print(const struct lists *l)
{
    for (size_t i = 0; i < l->scenarios.count; i++) {
        const struct scenario *s = l->scenarios.items[i];

        text_print_padded(stdout, s->id, COLUMN);
        putchar(' ');
        text_print(stdout, s->title ? s->title : "");
        putchar('\n');
    }
}

static void devices_print(const struct lists *l)
{
    for (size_t i = 0; i < l->devices_count; i++) {
        const struct device *d = l->devices[i].device;

        text_print_padded(stdout, d->id, COLUMN);
        printf(" %9lld  ", (long long)d->units);
        text_print(stdout, d->title ? d->title : "");
        puts(l->devices[i].built ? "" : " (not built)");
    }
}

static void stacks_print(const struct lists *l)
{
    for (size_t i = 0; i < l->stacks_count; i++) {
        const struct list_stack *s = &l->stacks[i];

        text_print_padded(stdout, s->name, COLUMN);
        fputs(s->built ? " built" : " not built", stdout);
        if (s->reason) {
            fputs(": ", stdout);
            text_print(stdout, s->reason);
        }
        putchar('\n');
    }
}

static void scenario_cells_print(const struct lists *l,
                                 const struct scenario *s)
{
    for (size_t j = 0; j < l->devices_count; j++)
        for (size_t i = 0; i < s->states_count; i++) {
            text_print(stdout, s->id);
            putchar('/');
            text_print(stdout, s->states[i].name);
            putchar('/');
            text_print(stdout, l->devices[j].device->id);
            putchar('\n');
        }
}

static void cells_print(const struct lists *l)
{
    for (size_t i = 0; i < l->scenarios.count; i++)
        scenario_cells_print(l, l->scenarios.items[i]);
}

static char *scenarios_json(const struct lists *l)
{
    return list_scenarios_encode(&l->scenarios);
}

static char *devices_json(const struct lists *l)
{
    return list_devices_encode(l->devices, l->devices_count);
}

static char *stacks_json(const struct lists *l)
{
    return list_stacks_encode(l->stacks, l->stacks_count);
}

static char *cells_json(const struct lists *l)
{
    return list_cells_encode(&l->scenarios, l->devices, l->devices_count);
}

static const struct {
    const char *name;
    char *(*json)(const struct lists *l);
    void (*print)(const struct lists *l);
} kinds[] = {
    {"scenarios", scenarios_json, scenarios_print},
    {"devices", devices_json, devices_print},
    {"stacks", stacks_json, stacks_print},
    {"cells", cells_json, cells_print},
};

static int show(const struct lists *l, size_t kind, int json)
{
    char *text = json ? kinds[kind].json(l) : NULL;

    if (!json)
        kinds[kind].print(l);
    else if (text)
        puts(text);
    free(text);
    return json && !text ? EXIT_HARNESS : EXIT_HELD;
}

static int find_stacks(struct lists *l)
{
    l->found = stacks_new();
    if (!l->found || stacks_add_built(l->found) || stacks_add_ready(l->found))
        return -1;
    for (size_t i = 0; i < l->selection.devices_count; i++)
        if (stacks_add_client(l->found, l->selection.devices[i]->stacks[0],
                              device_client(l->selection.devices[i])))
            return -1;
    return 0;
}

static int is_built(const struct lists *l, const char *name)
{
    const struct stack *s = stacks_find(l->found, name);

    return s && s->program;
}

static int fill(struct lists *l)
{
    const struct selection *s = &l->selection;

    l->scenarios = (struct list_scenarios){s->scenarios, s->scenarios_count};
    l->devices = calloc(s->devices_count + 1, sizeof *l->devices);
    l->stacks = calloc(l->found->count + 1, sizeof *l->stacks);
    if (!l->devices || !l->stacks) {
        diag("out of memory");
        return -1;
    }
    for (; l->devices_count < s->devices_count; l->devices_count++) {
        const struct device *d = s->devices[l->devices_count];

        l->devices[l->devices_count] =
            (struct list_device){d, is_built(l, d->stacks[0])};
    }
    for (; l->stacks_count < l->found->count; l->stacks_count++) {
        const struct stack *st = &l->found->items[l->stacks_count];

        l->stacks[l->stacks_count] =
            (struct list_stack){st->name, st->reason, st->program != NULL};
    }
    return 0;
}

int cmd_list(int argc, char **argv)
{
    struct request request = {"scenarios", 0};
    struct plan_options all = {0};
    struct lists lists = {0};
    size_t kind = 0, kinds_count = sizeof kinds / sizeof kinds[0];
    int status = EXIT_USAGE_ERROR;

    argp_parse(&argp, argc, argv, 0, NULL, &request);
    while (kind < kinds_count && strcmp(kinds[kind].name, request.what) != 0)
        kind++;
    if (kind == kinds_count) {
        diag("list %s: one of scenarios, devices, stacks, cells", request.what);
        return EXIT_USAGE_ERROR;
    }
    if (selection_init(&lists.selection, &all) == 0 &&
        find_stacks(&lists) == 0 && fill(&lists) == 0)
        status = show(&lists, kind, request.json);
    selection_clear(&lists.selection);
    stacks_free(lists.found);
    free(lists.devices);
    free(lists.stacks);
    return status;
}
