/* Which devices, and which faults. */
#include "cli/rotate.h"

#include <argp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/near.h"
#include "cli/rotate_codec.h"
#include "cli/rotate_run.h"
#include "cli/rotate_site.h"
#include "cli/rotate_text.h"
#include "cli/words.h"
#include "lab/stack_names.h"
#include "lab/stacks.h"
#include "rotation/cell.h"

enum { LANES = 16, DEVICES_MAX = 100000 };

struct options {
    struct words stacks, keys, stores, faults;
    const char *out;
    int lanes, keeps_key, is_own_ca, is_list, is_quiet;
    size_t devices; /* 0: each cell once */
};

enum {
    OPTION_KEY = 1000,
    OPTION_STORE,
    OPTION_FAULT,
    OPTION_SAME_KEY,
    OPTION_DEVICES,
    OPTION_OWN_CA,
    OPTION_OUT,
    OPTION_LIST
};

static const struct argp_option argp_options[] = {
    {"stack", 's', "NAME", 0,
     "a stack build (repeat; default: all that can make requests)", 0},
    {"key", OPTION_KEY, "KIND", 0,
     "p-256 (default) or rsa-2048 (repeat for both)", 0},
    {"store", OPTION_STORE, "KIND", 0,
     "where credentials are kept: one-slot, rolls-back, tries-both (repeat; "
     "default: all)",
     0},
    {"fault", OPTION_FAULT, "NAME[@STEP]", 0,
     "what goes wrong, at one step or at each (repeat; default: everything)",
     0},
    {"same-key", OPTION_SAME_KEY, NULL, 0,
     "the new certificate is for the old key", 0},
    {"customer-ca", OPTION_OWN_CA, NULL, 0,
     "certificates are signed by a CA of the customer's own", 0},
    {"devices", OPTION_DEVICES, "N", 0,
     "a fleet of N devices, which take turns in what is chosen above", 0},
    {"jobs", 'j', "N", 0, "devices at work at the same time (default: 16)", 0},
    {"out", OPTION_OUT, "FILE", 0, "write the results there, as JSON", 0},
    {"list", OPTION_LIST, NULL, 0, "print the steps and what can go wrong", 0},
    {"quiet", 'q', NULL, 0, "print nothing but faults", 0},
    {0}};

static long number_read(const char *text, long max, const char *what,
                        const struct argp_state *state)
{
    char *end;
    long n = strtol(text, &end, 10);

    if (*text == '\0' || *end != '\0' || n < 1 || n > max)
        argp_error(state, "%s: a number from 1 to %ld, not '%s'", what, max,
                   text);
    return n;
}

