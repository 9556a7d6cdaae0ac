/* Each certificate stands once in a table; lists point into it. */
#include "lab/plan_facts.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/file.h"
#include "builds/board.h"
#include "lab/certificates.h"
#include "lab/plan_mint.h"
#include "lab/policies.h"
#include "lab/selection.h"
#include "lab/stacks.h"
#include "model/stack_description.h"

struct making {
    struct lab_plan *plan;
    const struct plan_options *options;
};

static int fail_memory(void)
{
    diag("out of memory");
    return -1;
}

/* Room for the facts; they come with the minting. */
static int make_table(struct making *m)
{
    struct plan *p = &m->plan->plan;
    size_t count = p->certificates_count;

    p->certificates = calloc(count + 1, sizeof *p->certificates);
    m->plan->minted = calloc(count + 1, sizeof *m->plan->minted);
    if (p->certificates && m->plan->minted)
        return 0;
    p->certificates_count = 0;
    return fail_memory();
}

static int fill_list(struct making *m, const struct certificate_list *from,
                     struct certificates_list *to)
{
    struct lab_plan *p = m->plan;
    size_t count = from ? from->count : 0;

    to->items = calloc(count + 1, sizeof(struct certificate *));
    if (!to->items)
        return fail_memory();
    for (size_t i = 0; i < count; i++)
        to->items[i] =
            &p->plan.certificates[plan_mint_number(p, from->items[i])];
    to->count = count;
    return 0;
}

static int copy_texts(char *const *from, char ***to, size_t *count)
{
    size_t n = 0;

    while (from && from[n])
        n++;
    *to = calloc(n + 1, sizeof **to);
    if (!*to)
        return fail_memory();
    for (; *count < n; ++*count)
        if (!((*to)[*count] = strdup(from[*count])))
            return fail_memory();
    return 0;
}

/* Where the lists of a state or device are, found once. */
static int find_lists(struct making *m)
{
    struct lab_plan *p = m->plan;
    const struct selection *s = p->selection;
    size_t states = 0;

    p->stores = calloc(s->devices_count + 1, sizeof(void *));
    p->first_state = calloc(s->scenarios_count + 1, sizeof *p->first_state);
    if (!p->stores || !p->first_state)
        return fail_memory();
    for (size_t i = 0; i < s->scenarios_count; i++) {
        p->first_state[i] = states;
        states += s->scenarios[i]->states_count;
    }
    p->chains = calloc(states + 1, sizeof *p->chains);
    if (!p->chains)
        return fail_memory();
    for (size_t i = 0; i < s->devices_count; i++) {
        p->stores[i] = certificates_of_device(p->certificates, s->devices[i]);
        if (plan_mint_note(p, p->stores[i]))
            return -1;
    }
    for (size_t i = 0; i < s->scenarios_count; i++)
        for (size_t k = 0; k < s->scenarios[i]->states_count; k++)
            for (int e = 0; e < CHAINS; e++) {
                const struct certificate_list **at =
                    &p->chains[p->first_state[i] + k][e];

                *at = certificates_of_state(p->certificates,
                                            &s->scenarios[i]->states[k], e);
                if (plan_mint_note(p, *at))
                    return -1;
            }
    return 0;
}

static int copy_list(char *const *from, size_t n, char ***to, size_t *count)
{
    *to = calloc(n + 1, sizeof **to);
    for (*count = 0; *to && *count < n; ++*count)
        if (!((*to)[*count] = strdup(from[*count])))
            return fail_memory();
    return *to ? 0 : fail_memory();
}

static int copy_text(char **to, const char *from)
{
    if (from && !(*to = strdup(from)))
        return fail_memory();
    return 0;
}

