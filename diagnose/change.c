/* The table, and what all edits have in common. */
#include "diagnose/change.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/quantity.h"
#include "diagnose/change_rows.h"
#include "model/reason.h"

const struct change changes[] = {
#define CHANGE(name_, side_, cost_, explains_, reasons_, emit_, apply_,        \
               cause_, mend_)                                                  \
    {.name = name_,                                                            \
     .side = SIDE_##side_,                                                     \
     .cost = cost_,                                                            \
     .explains = explains_,                                                    \
     .reasons = reasons_,                                                      \
     .emit = emit_,                                                            \
     .apply = apply_,                                                          \
     .cause = cause_,                                                          \
     .mend = mend_},
#include "diagnose/changes.def"
#undef CHANGE
};
const size_t changes_count = sizeof changes / sizeof changes[0];

void edit_clear(struct edit *e)
{
    free(e->text);
    e->text = NULL;
}

void edits_clear(struct edits *e)
{
    for (size_t i = 0; i < e->count; i++)
        edit_clear(&e->items[i]);
    free(e->items);
    e->items = NULL;
    e->count = 0;
}

char *edit_name(const struct edit *e)
{
    return format("%s%s%s", e->change->name, *e->text ? " " : "", e->text);
}

int edits_add(struct edits *out, const struct change *c, char *text,
              const struct edit *values)
{
    struct edit *grown =
        text ? realloc(out->items, (out->count + 1) * sizeof *grown) : NULL;

    if (!grown) {
        free(text);
        diag("out of memory");
        return -1;
    }
    out->items = grown;
    grown += out->count;
    memset(grown, 0, sizeof *grown);
    if (values)
        *grown = *values;
    grown->change = c;
    grown->text = text;
    for (size_t i = 0; i < out->count; i++) {
        const struct edit *known = &out->items[i];

        if (known->change == c && !strcmp(known->text, text)) {
            free(text); /* the same words would say two things */
            return 0;
        }
    }
    out->count++;
    return 0;
}

/* Is `word` one of the words of `list`? */
static int has_word(const char *list, const char *word)
{
    size_t n = strlen(word);

    for (const char *at = list; (at = strstr(at, word)); at += n)
        if ((at == list || at[-1] == ' ') && (!at[n] || at[n] == ' '))
            return 1;
    return 0;
}

static int fits(const struct change *c, enum reason r)
{
    if (has_word(c->reasons, reason_name(r)))
        return 0;
    if (!strcmp(c->reasons, "*") || has_word(c->reasons, reason_class(r)))
        return 1;
    return 2;
}

int change_is_for(const struct change *c, enum reason r)
{
    return has_word(c->reasons, reason_name(r));
}

int changes_emit(const struct situation *s, struct edits *out)
{
    for (int fit = 0; fit <= 2; fit++) {
        for (size_t i = 0; i < changes_count; i++) {
            const struct change *c = &changes[i];
            size_t before = out->count;

            /* An attack is to be seen; nothing else is a mend of it. */
            if (s->attack && strncmp(c->name, "check-", 6) != 0)
                continue;
            if (fits(c, s->record->reason) != fit)
                continue;
            if (c->emit(s, c, out))
                return -1;
            for (size_t k = before; k < out->count; k++)
                out->items[k].fits = fit;
        }
    }
    return 0;
}

static int value_parse(const char *text, int64_t *value)
{
    return time_parse(text, value) == 0 || size_parse(text, value) == 0 ? 0
                                                                        : -1;
}

/* The change whose name stands at the beginning of `text`; *rest is behind it.
 */
static const struct change *named(const char *text, const char **rest)
{
    size_t n = strcspn(text, " ");

    *rest = text + n + strspn(text + n, " ");
    for (size_t i = 0; i < changes_count; i++)
        if (strlen(changes[i].name) == n && !strncmp(changes[i].name, text, n))
            return &changes[i];
    return NULL;
}

void changes_refuse(const struct situation *s, const char *text)
{
    struct edits all = {0};

    diag("%s: no such change of this cell; there are:", text);
    if (changes_emit(s, &all) == 0) {
        for (size_t i = 0; i < all.count; i++) {
            char *name = edit_name(&all.items[i]);

            diag("  %s", name ? name : "");
            free(name);
        }
    }
    edits_clear(&all);
}

static int copy(struct edit *out, const struct edit *from)
{
    *out = *from;
    out->text = strdup(from->text);
    if (out->text)
        return 1;
    diag("out of memory");
    return -1;
}

int changes_find(const struct situation *s, const char *text, struct edit *out)
{
    struct edits all = {0};
    const char *rest;
    const struct change *c = named(text, &rest);
    int64_t value;
    int found = changes_emit(s, &all);

    for (size_t i = 0; i < all.count && found == 0; i++) {
        const struct edit *e = &all.items[i];

        if (e->change != c)
            continue;
        if (!strcasecmp(e->text, rest)) {
            found = copy(out, e);
        } else if (e->value && *rest && value_parse(rest, &value) == 0) {
            found = copy(out, e);
            out->value = value;
        }
    }
    edits_clear(&all);
    return found;
}

void *scrap_alloc(struct scrap *s, size_t size)
{
    void **grown = realloc(s->items, (s->count + 1) * sizeof *grown);
    void *item = grown ? calloc(1, size) : NULL;

    if (grown)
        s->items = grown;
    if (!item) {
        diag("out of memory");
        return NULL;
    }
    s->items[s->count++] = item;
    return item;
}

char *scrap_text(struct scrap *s, const char *text)
{
    size_t size = strlen(text) + 1;
    char *copied = scrap_alloc(s, size);

    return copied ? memcpy(copied, text, size) : NULL;
}

void scrap_clear(struct scrap *s)
{
    for (size_t i = 0; i < s->count; i++)
        free(s->items[i]);
    free(s->items);
    s->items = NULL;
    s->count = 0;
}
