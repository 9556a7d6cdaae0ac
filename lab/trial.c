/* Copies, edits and ends of trials. */
#include "lab/trial.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/file.h"

static int list_copy(struct trial_list *out, const struct trial_list *from)
{
    out->items = NULL;
    out->count = 0;
    if (from->count == 0)
        return 0;
    out->items = malloc(from->count * sizeof(struct pki_cert *));
    if (!out->items)
        return -1;
    memcpy(out->items, from->items, from->count * sizeof(struct pki_cert *));
    out->count = from->count;
    return 0;
}

static int pins_copy(struct trial *out, const struct trial *t)
{
    out->pins = NULL;
    if (t->pins_count == 0)
        return 0;
    out->pins = malloc(t->pins_count * sizeof *out->pins);
    if (!out->pins)
        return -1;
    memcpy(out->pins, t->pins, t->pins_count * sizeof *out->pins);
    return 0;
}

static int settings_copy(struct trial *out, const struct trial *t)
{
    size_t size = t->settings_count * sizeof *t->settings;

    if (size == 0)
        return 0;
    out->settings = malloc(size);
    if (!out->settings)
        return -1;
    memcpy(out->settings, t->settings, size);
    return 0;
}

/* Nothing in `out` is its own yet. */
static void disown(struct trial *out)
{
    out->id = out->left_out = NULL;
    out->other = NULL;
    out->pins = NULL;
    out->settings = NULL;
    out->anchors = out->distrusted = (struct trial_list){0};
    for (int i = 0; i < CHAINS; i++)
        out->chains[i] = (struct trial_list){0};
}

const char *trial_application(const struct trial *t)
{
    return t->device && t->device->application ? t->device->application
                                               : "byte";
}

struct trial *trial_copy(const struct trial *t, const char *id_suffix)
{
    struct trial *out = malloc(sizeof *out);

    if (!out)
        goto fail;
    *out = *t;
    disown(out);
    out->id = format("%s%s", t->id, id_suffix ? id_suffix : "");
    if (!out->id || (t->left_out && !(out->left_out = strdup(t->left_out))) ||
        pins_copy(out, t) || settings_copy(out, t) ||
        list_copy(&out->anchors, &t->anchors) ||
        list_copy(&out->distrusted, &t->distrusted))
        goto fail;
    for (int i = 0; i < CHAINS; i++)
        if (list_copy(&out->chains[i], &t->chains[i]))
            goto fail;
    if (t->other && !(out->other = trial_copy(t->other, NULL)))
        goto fail;
    return out;
fail:
    diag("out of memory");
    trial_free(out);
    return NULL;
}

void trial_free(struct trial *t)
{
    if (!t)
        return;
    trial_free(t->other);
    free(t->id);
    free(t->left_out);
    free(t->pins);
    free(t->settings);
    free(t->anchors.items);
    free(t->distrusted.items);
    for (int i = 0; i < CHAINS; i++)
        free(t->chains[i].items);
    free(t);
}

void trial_swap_sides(struct trial *t)
{
    const struct endpoint_tls policy = t->policy;

    t->policy = t->other->policy;
    t->other->policy = policy;
    for (int i = 0; i < CHAINS; i++) {
        const struct trial_list chain = t->chains[i];

        t->chains[i] = t->other->chains[i];
        t->other->chains[i] = chain;
    }
}

int trial_list_insert(struct trial_list *l, size_t at, struct pki_cert *c)
{
    struct pki_cert **grown =
        realloc(l->items, (l->count + 1) * sizeof(struct pki_cert *));

    if (!grown) {
        diag("out of memory");
        return -1;
    }
    l->items = grown;
    if (at > l->count)
        at = l->count;
    memmove(grown + at + 1, grown + at,
            (l->count - at) * sizeof(struct pki_cert *));
    grown[at] = c;
    l->count++;
    return 0;
}

void trial_list_remove(struct trial_list *l, size_t at)
{
    if (at >= l->count)
        return;
    l->count--;
    memmove(l->items + at, l->items + at + 1,
            (l->count - at) * sizeof(struct pki_cert *));
}
