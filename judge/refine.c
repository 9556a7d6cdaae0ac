/* Each rule: the better reason, or REASON_NONE. What a path lacks is path.c's.
 */
#include "judge/refine.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/quantity.h"
#include "judge/fault.h"
#include "judge/path.h"

/* Bytes of the largest Certificate message: the device's own limit, else that
 * of its stack build; 0: unknown. */
static int64_t limit_of(const struct refine_facts *f)
{
    if (f->device && f->device->device->max_certificate)
        return f->device->device->max_certificate;
    if (!f->stack)
        return 0;
    return f->stack->max_certificate ? f->stack->max_certificate
                                     : f->stack->in_content;
}

static int is_size_reason(enum reason reason)
{
    return reason == REASON_CERTIFICATE_TOO_LARGE ||
           reason == REASON_FRAGMENTATION_UNSUPPORTED ||
           reason == REASON_CHAIN_TOO_LONG;
}

static int64_t bytes_of(const struct record *r)
{
    return r->endpoint ? (int64_t)r->endpoint->certificate_bytes : 0;
}

static enum reason refine_too_large(const struct record *r,
                                    const struct refine_facts *f)
{
    int64_t limit = limit_of(f);

    if (is_size_reason(r->reason) && limit > 0 && bytes_of(r) > limit)
        return REASON_CERTIFICATE_TOO_LARGE;
    return REASON_NONE;
}

/* A message within the device's limit that it still calls too large, from a
 * library that does not join records, was split over records. */
static enum reason refine_fragmentation(const struct record *r,
                                        const struct refine_facts *f)
{
    int64_t bytes = bytes_of(r);

    if (is_size_reason(r->reason) && r->reason != REASON_CHAIN_TOO_LONG &&
        bytes > 0 && bytes <= limit_of(f) && f->stack &&
        f->stack->reassembly == 0)
        return REASON_FRAGMENTATION_UNSUPPORTED;
    return REASON_NONE;
}

/* A library that keeps only so many of the certificates that come misses the
 * issuer of the rest, and says no more than that. */
static enum reason refine_too_long(const struct record *r,
                                   const struct refine_facts *f)
{
    int64_t most = f->stack ? f->stack->certificates : 0;

    if (r->reason == REASON_UNKNOWN_CA && most > 0 && r->endpoint &&
        r->endpoint->certificates > most)
        return REASON_CHAIN_TOO_LONG;
    return REASON_NONE;
}

/* What a path that cannot be used has instead of an issuer. Whoever goes by RFC
 * 5280 refuses for the hard ones; the others are faults to some, and count
 * where there is nothing else. */
static const struct {
    unsigned fault;
    int hard;
    enum reason reason;
} lumped[] = {
    {FAULT_CA, 1, REASON_BAD_CA},
    {FAULT_PURPOSE, 1, REASON_KEY_USAGE},
    {FAULT_MALFORMED, 1, REASON_CERTIFICATE_PARSE_ERROR},
    {FAULT_CRITICAL, 1, REASON_UNSUPPORTED_CRITICAL_EXTENSION},
    {FAULT_SIGNATURE, 1, REASON_BAD_CHAIN_SIGNATURE},
    {FAULT_TIME, 1, REASON_NONE}, /* note_dates */
    {FAULT_CONSTRAINED, 0, REASON_NAME_CONSTRAINTS},
    {FAULT_DIGEST, 0, REASON_BAD_SIGNATURE_ALGORITHM},
    {FAULT_KEY, 0, REASON_WEAK_KEY},
    {FAULT_NO_KEY_USAGE, 0, REASON_BAD_CA},
};

static unsigned hard_ones(unsigned faults)
{
    unsigned hard = 0;

    for (size_t i = 0; i < sizeof lumped / sizeof *lumped; i++)
        if (lumped[i].hard)
            hard |= faults & lumped[i].fault;
    return hard;
}

/* "No issuer" is also what libraries say when the issuer is there and is not
 * good. Certain only if nothing but one fault can have kept them from it. */