/* The plan's own copy of the merged settings. */
static int fill_tls(struct making *m, const struct scenario *s,
                    const struct state *st, struct endpoint_tls *out)
{
    struct endpoint_tls t;

    if (policies_merge(m->plan->policies, s, st, &t))
        return -1;
    out->alpn_required = t.alpn_required;
    out->ignore_max_fragment_length = t.ignore_max_fragment_length;
    out->max_record = t.max_record;
    out->close = t.close;
    out->tickets = t.tickets;
    out->ticket_padding = t.ticket_padding;
    out->staple = t.staple;
    return copy_text(&out->min, t.min) || copy_text(&out->max, t.max) ||
                   copy_list(t.suites, t.suites_count, &out->suites,
                             &out->suites_count) ||
                   copy_list(t.groups, t.groups_count, &out->groups,
                             &out->groups_count) ||
                   copy_list(t.signature_algorithms,
                             t.signature_algorithms_count,
                             &out->signature_algorithms,
                             &out->signature_algorithms_count) ||
                   copy_list(t.alpn, t.alpn_count, &out->alpn, &out->alpn_count)
               ? -1
               : 0;
}

static int is_known(char *const *texts, size_t count, const char *text)
{
    for (size_t i = 0; i < count; i++)
        if (!strcmp(texts[i], text))
            return 1;
    return 0;
}

/* What there is to tell of the files of a chain or store, of these kinds; each
 * once. */
static int copy_notes(const struct certificate_list *l, enum pki_note_kind from,
                      enum pki_note_kind up_to, char ***to, size_t *count)
{
    for (size_t i = 0; l && i < l->notes_count; i++) {
        char **grown;

        if (l->notes[i].kind < from || l->notes[i].kind > up_to ||
            is_known(*to, *count, l->notes[i].text))
            continue;
        grown = realloc(*to, (*count + 1) * sizeof *grown);
        if (!grown)
            return fail_memory();
        *to = grown;
        grown[*count] = strdup(l->notes[i].text);
        if (!grown[*count])
            return fail_memory();
        ++*count;
    }
    return 0;
}

static int fill_state(struct making *m, size_t number, struct plan_state *st)
{
    for (int e = 0; e < CHAINS; e++) {
        const struct certificate_list *l = m->plan->chains[number][e];

        if (fill_list(m, l, &st->chains[e]) ||
            copy_notes(l, PKI_NOTE_LEFT_OUT, PKI_NOTE_LEFT_OUT, &st->left_out,
                       &st->left_out_count))
            return -1;
    }
    return 0;
}

static int fill_scenario(struct making *m, size_t i)
{
    struct lab_plan *p = m->plan;
    struct plan_scenario *out = &p->plan.scenarios[i];
    struct scenario *s = p->selection->scenarios[i];

    out->scenario = s;
    out->built_in = selection_is_builtin(s->file, "scenarios");
    out->states = calloc(s->states_count + 1, sizeof *out->states);
    p->plan.scenarios_count++;
    if (!out->states)
        return fail_memory();
    for (size_t k = 0; k < s->states_count; k++) {
        struct plan_state *st = &out->states[k];

        st->state = &s->states[k];
        if (fill_tls(m, s, st->state, &st->tls) ||
            fill_state(m, p->first_state[i] + k, st))
            return -1;
    }
    return 0;
}

static int is_extra(const struct plan_options *o, const struct device *d)
{
    for (size_t i = 0; o->extra_devices && o->extra_devices[i]; i++)
        if (o->extra_devices[i] == d)
            return 1;
    return 0;
}

static int fill_device(struct making *m, size_t i)
{
    struct lab_plan *p = m->plan;
    struct plan_device *out = &p->plan.devices[i];
    struct device *d = p->selection->devices[i];
    size_t base = strlen(d->id) - strlen(d->stacks[0]) - 1;

    out->device = d;
    out->type = strndup(d->id, base);
    out->built_in = selection_is_builtin(d->file, "devices");
    p->plan.devices_count++;
    if (!out->type)
        return fail_memory();
    if (is_extra(m->options, d) &&
        copy_texts(m->options->device_options, &out->options,
                   &out->options_count))
        return -1;
    return fill_list(m, p->stores[i], &out->store) ||
                   copy_notes(p->stores[i], PKI_NOTE_IGNORED, PKI_NOTE_LEFT_OUT,
                              &out->ignored, &out->ignored_count) ||
                   copy_notes(p->stores[i], PKI_NOTE_TOLD, PKI_NOTE_TOLD,
                              &p->plan.notes, &p->plan.notes_count)
               ? -1
               : 0;
}

