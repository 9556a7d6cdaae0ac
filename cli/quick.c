/* Turns files on the command line into devices and a scenario. */
#include "cli/quick.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/quantity.h"
#include "pki/pki.h"
#include "lab/selection.h"
#include "lab/stacks.h"

enum { HOUR = 3600, SHA256_HEX = 64 };

int quick_asked(const struct quick_options *o)
{
    return o->trust_store.count > 0 || o->pins.count > 0 || o->chain_before ||
           o->chain_after;
}

static int check(const struct quick_options *o)
{
    if (o->trust_store.count == 0) {
        diag("--pin and --chain-* need --trust-store FILE: the device's "
             "trust anchors");
        return -1;
    }
    if (!o->chain_before != !o->chain_after) {
        diag("--chain-before and --chain-after go together");
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
        const char *hex = o->pins.items[i];

        if (strlen(hex) != SHA256_HEX ||
            strspn(hex, "0123456789abcdefABCDEF") != SHA256_HEX) {
            diag("--pin %s: a SHA-256 has 64 hexadecimal digits", hex);
            return -1;
        }
        d->pins[i].what = PIN_ANY;
        d->pins[i].sha256 = strdup(hex);
        d->pins_count++;
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
        if (stacks_add(chosen, o->stacks.items[i]))
            return -1;
        if (stacks_find(chosen, o->stacks.items[i])->program)
            continue;
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

struct chain_facts {
    char *name;
    int64_t now;
};

/* What the leaf is for, and a time at which the whole chain is valid: one hour
 * after its youngest certificate began. */
static int read_chain(struct pki *p, const struct quick_options *o,
                      const char *path, struct chain_facts *out)
{
    struct pki_cert **certs = NULL;
    size_t count = 0;
    const char *first;
    int status = -1;

    if (pki_want_file(p, path, o->skip_unsupported, &certs, &count) ||
        pki_mint(p, 2))
        goto out;
    first = o->name ? o->name : count ? pki_first_name(certs[0]) : NULL;
    if (!first) {
        diag("%s: its first certificate has no name; say --name HOST", path);
        goto out;
    }
    out->name = strdup(!strncmp(first, "*.", 2) ? first + 2 : first);
    if (!strncmp(first, "*.", 2)) {
        free(out->name);
        out->name = format("device.%s", first + 2);
    }
    for (size_t i = 0; i < count; i++)
        if (out->now < pki_not_before(certs[i]) + HOUR)
            out->now = pki_not_before(certs[i]) + HOUR;
    if (o->now && time_parse(o->now, &out->now)) {
        diag("--now %s: not a time like 2024-07-01T00:00:00Z", o->now);
        goto out;
    }
    status = out->name ? 0 : -1;
out:
    free(certs);
    return status;
}

/* The scenario as YAML, read by the same code as any other. */
static char *scenario_text(const char *const paths[static 2],
                           const char *const types[static 2],
                           const struct chain_facts f[static 2])
{
    char before[32], after[32];

    time_format(f[0].now, before);
    time_format(f[1].now, after);
    return format("scenario: chains\n"
                  "title: The chain before and after the change\n"
                  "story: The chains were given on the command line.\n"
                  "source: command line\n"
                  "concerns: [trust-store]\n"
                  "states:\n"
                  "  - name: before\n    now: %s\n    policy: free\n"
                  "    endpoint: \"%s\"\n    chains: {%s: [\"%s\"]}\n"
                  "  - name: after\n    now: %s\n    policy: free\n"
                  "    endpoint: \"%s\"\n    chains: {%s: [\"%s\"]}\n",
                  before, f[0].name, types[0], paths[0], after, f[1].name,
                  types[1], paths[1]);
}

static const char *key_type_of(struct pki *p, const char *path, int skip)
{
    struct pki_cert **certs = NULL;
    size_t count = 0;
    const char *type = "rsa";

    if (pki_want_file(p, path, skip, &certs, &count) == 0 && count > 0 &&
        !strncmp(pki_key_kind(certs[0]), "ec-", 3))
        type = "ecdsa";
    free(certs);
    return type;
}

static int make_chains(struct quick *q, const struct quick_options *o,
                       struct pki *p)
{
    const char *given[2] = {o->chain_before, o->chain_after};
    char *paths[2] = {realpath(given[0], NULL), realpath(given[1], NULL)};
    struct chain_facts facts[2] = {{0}};
    const char *types[2];
    char *text = NULL;
    int status = -1;

    for (size_t i = 0; i < 2; i++) {
        if (!paths[i]) {
            diag("%s: no such file", given[i]);
            goto out;
        }
        if (read_chain(p, o, paths[i], &facts[i]))
            goto out;
        types[i] = key_type_of(p, paths[i], o->skip_unsupported);
    }
    text = scenario_text((const char *const *)paths, types, facts);
    q->chains[0] =
        text ? scenario_parse("command line", (uint8_t *)text, strlen(text))
             : NULL;
    status = q->chains[0] ? 0 : -1;
out:
    for (size_t i = 0; i < 2; i++) {
        free(paths[i]);
        free(facts[i].name);
    }
    free(text);
    return status;
}

static int make_scenario(struct quick *q, const struct quick_options *o)
{
    char *catalog = format("%s/pki/catalog", home_dir());
    char *templates = format("%s/pki/templates", home_dir());
    struct pki *p =
        catalog && templates ? pki_new(catalog, templates, cache_dir()) : NULL;
    int status = p ? make_chains(q, o, p) : -1;

    pki_free(p);
    free(catalog);
    free(templates);
    return status;
}

static int concerns(const struct scenario *s, const struct quick_options *o)
{
    for (size_t i = 0; i < s->concerns_count; i++)
        if (!strcmp(s->concerns[i], "trust-store") ||
            (o->pins.count > 0 && !strcmp(s->concerns[i], "pins")))
            return 1;
    return 0;
}

static int find_concerned(struct quick *q, const struct quick_options *o)
{
    struct plan_options all = {0};
    struct selection s;
    int status = selection_init(&s, &all);

    for (size_t i = 0; status == 0 && i < s.scenarios_count; i++)
        if (concerns(s.scenarios[i], o))
            status = words_add(&q->concerned, strdup(s.scenarios[i]->id));
    if (status == 0 && q->concerned.count == 0) {
        diag("no built-in scenario concerns a trust store");
        status = -1;
    }
    selection_clear(&s);
    return status;
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
    if (check(o) || make_devices(q, o))
        return -1;
    plan->extra_devices = q->devices;
    plan->skip |= o->skip_unsupported ? PKI_SKIP_UNSUPPORTED : 0;
    if (o->chain_before) {
        if (make_scenario(q, o))
            return -1;
        plan->extra_scenarios = q->chains;
        return 0;
    }
    if (plan->scenarios)
        return 0;
    if (find_concerned(q, o))
        return -1;
    plan->scenarios = q->concerned.items;
    return 0;
}

void quick_clear(struct quick *q)
{
    for (size_t i = 0; q->devices && q->devices[i]; i++)
        device_free(q->devices[i]);
    free(q->devices);
    scenario_free(q->chains[0]);
    for (size_t i = 0; i < q->concerned.count; i++)
        free(q->concerned.items[i]);
    words_clear(&q->concerned);
}
