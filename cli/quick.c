/* Turns files on the command line into devices and a scenario. */
#include "cli/quick.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/file.h"
#include "cli/quick_chain.h"
#include "lab/selection.h"
#include "lab/stack_names.h"
#include "lab/stacks.h"
#include "model/host.h"
#include "model/pin.h"
#include "model/stack_description.h"
#include "pki/pki.h"

enum { RECORD_MAX = 16384 }; /* RFC 8446 section 5.1 */

int quick_asked(const struct quick_options *o)
{
    return o->trust_store.count > 0 || o->pins.count > 0 || o->chain_before ||
           o->chain_after || o->name || o->now;
}

static int check_together(const struct quick_options *o)
{
    if (o->trust_store.count == 0) {
        diag("--pin, --chain-before, --chain-after, --name and --now need "
             "--trust-store FILE: the device's trust anchors");
        return -1;
    }
    if (!o->chain_before != !o->chain_after) {
        diag("--chain-before and --chain-after go together");
        return -1;
    }
    if (!o->chain_before && (o->name || o->now)) {
        diag("%s goes with --chain-before and --chain-after: the built-in "
             "scenarios have their own",
             o->name ? "--name" : "--now");
        return -1;
    }
    return 0;
}

static int check(const struct quick_options *o)
{
    char why[400];

    if (check_together(o))
        return -1;
    if (o->name && host_check(o->name, why, sizeof why)) {
        diag("--name %s: %s", o->name, why);
        return -1;
    }
    for (size_t i = 0; i < o->trust_store.count; i++) {
        if (file_exists(o->trust_store.items[i]))
            continue;
        diag("--trust-store %s: no such file", o->trust_store.items[i]);
        return -1;
    }
    return 0;
}

/* "path/My store.pem" to "my-store": an id. */
static char *id_of_file(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *id = strdup(slash ? slash + 1 : path);
    char *dot = id ? strrchr(id, '.') : NULL;

    if (dot && dot != id)
        *dot = '\0';
    for (char *c = id; c && *c; c++) {
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
        else if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789.-", *c))
            *c = '-';
    }
    return id;
}

/* The plan takes a name with a slash for a file. */
static char *as_path(const char *file)
{
    return strchr(file, '/') ? strdup(file) : format("./%s", file);
}

static int set_stack(struct device *d, const char *stack)
{
    d->stacks = calloc(2, sizeof *d->stacks);
    if (!d->stacks || !(d->stacks[0] = strdup(stack)))
        return -1;
    d->stacks_count = 1;
    return 0;
}

static int set_store(struct device *d, const struct quick_options *o)
{
    d->trust_store = calloc(o->trust_store.count + 1, sizeof *d->trust_store);
    for (size_t i = 0; d->trust_store && i < o->trust_store.count; i++) {
        d->trust_store[i] = as_path(o->trust_store.items[i]);
        if (!d->trust_store[i])
            return -1;
        d->trust_store_count++;
    }
    return d->trust_store ? 0 : -1;
}

static int set_pins(struct device *d, const struct quick_options *o)
{
    if (o->pins.count == 0)
        return 0;
    d->pins = calloc(o->pins.count, sizeof *d->pins);
    for (size_t i = 0; d->pins && i < o->pins.count; i++) {
        char hash[PIN_HASH_ROOM];
        const char *why;

        if (pin_hash_parse(o->pins.items[i], hash, &why)) {
            diag("--pin %s: %s", o->pins.items[i], why);
            return -1;
        }
        d->pins[i].what = PIN_ANY;
        d->pins[i].match = pin_hash_is_sha1(hash) ? PIN_CERTIFICATE_SHA1
                                                  : PIN_CERTIFICATE_SHA256;
        d->pins[i].sha256 = strdup(hash);
        d->pins_count++;
        if (!d->pins[i].sha256)
            return -1;
    }
    return d->pins ? 0 : -1;
}

static struct device *device_make(const struct quick_options *o,
                                  const char *base, const char *stack)
{
    char *id = format("%s-%s", base, stack);
    struct device *d = id ? device_new(id) : NULL;

    free(id);
    if (!d || set_stack(d, stack) || set_store(d, o) || set_pins(d, o)) {
        device_free(d);
        return NULL;
    }
    free(d->title);
    d->title =
        format("The device with the trust store %s", o->trust_store.items[0]);
    if (d->units == 0)
        d->units = 1;
    return d;
}

static int add_device(struct quick *q, size_t *count, struct device *d)
{
    struct device **grown =
        d ? realloc(q->devices, (*count + 2) * sizeof(void *)) : NULL;

    if (!grown) {
        device_free(d);
        return -1;
    }
    q->devices = grown;
    grown[(*count)++] = d;
    grown[*count] = NULL;
    return 0;
}

