/* Lists scenarios, devices, stacks and cells. Must mint and start nothing: the
 * test driver asks before every run. */
#include "cli/list.h"

#include <argp.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/diag.h"
#include "base/text.h"
#include "lab/selection.h"
#include "lab/stacks.h"

struct request {
    const char *what;
    int json;
};

struct lists {
    struct selection selection;
    struct stacks *stacks;
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

static int is_built(const struct lists *l, const char *name)
{
    const struct stack *s = stacks_find(l->stacks, name);

    return s && s->program;
}

static json_t *device_json(const struct lists *l, const struct device *d)
{
    return json_pack("{s:s,s:s,s:b,s:s?,s:I,s:s}", "id", d->id, "stack",
                     d->stacks[0], "built", is_built(l, d->stacks[0]), "title",
                     d->title, "units", (json_int_t)d->units, "file", d->file);
}

static json_t *devices_json(const struct lists *l)
{
    json_t *list = json_array();

    for (size_t i = 0; i < l->selection.devices_count; i++)
        json_array_append_new(list, device_json(l, l->selection.devices[i]));
    return list;
}

static json_t *states_json(const struct scenario *s)
{
    json_t *list = json_array();

    for (size_t i = 0; i < s->states_count; i++)
        json_array_append_new(list, json_string(s->states[i].name));
    return list;
}

static json_t *scenarios_json(const struct lists *l, int with_devices)
{
    json_t *list = json_array(), *devices = devices_json(l);

    for (size_t i = 0; i < l->selection.scenarios_count; i++) {
        const struct scenario *s = l->selection.scenarios[i];
        json_t *item =
            json_pack("{s:s,s:s?,s:s,s:o}", "scenario", s->id, "title",
                      s->title, "file", s->file, "states", states_json(s));

        if (with_devices)
            json_object_set(item, "devices", devices);
        json_array_append_new(list, item);
    }
    json_decref(devices);
    return list;
}

static json_t *list_scenarios(const struct lists *l)
{
    return scenarios_json(l, 0);
}

static json_t *list_cells(const struct lists *l)
{
    return scenarios_json(l, 1);
}

static json_t *list_stacks(const struct lists *l)
{
    json_t *list = json_array();

    for (size_t i = 0; i < l->stacks->count; i++) {
        const struct stack *st = &l->stacks->items[i];

        json_array_append_new(
            list, json_pack("{s:s,s:b,s:s?}", "stack", st->name, "built",
                            st->program != NULL, "reason", st->reason));
    }
    return list;
}

static const char *text(const json_t *object, const char *key)
{
    const char *value = json_string_value(json_object_get(object, key));

    return value ? value : "";
}

enum { COLUMN = 34 };

static void print_scenario(const json_t *item)
{
    text_print_padded(stdout, text(item, "scenario"), COLUMN);
    putchar(' ');
    text_print(stdout, text(item, "title"));
    putchar('\n');
}

static void print_device(const json_t *item)
{
    text_print_padded(stdout, text(item, "id"), COLUMN);
    printf(" %9lld  ",
           (long long)json_integer_value(json_object_get(item, "units")));
    text_print(stdout, text(item, "title"));
    puts(json_is_true(json_object_get(item, "built")) ? "" : " (not built)");
}

static void print_stack(const json_t *item)
{
    const char *reason = text(item, "reason");

    text_print_padded(stdout, text(item, "stack"), COLUMN);
    fputs(json_is_true(json_object_get(item, "built")) ? " built"
                                                       : " not built",
          stdout);
    fputs(*reason ? ": " : "", stdout);
    text_print(stdout, reason);
    putchar('\n');
}

static void print_cells(const json_t *item)
{
    const json_t *states = json_object_get(item, "states");
    const json_t *devices = json_object_get(item, "devices");

    for (size_t j = 0; j < json_array_size(devices); j++)
        for (size_t i = 0; i < json_array_size(states); i++) {
            text_print(stdout, text(item, "scenario"));
            putchar('/');
            text_print(stdout, json_string_value(json_array_get(states, i)));
            putchar('/');
            text_print(stdout, text(json_array_get(devices, j), "id"));
            putchar('\n');
        }
}

static const struct {
    const char *name;
    json_t *(*make)(const struct lists *l);
    void (*print)(const json_t *item);
} kinds[] = {
    {"scenarios", list_scenarios, print_scenario},
    {"devices", devices_json, print_device},
    {"stacks", list_stacks, print_stack},
    {"cells", list_cells, print_cells},
};

static void show(const struct lists *l, size_t kind, int json)
{
    json_t *list = kinds[kind].make(l);

    if (json) {
        json_dumpf(list, stdout, JSON_INDENT(1));
        putchar('\n');
    }
    for (size_t i = 0; !json && i < json_array_size(list); i++)
        kinds[kind].print(json_array_get(list, i));
    json_decref(list);
}

static int find_stacks(struct lists *l)
{
    l->stacks = stacks_new();
    if (!l->stacks || stacks_add_built(l->stacks) ||
        stacks_add_ready(l->stacks))
        return -1;
    for (size_t i = 0; i < l->selection.devices_count; i++)
        if (stacks_add_client(l->stacks, l->selection.devices[i]->stacks[0],
                              device_client(l->selection.devices[i])))
            return -1;
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
        find_stacks(&lists) == 0) {
        show(&lists, kind, request.json);
        status = EXIT_HELD;
    }
    selection_clear(&lists.selection);
    stacks_free(lists.stacks);
    return status;
}
