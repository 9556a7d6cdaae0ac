/* Nothing here decides anything: it words what it is given. */
#include "diagnose/words.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/quantity.h"

enum { LISTED = 3, KEY_DIGITS = 8, DAY = 10 };

/* What is different about certificates that have one name. */
struct alike {
    int any, other_key, other_issuer, other_dates;
};

static void compare(struct alike *a, const struct certificate *c,
                    const struct seen_list *l)
{
    for (size_t i = 0; i < l->count; i++) {
        const struct certificate *o = l->items[i].fact;

        if (!strcmp(o->sha256, c->sha256) ||
            strcmp(o->common_name, c->common_name) != 0)
            continue;
        a->any = 1;
        a->other_key |= strcmp(o->spki_sha256, c->spki_sha256) != 0;
        a->other_issuer |= strcmp(o->issuer, c->issuer) != 0;
        a->other_dates |= o->not_after != c->not_after;
    }
}

static struct alike alike(const struct situation *s,
                          const struct certificate *c)
{
    struct alike a = {0};

    compare(&a, c, &s->chain);
    compare(&a, c, &s->other);
    compare(&a, c, &s->anchors);
    /* What was sent before is told from what is sent now, not the other way. */
    if (seen_has(&s->earlier, c) && !seen_has(&s->chain, c))
        compare(&a, c, &s->earlier);
    return a;
}

static const char *key_of(const struct certificate *c)
{
    return c->subject_key_id && *c->subject_key_id ? c->subject_key_id
                                                   : c->spki_sha256;
}

/* "CN=Amazon Root CA 1,O=Amazon" to "Amazon Root CA 1"; else OU, else all. */
static char *short_name(const char *dn)
{
    const char *at = strstr(dn, "CN="), *end;

    if (!at)
        at = strstr(dn, "OU=");
    if (!at)
        at = strstr(dn, "O=");
    if (!at)
        return strdup(*dn ? dn : "an authority without a name");
    at = strchr(at, '=') + 1;
    for (end = at; *end && !(*end == ',' && end[-1] != '\\') && *end != '+';)
        end++;
    return strndup(at, (size_t)(end - at));
}

char *words_day(int64_t at)
{
    char buffer[32];

    return strndup(time_format(at, buffer), DAY);
}

/* A time to the second is only worth it where the day does not tell. */
static char *moment(int64_t at, int precise)
{
    char buffer[32];

    return precise ? strdup(time_format(at, buffer)) : words_day(at);
}

char *words_dates(const struct certificate *c, int64_t at)
{
    char *day = words_day(at), *from = words_day(c->not_before),
         *to = words_day(c->not_after), *out = NULL;
    int precise = day && from && to && (!strcmp(day, from) || !strcmp(day, to));

    free(from);
    free(to);
    from = moment(c->not_before, precise);
    to = c->not_after == CERTIFICATE_NO_TIME
             ? strdup("a date that cannot be read")
             : moment(c->not_after, precise);
    if (from && to)
        out = format("valid from %s to %s", from, to);
    free(day);
    free(from);
    free(to);
    return out;
}

static char *apart(const struct alike *a, const struct certificate *c)
{
    char *day, *who, *out;

    if (a->other_key)
        return format("%s (key %.*s)", c->common_name, KEY_DIGITS, key_of(c));
    if (a->other_issuer) {
        if (c->same_issuer)
            return format("%s (self-signed)", c->common_name);
        who = short_name(c->issuer);
        out = who ? format("%s (signed by %s)", c->common_name, who) : NULL;
        free(who);
        return out;
    }
    if (!a->other_dates)
        return format("%s (serial %s)", c->common_name, c->serial);
    day = words_day(c->not_after);
    out = day ? format("%s (until %s)", c->common_name, day) : NULL;
    free(day);
    return out;
}

char *words_certificate(const struct situation *s, const struct seen *c)
{
    struct alike a = alike(s, c->fact);
    int is_leaf = (s->chain.count > 0 &&
                   !strcmp(s->chain.items[0].fact->sha256, c->fact->sha256)) ||
                  (s->earlier.count > 0 &&
                   !strcmp(s->earlier.items[0].fact->sha256, c->fact->sha256));

    if (is_leaf && !seen_has(&s->anchors, c->fact))
        return a.any ? format("the leaf of %s", c->fact->common_name)
                     : format("the leaf %s", c->fact->common_name);
    return a.any ? apart(&a, c->fact) : strdup(c->fact->common_name);
}