static error_t option_parse(int key, char *arg, struct argp_state *state)
{
    struct options *o = state->input;

    switch (key) {
    case 's':
        return words_add(&o->stacks, arg) ? ENOMEM : 0;
    case OPTION_KEY:
        if (strcmp(arg, "p-256") != 0 && strcmp(arg, "rsa-2048") != 0)
            argp_error(state, "--key: p-256 or rsa-2048, not '%s'", arg);
        return words_add(&o->keys, arg) ? ENOMEM : 0;
    case OPTION_STORE:
        if (rotation_store_find(arg) < 0)
            argp_error(state,
                       "--store: one-slot, rolls-back or tries-both, not '%s'",
                       arg);
        return words_add(&o->stores, arg) ? ENOMEM : 0;
    case OPTION_FAULT:
        return words_add(&o->faults, arg) ? ENOMEM : 0;
    case OPTION_SAME_KEY:
        o->keeps_key = 1;
        return 0;
    case OPTION_OWN_CA:
        o->is_own_ca = 1;
        return 0;
    case OPTION_DEVICES:
        o->devices = (size_t)number_read(arg, DEVICES_MAX, "--devices", state);
        return 0;
    case 'j':
        o->lanes = (int)number_read(arg, 64, "--jobs", state);
        return 0;
    case OPTION_OUT:
        o->out = arg;
        return 0;
    case OPTION_LIST:
        o->is_list = 1;
        return 0;
    case 'q':
        o->is_quiet = 1;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp parser = {
    argp_options,
    option_parse,
    NULL,
    "Rotate the certificates of devices, with everything that can go wrong, "
    "day by day: which rotate, which recover the next day, which are stranded."
    "\v"
    "Exit status 1: a device is stranded. docs/rotation.md tells the steps.",
    NULL,
    NULL,
    NULL};

static void list_print(void)
{
    printf("steps\n");
    for (int s = 0; s < ROTATION_STEPS; s++)
        printf("  %-10s %s\n", rotation_step_name((enum rotation_step)s),
               rotation_step_what((enum rotation_step)s));
    printf("\nfaults\n");
    for (int f = 0; f < ROTATION_FAULTS; f++) {
        printf("  %s: %s\n", rotation_fault_name((enum rotation_fault)f),
               rotation_fault_what((enum rotation_fault)f));
        for (int s = 0; f != ROTATION_FAULT_NONE && s < ROTATION_STEPS; s++)
            if (rotation_fault_is_at((enum rotation_fault)f,
                                     (enum rotation_step)s))
                printf("      @%s\n",
                       rotation_step_name((enum rotation_step)s));
    }
}

/* --- What is chosen --- */

struct chosen { /* pairs of fault and step */
    struct {
        enum rotation_fault fault;
        enum rotation_step step;
    } items[ROTATION_FAULTS * ROTATION_STEPS];
    size_t count;
};

/* The steps of a fault, or the one. How many there were. */
static size_t fault_add(struct chosen *c, enum rotation_fault fault, int step)
{
    size_t before = c->count;

    for (int s = 0; s < ROTATION_STEPS; s++) {
        if ((step >= 0 && s != step) ||
            !rotation_fault_is_at(fault, (enum rotation_step)s))
            continue;
        c->items[c->count].fault = fault;
        c->items[c->count++].step = (enum rotation_step)s;
    }
    return c->count - before;
}

static int fault_unknown(const char *name)
{
    struct near near;

    near_init(&near, name);
    for (int f = 0; f < ROTATION_FAULTS; f++)
        near_offer(&near, rotation_fault_name((enum rotation_fault)f));
    diag("--fault %s: there is no such fault; %s `chainbreak rotate --list` "
         "names them",
         name, near_text(&near));
    return -1;
}

/* "power-fails@store", "power-fails". 0, or -1 reported. */
static int fault_read(struct chosen *c, const char *word)
{
    const char *sign = strchr(word, '@');
    char *name =
        sign == NULL ? strdup(word) : strndup(word, (size_t)(sign - word));
    int fault = name == NULL ? -1 : rotation_fault_find(name), status = 0;
    int step = sign == NULL ? -1 : rotation_step_find(sign + 1);

    if (c->count > ROTATION_FAULTS * (ROTATION_STEPS - 1) ||
        (fault >= 0 && sign != NULL && step < 0) || fault < 0 ||
        fault_add(c, (enum rotation_fault)fault, step) == 0) {
        status = -1;
        if (fault < 0)
            fault_unknown(name == NULL ? word : name);
        else
            diag("--fault %s: it does not happen at that step; `chainbreak "
                 "rotate --list` names the steps",
                 word);
    }
    free(name);
    return status;
}

static int faults_read(const struct options *o, struct chosen *c)
{
    c->count = 0;
    for (size_t i = 0; i < o->faults.count; i++)
        if (fault_read(c, o->faults.items[i]) != 0)
            return -1;
    for (int f = 0; o->faults.count == 0 && f < ROTATION_FAULTS; f++)
        fault_add(c, (enum rotation_fault)f, -1);
    return 0;
}

struct request {
    const struct options *options;
    struct stacks *stacks;
    const struct stack **built; /* that can make requests */
    size_t built_count;
    struct chosen faults;
    struct rotation_cell *cells;
    size_t count, room;
};

static int keys_has(const struct options *o, const char *key)
{
    for (size_t i = 0; i < o->keys.count; i++)
        if (strcmp(o->keys.items[i], key) == 0)
            return 1;
    return o->keys.count == 0 && strcmp(key, "p-256") == 0;
}

static int stores_has(const struct options *o, const char *store)
{
    for (size_t i = 0; i < o->stores.count; i++)
        if (strcmp(o->stores.items[i], store) == 0)
            return 1;
    return o->stores.count == 0;
}

static int can_make(const struct stack *s, const char *key)
{
    char feature[32];

    snprintf(feature, sizeof(feature), "request-%s", key);
    return stacks_has(s, feature) && stacks_has(s, "identity");
}

static int can_rotate(const struct options *o, const struct stack *s)
{
    return s->described != NULL &&
           ((keys_has(o, "p-256") && can_make(s, "p-256")) ||
            (keys_has(o, "rsa-2048") && can_make(s, "rsa-2048")));
}

static int stacks_find_all(struct request *r)
{
    const struct options *o = r->options;

    r->stacks = stacks_new();
    if (r->stacks == NULL ||
        (o->stacks.count == 0 && stacks_add_built(r->stacks) != 0))
        return -1;
    for (size_t i = 0; i < o->stacks.count; i++) {
        const struct stack *s;

        if (stacks_add(r->stacks, o->stacks.items[i]) != 0)
            return -1;
        s = stacks_find(r->stacks, o->stacks.items[i]);
        if (s != NULL && s->program != NULL)
            continue;
        if (s == NULL || stack_name_check(s, "--stack") == 0)
            diag("--stack %s: not built here; `chainbreak list stacks` names "
                 "those that are",
                 o->stacks.items[i]);
        return -1;
    }
    return stacks_describe(r->stacks);
}

static int stacks_choose(struct request *r)
{
    const struct options *o = r->options;

    if (stacks_find_all(r) != 0)
        return -1;
    r->built_count = 0;
    r->built = calloc(r->stacks->count + 1, sizeof(const struct stack *));
    for (size_t i = 0; r->built != NULL && i < r->stacks->count; i++) {
        const struct stack *s = &r->stacks->items[i];

        if (can_rotate(o, s)) {
            r->built[r->built_count++] = s;
        } else if (o->stacks.count > 0) {
            diag("--stack %s: the build makes no key and request of that kind "
                 "(or knows no client certificates)",
                 s->name);
            return -1;
        }
    }
    if (r->built_count == 0)
        diag("no stack build here makes a certificate signing request");
    return r->built_count == 0 ? -1 : 0;
}

static int cell_add(struct request *r, const struct rotation_cell *cell)
{
    if (r->count == r->room) {
        size_t room = r->room == 0 ? 256 : 2 * r->room;
        struct rotation_cell *grown = realloc(r->cells, room * sizeof(*grown));

        if (grown == NULL) {
            diag("out of memory");
            return -1;
        }
        r->cells = grown;
        r->room = room;
    }
    r->cells[r->count] = *cell;
    return rotation_cell_name(&r->cells[r->count++]);
}

/* Every fault of a stack build with a key and a store. */
static int faults_add(struct request *r, size_t stack, const char *key,
                      enum rotation_store store)
{
    for (size_t i = 0; i < r->faults.count; i++) {
        const struct rotation_cell cell = {
            .stack = r->built[stack]->name,
            .stack_index = stack,
            .key = key,
            .store = store,
            .fault = r->faults.items[i].fault,
            .step = r->faults.items[i].step,
            .keeps_key = r->options->keeps_key,
        };

        if (cell_add(r, &cell) != 0)
            return -1;
    }
    return 0;
}

static int cells_make(struct request *r)
{
    static const char *const keys[] = {"p-256", "rsa-2048"};
    const struct options *o = r->options;

    for (size_t i = 0; i < r->built_count; i++)
        for (size_t k = 0; k < 2; k++)
            for (int s = 0; s < ROTATION_STORES; s++)
                if (keys_has(o, keys[k]) && can_make(r->built[i], keys[k]) &&
                    stores_has(o,
                               rotation_store_name((enum rotation_store)s)) &&
                    faults_add(r, i, keys[k], (enum rotation_store)s) != 0)
                    return -1;
    return 0;
}

/* Exactly so many: the cells again and again. */
static int fleet_make(struct request *r)
{
    size_t kinds = r->count, wanted = r->options->devices;

    while (wanted > 0 && r->count > wanted)
        rotation_cell_clear(&r->cells[--r->count]);
    for (size_t i = 0; r->count < wanted; i++) {
        struct rotation_cell copy = r->cells[i % kinds];

        copy.id = NULL;
        if (cell_add(r, &copy) != 0)
            return -1;
    }
    return 0;
}

/* --- Together --- */

static int rotate(struct request *r)
{
    const struct options *o = r->options;
    const struct rotate_run_options run = {.stacks = r->built,
                                           .lanes = o->lanes,
                                           .is_told = !o->is_quiet &&
                                                      isatty(STDERR_FILENO),
                                           .is_own_ca = o->is_own_ca};
    struct rotate_site *site = rotate_site_new(r->built, r->built_count);
    int status = EXIT_HARNESS;

    if (site != NULL && rotate_run(site, &run, r->cells, r->count) == 0)
        status = EXIT_HELD;
    rotate_site_free(site);
    for (size_t i = 0; status != EXIT_HARNESS && i < r->count; i++) {
        enum rotation_verdict v = rotation_cell_verdict(&r->cells[i]);

        if (v == ROTATION_ERROR)
            status = EXIT_HARNESS;
        else if (v == ROTATION_STRANDED)
            status = EXIT_BROKEN;
    }
    if (site == NULL)
        return EXIT_HARNESS;
    if (o->out != NULL && rotate_codec_write(o->out, r->cells, r->count) != 0)
        status = EXIT_HARNESS;
    if (!o->is_quiet)
        rotate_text_print(stdout, r->cells, r->count);
    return status;
}

int cmd_rotate(int argc, char **argv)
{
    struct options o = {.lanes = LANES};
    struct request r = {.options = &o};
    int status = EXIT_USAGE_ERROR;

    argp_parse(&parser, argc, argv, 0, NULL, &o);
    if (o.is_list) {
        list_print();
        status = EXIT_HELD;
    } else if (faults_read(&o, &r.faults) == 0 && stacks_choose(&r) == 0 &&
               cells_make(&r) == 0 && fleet_make(&r) == 0) {
        status = rotate(&r);
    }
    for (size_t i = 0; i < r.count; i++)
        rotation_cell_clear(&r.cells[i]);
    free(r.cells);
    free(r.built);
    stacks_free(r.stacks);
    words_clear(&o.stacks);
    words_clear(&o.keys);
    words_clear(&o.stores);
    words_clear(&o.faults);
    return status;
}
