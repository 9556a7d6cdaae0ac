/* The path of a cell from the certificates' own facts: each one that was sent
 * with its link to the next, each anchor with its dates and what it could sign.
 * Names and key identifiers are compared, no signature: what the library made
 * of it stands in the record. */
#include "cli/story.h"

#include <inttypes.h>
#include <string.h>

#include "base/quantity.h"
#include "base/text.h"

enum { ANCHORS_TOLD = 8 };

/* What the device believes the time is; 0: it does not look at dates. */
static int clock_of(const struct story *s, int64_t *at)
{
    const struct device *d = s->device->device;

    *at = s->state->state->now;
    if (d->clock == CLOCK_FIXED)
        *at = d->clock_value;
    else if (d->clock == CLOCK_OFFSET)
        *at += d->clock_value;
    return d->clock != CLOCK_NONE && d->verify.time;
}

static void print_dates(const struct story *s, const struct certificate *c)
{
    char from[32], to[32];
    int64_t at;
    int looks = clock_of(s, &at);

    fprintf(s->to, "%.10s to %.10s", time_format(c->not_before, from),
            time_format(c->not_after, to));
    if (certificate_is_valid_at(c, at))
        return;
    fprintf(s->to, ": %s by the device's clock%s",
            at < c->not_before ? "NOT YET VALID" : "EXPIRED",
            looks ? "" : ", which it does not look at");
}

static void print_flags(const struct story *s, const struct certificate *c)
{
    if (c->ca == 1)
        fputs(", CA", s->to);
    if (c->ca == 0)
        fputs(", not a CA", s->to);
    if (c->path_length != CERTIFICATE_ABSENT)
        fprintf(s->to, ", path length %d", c->path_length);
    if (c->self_signed)
        fputs(", self-signed", s->to);
    else if (c->same_issuer)
        fputs(", its own name as issuer", s->to);
}

static const char *key_identifiers(const struct certificate *c,
                                   const struct certificate *issuer)
{
    if (!c->authority_key_id || !issuer->subject_key_id)
        return "no key identifiers to compare";
    return strcmp(c->authority_key_id, issuer->subject_key_id)
               ? "but another key identifier"
               : "and key identifier";
}

static int is_named(const struct certificate *c,
                    const struct certificate *issuer)
{
    return !strcmp(c->issuer, issuer->subject);
}

static int is_same(const struct certificate *a, const struct certificate *b)
{
    return !strcmp(a->sha256, b->sha256);
}

/* Where in what was sent the issuer of number i stands, if not behind it. */
static void print_elsewhere(const struct story *s,
                            const struct certificates_list *chain, size_t i)
{
    for (size_t k = 0; k < chain->count; k++)
        if (k != i && is_named(chain->items[i], chain->items[k])) {
            fprintf(s->to, "; that is number %zu", k);
            return;
        }
}

static void print_link(const struct story *s,
                       const struct certificates_list *chain, size_t i)
{
    const struct certificate *c = chain->items[i];
    const struct certificate *next =
        i + 1 < chain->count ? chain->items[i + 1] : NULL;

    fputs("      issuer  ", s->to);
    text_print(s->to, c->issuer);
    if (!next)
        fputs(": nothing follows", s->to);
    else if (is_named(c, next))
        fprintf(s->to, ": number %zu has this name %s", i + 1,
                key_identifiers(c, next));
    else
        fprintf(s->to, ": NUMBER %zu IS NOT IT", i + 1);
    if (!next || !is_named(c, next))
        print_elsewhere(s, chain, i);
    fputc('\n', s->to);
}

static void print_names(const struct story *s, const struct certificate *c)
{
    if (!c->has_san)
        fputs("      names   no subjectAltName", s->to);
    else
        fputs(c->names_count ? "      names   "
                             : "      names   an empty subjectAltName",
              s->to);
    for (size_t i = 0; i < c->names_count; i++) {
        fputs(i ? ", " : "", s->to);
        text_print(s->to, c->names[i]);
    }
    fputc('\n', s->to);
}

static void print_certificate(const struct story *s,
                              const struct certificates_list *chain, size_t i)
{
    const struct certificate *c = chain->items[i];

    fprintf(s->to, "    %zu ", i);
    text_print(s->to, c->name);
    fprintf(s->to, ", %s, %zu bytes, ", c->key, c->bytes);
    print_dates(s, c);
    print_flags(s, c);
    fputs("\n      subject ", s->to);
    text_print(s->to, c->subject);
    fputc('\n', s->to);
    if (i == 0)
        print_names(s, c);
    print_link(s, chain, i);
}

static void print_chain(const struct story *s, int type)
{
    const struct certificates_list *chain = &s->state->chains[type];
    const struct endpoint_side *e = s->record->endpoint;

    if (!chain->count)
        return;
    fprintf(s->to, "  chain    %s%s\n", view_chain_name(type),
            e && e->chain && !strcmp(e->chain, view_chain_name(type))
                ? " (chosen)"
                : "");
    for (size_t i = 0; i < chain->count; i++)
        print_certificate(s, chain, i);
}

/* What an anchor has to do with what was sent. */
static int print_reach(const struct story *s, const struct certificate *anchor)
{
    const struct certificates_list *chain = view_chain(s->state, s->record);
    int told = 0;

    for (size_t i = 0; i < chain->count; i++) {
        const struct certificate *c = chain->items[i];

        if (is_same(c, anchor))
            fprintf(s->to, "%s is itself number %zu", told++ ? "," : ":", i);
        else if (is_named(c, anchor))
            fprintf(s->to, "%s has the name of the issuer of number %zu, %s",
                    told++ ? "," : ":", i, key_identifiers(c, anchor));
    }
    return told;
}

static int is_near(const struct story *s, const struct certificate *anchor)
{
    const struct certificates_list *chain = view_chain(s->state, s->record);

    for (size_t i = 0; i < chain->count; i++)
        if (is_same(chain->items[i], anchor) ||
            is_named(chain->items[i], anchor))
            return 1;
    return 0;
}

static void print_anchor(const struct story *s, const struct certificate *c)
{
    fputs("    ", s->to);
    text_print(s->to, c->name);
    fputs(", ", s->to);
    print_dates(s, c);
    if (!print_reach(s, c))
        fputs(": signs nothing of it", s->to);
    fputc('\n', s->to);
}

/* Those that the chain has to do with first; of the rest so many as fit. */
static void print_anchors(const struct story *s)
{
    const struct certificates_list *store = &s->device->store;
    size_t told = 0;

    fprintf(s->to, "  anchors  %zu\n", store->count);
    for (size_t i = 0; i < store->count; i++)
        if (is_near(s, store->items[i])) {
            print_anchor(s, store->items[i]);
            told++;
        }
    for (size_t i = 0; i < store->count && told < ANCHORS_TOLD; i++)
        if (!is_near(s, store->items[i])) {
            print_anchor(s, store->items[i]);
            told++;
        }
    if (store->count > told)
        fprintf(s->to, "    and %zu more, which sign nothing of it\n",
                store->count - told);
}

void story_path(const struct story *s)
{
    for (int i = 0; i < CHAINS; i++)
        print_chain(s, i);
    for (size_t i = 0; i < s->state->left_out_count; i++) {
        fputs("  left out ", s->to);
        text_print(s->to, s->state->left_out[i]);
        fputc('\n', s->to);
    }
    print_anchors(s);
    fputs("  anchor   ", s->to);
    if (s->record->anchored_by)
        text_print(s->to, s->record->anchored_by);
    else
        fputs("none of the device's anchors signs it", s->to);
    fputc('\n', s->to);
}
