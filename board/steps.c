/* Makes the plan and its trials. A scenario whose certificates have ended by
 * the clock of the bench says nothing there, and is left out by name. */
#include "board/steps.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/quantity.h"
#include "board/who.h"
#include "lab/certificates.h"
#include "pki/catalog.h"

static const char stranger[] = "untrusted-root"; /* of the catalog */
/* Files of the catalog with CAs of our own: nobody trusts them. */
static const char *const own[] = {"lab.yaml", "chainbreak.yaml"};

static int fail_memory(void)
{
    diag("out of memory");
    return -1;
}

static int text_set(char **to, const char *text)
{
    char *copy = strdup(text);

    if (copy == NULL)
        return fail_memory();
    free(*to);
    *to = copy;
    return 0;
}

/* The scenarios on the bench's clock, for the name that boards ask for. */
static int scenarios_read(struct steps *s, const struct board_options *o,
                          const int64_t *now)
{
    const struct plan_options want = {.scenarios = o->scenarios};

    if (selection_scenarios(&s->selection, &want) != 0)
        return -1;
    s->scenarios =
        calloc(s->selection.scenarios_count + 1, sizeof(struct scenario *));
    if (s->scenarios == NULL)
        return fail_memory();
    for (size_t i = 0; i < s->selection.scenarios_count; i++) {
        struct scenario *sc = s->scenarios[i] = s->selection.scenarios[i];

        for (size_t k = 0; k < sc->states_count; k++) {
            if (now != NULL)
                sc->states[k].now = *now;
            if (o->name != NULL &&
                text_set(&sc->states[k].endpoint, o->name) != 0)
                return -1;
        }
    }
    return 0;
}

static struct device *device_make(const struct board_options *o,
                                  const char *name)
{
    char *id = format("%s-%s", name, BOARD_STACK);
    struct device *d = id == NULL ? NULL : device_new(id);

    free(id);
    if (d == NULL)
        return NULL;
    d->title = format("The board %s", name);
    d->units = 1;
    d->stacks = calloc(2, sizeof(char *));
    if (d->title == NULL || d->stacks == NULL)
        goto fail;
    d->stacks_count = 1;
    d->stacks[0] = strdup(BOARD_STACK);
    for (size_t n = 0; o->trust_store && o->trust_store[n]; n++) {
        char **grown = realloc(d->trust_store, (n + 2) * sizeof(char *));

        if (grown == NULL)
            goto fail;
        d->trust_store = grown;
        grown[n + 1] = NULL;
        /* a name with a slash is a file */
        grown[n] = strchr(o->trust_store[n], '/')
                       ? strdup(o->trust_store[n])
                       : format("./%s", o->trust_store[n]);
        d->trust_store_count = n + 1;
        if (grown[n] == NULL)
            goto fail;
    }
    if (d->stacks[0] != NULL)
        return d;
fail:
    device_free(d);
    return NULL;
}

static int devices_make(struct steps *s, const struct board_options *o,
                        const struct who *boards, size_t count)
{
    s->devices = calloc(count + 1, sizeof(struct device *));
    if (s->devices == NULL)
        return fail_memory();
    for (size_t i = 0; i < count; i++) {
        s->devices[i] = device_make(o, boards[i].name);
        if (s->devices[i] == NULL)
            return fail_memory();
    }
    return 0;
}

static int plan_make(struct steps *s)
{
    const struct plan_options plan = {
        .extra_devices = s->devices,
        .extra_scenarios = s->scenarios,
        .jobs = 2,
    };

    lab_plan_free(s->plan);
    s->plan = lab_plan_new(&plan);
    return s->plan == NULL || lab_plan_mint_all(s->plan) != 0 ? -1 : 0;
}

/* A CA of its first state that has ended, or has not begun; NULL: none. */
static const struct certificate *find_ended(const struct plan_scenario *s)
{
    const struct plan_state *st = &s->states[0];

    for (int k = 0; k < CHAINS; k++)
        for (size_t i = 1; i < st->chains[k].count; i++)
            if (!certificate_is_valid_at(st->chains[k].items[i],
                                         st->state->now))
                return st->chains[k].items[i];
    return NULL;
}

static int drop_note(struct steps *s, const struct scenario *sc,
                     const struct certificate *ended)
{
    char **grown = realloc(s->dropped, (s->dropped_count + 2) * sizeof(char *));
    char at[32];

    if (grown == NULL)
        return fail_memory();
    s->dropped = grown;
    grown[s->dropped_count] =
        format("%s: %s is not valid at the bench's clock (it ends %s); set the "
               "board's clock, and --now scenario",
               sc->id, ended->name, time_format(ended->not_after, at));
    grown[s->dropped_count + 1] = NULL;
    return grown[s->dropped_count++] == NULL ? fail_memory() : 0;
}