/* Does this name stand here for a certificate that did not sign c? */
static int name_is_taken(const struct situation *s, const struct seen *c,
                         const char *name)
{
    const struct seen_list *lists[] = {&s->anchors, &s->chain, &s->other};

    for (size_t l = 0; l < sizeof lists / sizeof lists[0]; l++)
        for (size_t i = 0; i < lists[l]->count; i++) {
            const struct seen *o = &lists[l]->items[i];

            if (!strcmp(o->fact->common_name, name) &&
                strcmp(o->fact->sha256, c->fact->sha256) != 0 &&
                !situation_issued(c, o))
                return 1;
        }
    return 0;
}

char *words_issuer(const struct situation *s, const struct seen *c)
{
    char *name = short_name(c->fact->issuer), *out;

    if (!name || !name_is_taken(s, c, name))
        return name;
    if (c->fact->authority_key_id && *c->fact->authority_key_id)
        out = format("%s (key %.*s)", name, KEY_DIGITS,
                     c->fact->authority_key_id);
    else
        out = format("%s (the key that signed %s)", name, c->fact->common_name);
    free(name);
    return out;
}

/* "a", "a and b", "a, b, c and 3 more". Takes `item`. */
static char *append(char *list, char *item, size_t i, size_t count)
{
    const char *between = i == 0                              ? ""
                          : i + 1 == count && count <= LISTED ? " and "
                                                              : ", ";
    char *longer = list && item ? format("%s%s%s", list, between, item) : NULL;

    free(list);
    free(item);
    return longer;
}

static char *more(char *list, size_t count)
{
    char *longer;

    if (!list || count <= LISTED)
        return list;
    longer = format("%s and %zu more", list, count - LISTED);
    free(list);
    return longer;
}

static char *seen_words(const struct situation *s, const struct seen_list *l)
{
    char *out = strdup(l->count ? "" : "nothing");

    for (size_t i = 0; out && i < l->count && i < LISTED; i++)
        out = append(out, words_certificate(s, &l->items[i]), i, l->count);
    return more(out, l->count);
}

char *words_store(const struct situation *s)
{
    char *names = seen_words(s, &s->anchors), *only;

    if (!names || s->anchors.count != 1)
        return names;
    only = format("only %s", names);
    free(names);
    return only;
}

char *words_sent(const struct situation *s)
{
    return seen_words(s, &s->chain);
}

char *words_list(char *const *items, size_t count, const char *none)
{
    char *out = strdup(count ? "" : none);

    for (size_t i = 0; out && i < count && i < LISTED; i++)
        out = append(out, strdup(items[i]), i, count);
    return more(out, count);
}

char *words_names(const struct certificate *leaf)
{
    char *list, *out;

    if (!leaf->has_san)
        return format("has no subjectAltName, its CN is %s", leaf->common_name);
    list = words_list(leaf->names, leaf->names_count, "nothing");
    out = list ? format("has %s in its subjectAltName", list) : NULL;
    free(list);
    return out;
}

static char *place(const char *name, size_t size, const struct situation *s,
                   const struct edit *e)
{
    if (!strncmp(name, "it", size))
        return e->it.fact ? words_certificate(s, &e->it) : strdup("it");
    if (!strncmp(name, "extension", size)) {
        const char *of = strstr(e->text, " of ");

        return strndup(e->text, of ? (size_t)(of - e->text) : 0);
    }
    if (!strncmp(name, "text", size))
        return strdup(e->text);
    if (!strncmp(name, "value", size))
        return format("%lld", (long long)e->value);
    if (!strncmp(name, "more", size))
        return format("%lld", (long long)(e->value - e->bad));
    if (!strncmp(name, "host", size))
        return strdup(s->trial->name);
    return strndup(name, size);
}

char *words_fill(const char *sentence, const struct situation *s,
                 const struct edit *e)
{
    char *out = strdup("");

    while (out && *sentence) {
        size_t plain = strcspn(sentence, "{");
        size_t name = sentence[plain] ? strcspn(sentence + plain + 1, "}") : 0;
        char *filled =
            name ? place(sentence + plain + 1, name, s, e) : strdup("");
        char *longer =
            filled ? format("%s%.*s%s", out, (int)plain, sentence, filled)
                   : NULL;

        free(filled);
        free(out);
        out = longer;
        sentence += plain + (name ? name + 2 : 0);
    }
    return out;
}

char *words_sentence(char *text)
{
    char *out;

    if (!text)
        return NULL;
    if (islower((unsigned char)text[0]) &&
        strcspn(text, "-.0123456789") > strcspn(text, " "))
        text[0] = (char)toupper((unsigned char)text[0]);
    out = format("%s.", text);
    free(text);
    return out;
}

char *words_or(char *a, char *b)
{
    char *out = a && b ? format("%s, or %s", a, b) : NULL;

    free(a);
    free(b);
    return out;
}