static enum reason refine_unknown_ca(const struct record *r,
                                     const struct path_faults *p)
{
    unsigned hard = hard_ones(p->faults), which = hard ? hard : p->faults;

    if (r->reason != REASON_UNKNOWN_CA || !p->plain)
        return REASON_NONE;
    for (size_t i = 0; i < sizeof lumped / sizeof *lumped; i++)
        if (which == lumped[i].fault)
            return lumped[i].reason;
    return REASON_NONE;
}

/* "This CA may not" without a CA that may not. */
static enum reason refine_bad_ca(const struct record *r,
                                 const struct path_faults *p)
{
    unsigned other = FAULT_CA | FAULT_NO_KEY_USAGE;

    if (r->reason != REASON_BAD_CA || !p->plain || (p->faults & other))
        return REASON_NONE;
    switch (p->faults & (FAULT_CONSTRAINED | FAULT_PURPOSE)) {
    case FAULT_CONSTRAINED:
        return REASON_NAME_CONSTRAINTS;
    case FAULT_PURPOSE:
        return REASON_KEY_USAGE;
    default:
        return REASON_NONE;
    }
}

/* "Critical extension" where each critical one is known to every library: it
 * could not be read. */
static enum reason refine_critical(const struct record *r,
                                   const struct path_faults *p)
{
    if (r->reason == REASON_UNSUPPORTED_CRITICAL_EXTENSION && p->chain &&
        !p->critical)
        return REASON_CERTIFICATE_PARSE_ERROR;
    return REASON_NONE;
}

static enum reason by_numbers(const struct record *r,
                              const struct refine_facts *f)
{
    static enum reason (*const rules[])(const struct record *,
                                        const struct refine_facts *) = {
        refine_too_large, refine_fragmentation, refine_too_long};

    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        enum reason better = rules[i](r, f);

        if (better != REASON_NONE)
            return better;
    }
    return REASON_NONE;
}

static enum reason by_certificates(const struct record *r,
                                   const struct path_faults *p)
{
    static enum reason (*const rules[])(const struct record *,
                                        const struct path_faults *) = {
        refine_unknown_ca, refine_bad_ca, refine_critical};

    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        enum reason better = rules[i](r, p);

        if (better != REASON_NONE)
            return better;
    }
    return REASON_NONE;
}

/* A missing signer that is there, and out of time, is the library's word; what
 * its dates say is told with it. malloc'd, or NULL. */
static char *note_dates(const struct record *r, const struct path_faults *p)
{
    char from[32], to[32];

    if (r->reason != REASON_UNKNOWN_CA || !p->anchor || !p->untimely)
        return NULL;
    return format("%s is the library's word; %s is valid from %s to %s, and "
                  "not at the device's time",
                  reason_name(r->reason), p->untimely->common_name,
                  time_format(p->untimely->not_before, from),
                  time_format(p->untimely->not_after, to));
}

static char *note_anchored(const struct record *r, const struct path_faults *p)
{
    if (r->reason != REASON_UNKNOWN_CA || p->untimely)
        return NULL;
    if (p->anchor)
        return format("%s is the library's word; by its signatures the chain "
                      "meets the anchor %s",
                      reason_name(r->reason), p->anchor->common_name);
    if (p->plain)
        return format("%s is the library's word; a signature is not good, and "
                      "that is not all",
                      reason_name(r->reason));
    return NULL;
}

static char *note_bad_ca(const struct record *r, const struct path_faults *p)
{
    if (r->reason != REASON_BAD_CA || !p->plain ||
        (p->faults & (FAULT_CA | FAULT_MALFORMED | FAULT_NO_KEY_USAGE)))
        return NULL;
    return format("%s is the library's word; no CA on the path is a bad one",
                  reason_name(r->reason));
}

void refine(struct record *r, const struct refine_facts *f)
{
    struct path_faults p;
    enum reason better = by_numbers(r, f);

    path_find_faults(r, f->device, f->state, &p);
    if (better == REASON_NONE)
        better = by_certificates(r, &p);
    if (better != REASON_NONE)
        r->reason = better;
    free(r->note);
    r->note = note_dates(r, &p);
    if (!r->note)
        r->note = note_anchored(r, &p);
    if (!r->note)
        r->note = note_bad_ca(r, &p);
}