/* 0, 1 if some were left out, -1 reported. */
static int scenarios_drop(struct steps *s)
{
    const struct plan *p = &s->plan->plan;
    size_t kept = 0;

    for (size_t i = 0; i < p->scenarios_count; i++) {
        const struct certificate *ended = find_ended(&p->scenarios[i]);

        if (ended == NULL)
            s->scenarios[kept++] = p->scenarios[i].scenario;
        else if (drop_note(s, p->scenarios[i].scenario, ended) != 0)
            return -1;
    }
    s->scenarios[kept] = NULL;
    if (kept == p->scenarios_count)
        return 0;
    if (kept > 0)
        return 1;
    diag("%s", s->dropped[0]);
    return -1;
}

static struct step *step_add(struct steps *s, enum step_kind kind, char *title,
                             struct trial *trial)
{
    struct step *grown = realloc(s->items, (s->count + 1) * sizeof(*grown));

    if (grown == NULL || title == NULL || trial == NULL) {
        s->items = grown == NULL ? s->items : grown;
        free(title);
        trial_free(trial);
        diag("this step cannot be made");
        return NULL;
    }
    s->items = grown;
    grown[s->count] =
        (struct step){.kind = kind, .title = title, .trial = trial};
    return &grown[s->count++];
}

static int cells_add(struct steps *s)
{
    const struct plan *p = &s->plan->plan;

    for (size_t i = 0; i < p->scenarios_count; i++) {
        const struct scenario *sc = p->scenarios[i].scenario;

        for (size_t k = 0; k < sc->states_count; k++) {
            struct step *step;

            if (p->scenarios[i].states[k].left_out_count > 0)
                continue;
            step = step_add(
                s, STEP_CELL, format("%s/%s", sc->id, sc->states[k].name),
                lab_plan_trial(s->plan,
                               s->plan->first[i * p->devices_count] + k));
            if (step == NULL)
                return -1;
            step->scenario = i;
            step->state = k;
            step->is_attack = sc->kind == SCENARIO_ATTACK && k > 0;
        }
    }
    if (s->count > 0)
        return 0;
    diag("none of these scenarios can be served here");
    return -1;
}

/* The first step's state with a leaf under this root, and nothing else. */
static struct trial *under(const struct steps *s, struct pki_cert *root)
{
    static const char template_name[] = "iot-data-ats";
    const struct trial *first = s->items[0].trial;
    struct pki *pki = certificates_pki(s->plan->certificates);
    int type = first->chains[CHAIN_RSA].count > 0 ? CHAIN_RSA : CHAIN_ECDSA;
    struct leaf_spec spec = {.template_name = (char *)template_name};
    struct pki_cert *leaf = pki_want_leaf(
        pki, &spec, root, type == CHAIN_RSA ? "rsa-2048" : "ec-p256",
        first->name, first->now);
    struct trial *t;

    if (leaf == NULL || pki_mint_these(pki, &leaf, 1, 1) != 0)
        return NULL;
    t = trial_copy(first, NULL);
    for (int i = 0; t != NULL && i < CHAINS; i++)
        t->chains[i].count = 0;
    if (t != NULL && trial_list_insert(&t->chains[type], 0, leaf) != 0) {
        trial_free(t);
        t = NULL;
    }
    return t;
}

static int is_own(const struct catalog_entry *e)
{
    const char *slash = strrchr(e->path, '/');

    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (!strcmp(slash == NULL ? e->path : slash + 1, own[i]))
            return 1;
    return 0;
}

static int is_of_use(struct pki_cert *root, int64_t now)
{
    return pki_key_path(root) != NULL && pki_not_after(root) >= now &&
           pki_not_before(root) <= now;
}

/* Each once, also where the store and the catalog both have it. */
static int anchor_add(struct steps *s, struct pki_cert *root)
{
    struct step *step;

    for (size_t i = 0; i < s->anchors; i++)
        if (!strcmp(s->items[s->first_anchor + i].root, pki_name(root)))
            return 0;
    step = step_add(s, STEP_ANCHOR, format("anchor: %s", pki_name(root)),
                    under(s, root));
    if (step == NULL)
        return -1;
    step->root = pki_name(root);
    s->anchors++;
    return 0;
}