/* Those that were asked for, or every one that is built; described. */
static int choose_stacks(const struct quick_options *o, struct stacks *chosen)
{
    if (o->stacks.count == 0 && stacks_add_built(chosen))
        return -1;
    for (size_t i = 0; i < o->stacks.count; i++) {
        const struct stack *stack;

        if (stacks_add(chosen, o->stacks.items[i]))
            return -1;
        stack = stacks_find(chosen, o->stacks.items[i]);
        if (stack->program)
            continue;
        if (stack_name_check(stack, "--stack"))
            return -1;
        diag("--stack %s: not built here; `chainbreak list stacks` names "
             "those that are",
             o->stacks.items[i]);
        return -1;
    }
    return stacks_describe(chosen);
}

/* A firmware whose library checks no dates, or names no server, is run so:
 * nobody asked for what its build cannot do. */
static void fit(struct device *d, const struct stack *stack)
{
    if (!stacks_has(stack, "clock")) {
        d->clock = CLOCK_NONE;
        diag("%s: the build checks no dates; neither does this run",
             stack->name);
    }
    if (!stacks_has(stack, "sni")) {
        d->tls.sni = 0;
        diag("%s: the build sends no server name; neither does this run",
             stack->name);
    }
}

/* Can it take less than what TLS allows a peer to send? */
static int is_small(const struct stack *stack)
{
    int64_t message = stack->described->max_certificate;
    int64_t record = stack->described->in_content;

    return (message > 0 && message < RECORD_MAX) ||
           (record > 0 && record < RECORD_MAX);
}

static int make_devices(struct quick *q, const struct quick_options *o)
{
    struct stacks *chosen = stacks_new();
    char *base = id_of_file(o->trust_store.items[0]);
    size_t count = 0;
    int status = base && chosen ? choose_stacks(o, chosen) : -1;

    for (size_t i = 0; status == 0 && i < chosen->count; i++) {
        struct device *d = device_make(o, base, chosen->items[i].name);

        if (d)
            fit(d, &chosen->items[i]);
        q->small |= is_small(&chosen->items[i]);
        status = add_device(q, &count, d);
    }
    if (status == 0 && count == 0) {
        diag("no shim is built; type: make");
        status = -1;
    }
    stacks_free(chosen);
    free(base);
    return status;
}

/* What the options say something about; sizes, where a build has limits. */
static int concerns(const struct scenario *s, const struct quick *q,
                    const struct quick_options *o)
{
    for (size_t i = 0; i < s->concerns_count; i++)
        if (!strcmp(s->concerns[i], "trust-store") ||
            (o->pins.count > 0 && !strcmp(s->concerns[i], "pins")) ||
            (q->small && !strcmp(s->concerns[i], "size")))
            return 1;
    return 0;
}

static int find_concerned(struct quick *q, const struct quick_options *o)
{
    struct plan_options all = {0};
    struct selection s;
    int status = selection_init(&s, &all);

    for (size_t i = 0; status == 0 && i < s.scenarios_count; i++)
        if (concerns(s.scenarios[i], q, o))
            status = words_add_copy(&q->concerned, s.scenarios[i]->id);
    if (status == 0 && q->concerned.count == 0) {
        diag("no built-in scenario concerns a trust store");
        status = -1;
    }
    selection_clear(&s);
    return status;
}

static int say(struct words *w, const char *option, const char *value)
{
    return words_add_copy(w, option) || (value && words_add_copy(w, value)) ? -1
                                                                            : 0;
}

static int make_words(struct quick *q, const struct quick_options *o)
{
    struct words *w = &q->device_options;

    for (size_t i = 0; i < o->trust_store.count; i++)
        if (say(w, "--trust-store", o->trust_store.items[i]))
            return -1;
    for (size_t i = 0; i < o->pins.count; i++)
        if (say(w, "--pin", o->pins.items[i]))
            return -1;
    return 0;
}

static int choose_scenarios(struct quick *q, const struct quick_options *o,
                            struct plan_options *plan)
{
    if (o->chain_before) {
        if (quick_chains(q, o))
            return -1;
        plan->extra_scenarios = q->chains;
        plan->scenario_options = q->scenario_options.items;
        plan->notes = q->notes.items;
        return 0;
    }
    if (plan->scenarios)
        return 0;
    if (find_concerned(q, o))
        return -1;
    plan->scenarios = q->concerned.items;
    return 0;
}

int quick_init(struct quick *q, const struct quick_options *o,
               struct plan_options *plan)
{
    memset(q, 0, sizeof *q);
    if (!home_dir()) {
        diag("the project's folder (with pki/catalog) is not above the "
             "program; set CHAINBREAK_HOME");
        return -1;
    }
    if (check(o) || make_devices(q, o) || make_words(q, o))
        return -1;
    plan->extra_devices = q->devices;
    plan->device_options = q->device_options.items;
    plan->skip = o->skip;
    return choose_scenarios(q, o, plan);
}

void quick_clear(struct quick *q)
{
    for (size_t i = 0; q->devices && q->devices[i]; i++)
        device_free(q->devices[i]);
    free(q->devices);
    scenario_free(q->chains[0]);
    words_free(&q->concerned);
    words_free(&q->device_options);
    words_free(&q->scenario_options);
    words_free(&q->notes);
}
