/* The path of a cell: each certificate that was sent with its link to the next,
 * each anchor with its dates and whether, and why, it was reached. */
#include "cli/story.h"

#include <string.h>

#include "base/quantity.h"
#include "base/text.h"
#include "diagnose/path.h"

enum { ANCHORS_TOLD = 8 };

static void print_dates(const struct story *s, const struct path *p,
                        const struct certificate *c)
{
    char from[32], to[32];

    fprintf(s->to, "%.10s to %.10s", time_format(c->not_before, from),
            time_format(c->not_after, to));
    if (certificate_is_valid_at(c, p->clock))
        return;
    fprintf(s->to, ", %s by the device's clock%s",
            p->clock < c->not_before ? "NOT YET VALID" : "EXPIRED",
            p->looks_at_time ? "" : ", which it does not look at");
}

static void print_flags(const struct story *s, const struct path_link *l)
{
    const struct certificate *c = l->certificate;

    if (c->ca == 1)
        fputs(", CA", s->to);
    if (c->ca == 0)
        fputs(", not a CA", s->to);
    if (c->path_length != CERTIFICATE_ABSENT)
        fprintf(s->to, ", path length %d", c->path_length);
    if (c->self_signed)
        fputs(", self-signed", s->to);
    if (!l->may_sign)
        fputs(", MAY NOT SIGN", s->to);
}

static const char *identifiers(enum path_ids ids)
{
    static const char *const words[] = {
        [PATH_IDS_ABSENT] = "no key identifiers to compare",
        [PATH_IDS_MATCH] = "the key identifiers match",
        [PATH_IDS_DIFFER] = "THE KEY IDENTIFIERS DIFFER"};

    return words[ids];
}

static void print_next(const struct story *s, const struct path_link *l)
{
    size_t next = l->number + 1;

    if (!l->has_next)
        fputs("nothing follows", s->to);
    else if (l->signed_by_next && l->name_fits)
        fprintf(s->to, "number %zu signed it, %s", next, identifiers(l->ids));
    else if (l->signed_by_next)
        fprintf(s->to, "NUMBER %zu SIGNED IT AND HAS ANOTHER NAME", next);
    else if (l->name_fits)
        fprintf(s->to, "NUMBER %zu HAS THIS NAME AND DID NOT SIGN IT, %s", next,
                identifiers(l->ids));
    else
        fprintf(s->to, "NUMBER %zu IS NOT IT", next);
    if (l->issuer >= 0 && (!l->has_next || l->issuer != (int)next))
        fprintf(s->to, "; number %d signed it", l->issuer);
}

static void print_link(const struct story *s, const struct path_link *l)
{
    fputs("      issuer  ", s->to);
    text_print(s->to, l->certificate->issuer);
    fputs(": ", s->to);
    print_next(s, l);
    if (l->anchor) {
        fputs("; anchor ", s->to);
        text_print(s->to, l->anchor->name);
    }
    fputc('\n', s->to);
}

static void print_names(const struct story *s, const struct certificate *c)
{
    fputs("      names   ", s->to);
    if (!c->has_san)
        fputs("no subjectAltName", s->to);
    else if (!c->names_count)
        fputs("an empty subjectAltName", s->to);
    for (size_t i = 0; i < c->names_count; i++) {
        fputs(i ? ", " : "", s->to);
        text_print(s->to, c->names[i]);
    }
    fputc('\n', s->to);
}

static void print_certificate(const struct story *s, const struct path *p,
                              const struct path_link *l)
{
    const struct certificate *c = l->certificate;

    fprintf(s->to, "    %zu ", l->number);
    text_print(s->to, c->name);
    fprintf(s->to, ", %s, %zu bytes, ", c->key, c->bytes);
    print_dates(s, p, c);
    print_flags(s, l);
    fputs("\n      subject ", s->to);
    text_print(s->to, c->subject);
    fputc('\n', s->to);
    if (l->number == 0)
        print_names(s, c);
    print_link(s, l);
}

/* The chain of the key type that was not chosen, by name only. */
static void print_other(const struct story *s,
                        const struct certificates_list *chain)
{
    fputs("   ", s->to);
    for (size_t i = 0; i < chain->count; i++) {
        fputs(i ? ", " : " ", s->to);
        text_print(s->to, chain->items[i]->name);
    }
    fputc('\n', s->to);
}

static void print_chain(const struct story *s, const struct path *p, int type)
{
    const struct certificates_list *chain = &s->state->chains[type];
    const struct endpoint_side *e = s->record->endpoint;
    int is_path = chain == view_chain(s->state, s->record);

    if (!chain->count)
        return;
    fprintf(s->to, "  chain    %s%s\n", view_chain_name(type),
            is_path && e && e->chain ? " (chosen)" : "");
    if (!is_path)
        print_other(s, chain);
    for (size_t i = 0; is_path && i < p->links_count; i++)
        print_certificate(s, p, &p->links[i]);
}

static void print_anchor(const struct story *s, const struct path *p,
                         const struct path_anchor *a)
{
    fputs("    ", s->to);
    text_print(s->to, a->certificate->name);
    fputs(", ", s->to);
    print_dates(s, p, a->certificate);
    fprintf(s->to, ": %s, ", a->reached ? "reached" : "not reached");
    text_print(s->to, a->why);
    fputc('\n', s->to);
}

/* Those that were reached first; of the rest so many as fit. */
static void print_anchors(const struct story *s, const struct path *p)
{
    size_t told = 0;

    fprintf(s->to, "  anchors  %zu\n", p->anchors_count);
    for (int reached = 1; reached >= 0; reached--)
        for (size_t i = 0; i < p->anchors_count; i++) {
            const struct path_anchor *a = &p->anchors[i];

            if (a->reached != reached || (!reached && told >= ANCHORS_TOLD))
                continue;
            print_anchor(s, p, a);
            told++;
        }
    if (p->anchors_count > told)
        fprintf(s->to, "    and %zu more that were not reached\n",
                p->anchors_count - told);
}

void story_path(const struct story *s)
{
    struct path p;

    if (path_make(&p, s->device, s->state, s->record) == 0) {
        for (int i = 0; i < CHAINS; i++)
            print_chain(s, &p, i);
        for (size_t i = 0; i < s->state->left_out_count; i++) {
            fputs("  left out ", s->to);
            text_print(s->to, s->state->left_out[i]);
            fputc('\n', s->to);
        }
        print_anchors(s, &p);
    }
    path_clear(&p);
}