/* The roots of the catalog that a device may know. */
static int roots_read(struct steps *s, const struct catalog *c)
{
    struct pki *pki = certificates_pki(s->plan->certificates);

    s->roots_count = 0;
    free(s->roots);
    s->roots = calloc(c->count + 1, sizeof(struct pki_cert *));
    if (s->roots == NULL)
        return fail_memory();
    for (size_t i = 0; i < c->count; i++) {
        const struct catalog_entry *e = &c->entries[i];
        struct pki_cert *root;

        if (e->issuer != e || is_own(e))
            continue;
        root = pki_want(pki, e->text->name);
        if (root == NULL || pki_mint_these(pki, &root, 1, 1) != 0)
            return -1;
        if (is_of_use(root, s->items[0].trial->now))
            s->roots[s->roots_count++] = root;
    }
    return 0;
}

static int roots_find(struct steps *s)
{
    char *folder = format("%s/pki/catalog", home_dir());
    struct catalog *c = folder == NULL ? NULL : catalog_load(folder);
    int status = c == NULL ? -1 : roots_read(s, c);

    catalog_free(c);
    free(folder);
    return status;
}

static int anchors_add(struct steps *s)
{
    const struct certificate_list *store =
        certificates_of_device(s->plan->certificates, s->devices[0]);
    int status = 0;

    s->first_anchor = s->count;
    for (size_t i = 0; status == 0 && store != NULL && i < store->count; i++)
        if (is_of_use(store->items[i], s->items[0].trial->now))
            status = anchor_add(s, store->items[i]);
    for (size_t i = 0; status == 0 && i < s->roots_count; i++)
        status = anchor_add(s, s->roots[i]);
    return status;
}

static struct trial *stranger_make(struct steps *s)
{
    struct pki *pki = certificates_pki(s->plan->certificates);
    struct pki_cert *root = pki_want(pki, stranger);

    return root == NULL || pki_mint_these(pki, &root, 1, 1) != 0
               ? NULL
               : under(s, root);
}

/* Of those about pauses as many as after a refusal. */
static int drills_add(struct steps *s, const struct board_options *o)
{
    if (o->drill_ms == 0 || strcmp(o->application, "mqtt") != 0)
        return 0;
    for (int i = 0; i < DRILLS; i++) {
        int repeats =
            drill_is_about_pauses((enum drill_kind)i) ? o->retries : 0;
        struct step *step;

        if (repeats == 0 && drill_is_about_pauses((enum drill_kind)i))
            continue;
        step = step_add(s, STEP_DRILL,
                        format("MQTT: %s", drill_title((enum drill_kind)i)),
                        trial_copy(s->items[0].trial, NULL));
        if (step == NULL)
            return -1;
        step->drill = (enum drill_kind)i;
        step->repeats = (size_t)repeats;
    }
    return 0;
}

static int others_add(struct steps *s, const struct board_options *o)
{
    struct step *step;

    if (drills_add(s, o) != 0)
        return -1;
    if (o->anchors &&
        (step_add(s, STEP_STRANGER, strdup("anchor: a stranger's"),
                  stranger_make(s)) == NULL ||
         anchors_add(s) != 0))
        return -1;
    if (o->retries == 0)
        return 0;
    step = step_add(s, STEP_RETRIES, format("%d retries", o->retries),
                    stranger_make(s));
    if (step != NULL)
        step->repeats = (size_t)o->retries;
    return step == NULL ? -1 : 0;
}

int steps_init(struct steps *s, const struct board_options *o,
               const struct who *boards, size_t count, const int64_t *now)
{
    int status;

    memset(s, 0, sizeof(*s));
    if (scenarios_read(s, o, now) != 0 ||
        devices_make(s, o, boards, count) != 0 || plan_make(s) != 0)
        return -1;
    status = now == NULL ? 0 : scenarios_drop(s);
    if (status == 1)
        status = plan_make(s);
    if (status != 0 || cells_add(s) != 0 || roots_find(s) != 0)
        return -1;
    return others_add(s, o);
}

void steps_clear(struct steps *s)
{
    for (size_t i = 0; i < s->count; i++) {
        free(s->items[i].title);
        trial_free(s->items[i].trial);
    }
    free(s->items);
    free(s->roots);
    lab_plan_free(s->plan);
    for (size_t i = 0; s->devices != NULL && s->devices[i] != NULL; i++)
        device_free(s->devices[i]);
    free(s->devices);
    free(s->scenarios);
    strings_free(s->dropped);
    selection_clear(&s->selection);
    memset(s, 0, sizeof(*s));
}

size_t steps_cell(const struct steps *s, const struct step *step, size_t board)
{
    size_t pair = step->scenario * s->plan->plan.devices_count + board;

    return s->plan->first[pair] + step->state;
}