/* Takes text; NULL: there is nothing to be told. */
static int add_note(struct plan_stack *out, char *text)
{
    char **grown;

    if (!text)
        return 0;
    grown = realloc(out->notes, (out->notes_count + 1) * sizeof *grown);
    if (!grown) {
        free(text);
        return fail_memory();
    }
    out->notes = grown;
    grown[out->notes_count++] = text;
    return 0;
}

/* What is not the library's or the board's own in this build. */
static int set_notes(struct plan_stack *out)
{
    char *headers = board_empty_headers(out->name);
    char *macros = board_taken_back(out->name);
    int status = 0;

    if (headers)
        status = add_note(out, format("built with empty files for %s: what "
                                      "these headers define is left out",
                                      headers));
    if (macros && status == 0)
        status = add_note(
            out, format("built without what the board sets by %s", macros));
    free(headers);
    free(macros);
    return status;
}

/* Of a build that described itself. */
static int set_described(struct plan_stack *out,
                         const struct stack_description *d)
{
    out->max_certificate = d->max_certificate;
    out->in_content = d->in_content;
    out->depth = d->max_depth;
    out->certificates = d->certificates;
    out->reassembly = d->reassembly;
    return copy_text(&out->version, d->version) ||
                   copy_text(&out->family, d->family) ||
                   copy_list(d->features, d->features_count, &out->features,
                             &out->features_count) ||
                   copy_list(d->emulates, d->emulates_count, &out->emulates,
                             &out->emulates_count) ||
                   copy_list(d->curves, d->curves_count, &out->curves,
                             &out->curves_count)
               ? -1
               : 0;
}

static int fill_stack(struct making *m, size_t i)
{
    const struct stack *st = &m->plan->stacks->items[i];
    struct plan_stack *out = &m->plan->plan.stacks[i];

    out->built = st->program != NULL;
    out->reassembly = -1;
    m->plan->plan.stacks_count++;
    if (copy_text(&out->name, st->name) ||
        copy_text(&out->reason, st->reason) ||
        (st->described && set_described(out, st->described)))
        return -1;
    return set_notes(out);
}

static int fill_tables(struct making *m)
{
    struct lab_plan *lab = m->plan;
    struct plan *p = &lab->plan;
    const struct selection *s = lab->selection;

    p->scenarios = calloc(s->scenarios_count + 1, sizeof *p->scenarios);
    p->devices = calloc(s->devices_count + 1, sizeof *p->devices);
    p->stacks = calloc(lab->stacks->count + 1, sizeof *p->stacks);
    if (!p->scenarios || !p->devices || !p->stacks)
        return fail_memory();
    for (size_t i = 0; i < s->scenarios_count; i++)
        if (fill_scenario(m, i))
            return -1;
    for (size_t i = 0; i < s->devices_count; i++)
        if (fill_device(m, i))
            return -1;
    for (size_t i = 0; i < lab->stacks->count; i++)
        if (fill_stack(m, i))
            return -1;
    return 0;
}

/* The options of `run` that say so. */
static char **reading_words(int skip, char *words[static 3])
{
    static char unsupported[] = "--skip-unsupported";
    static char damaged[] = "--skip-damaged";
    size_t count = 0;

    if (skip & PKI_SKIP_UNSUPPORTED)
        words[count++] = unsupported;
    if (skip & PKI_SKIP_DAMAGED)
        words[count++] = damaged;
    words[count] = NULL;
    return words;
}

int plan_facts_fill(struct lab_plan *lab, const struct plan_options *o)
{
    char *words[3];
    struct making m = {.plan = lab, .options = o};
    struct plan *p = &lab->plan;
    int status = -1;

    if (copy_texts(o->notes, &p->notes, &p->notes_count) == 0 &&
        find_lists(&m) == 0 && make_table(&m) == 0 && fill_tables(&m) == 0 &&
        copy_texts(o->scenario_options, &p->options, &p->options_count) == 0 &&
        copy_texts(reading_words(o->skip, words), &p->reading,
                   &p->reading_count) == 0)
        status = plan_index(p);
    return status;
}
