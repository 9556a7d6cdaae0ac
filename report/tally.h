/* What the verdicts of a run add up to: what is kept, what is lost, what cannot
 * be told, in units and in types, and what is worst. */
#ifndef REPORT_TALLY_H
#define REPORT_TALLY_H

#include <stddef.h>

#include "report/effect.h"
#include "report/view.h"

struct tally_part {
    size_t types;    /* device types; one counts once, on however many builds */
    long long units; /* of these */
    size_t verdicts;
};

struct tally {
    struct tally_part whole;
    struct tally_part parts[EFFECTS]; /* a type is in one of them: that of the
                                         first effect, in effect_order, that
                                         one of its verdicts has */
    size_t by_verdict[VERDICT_COUNT];
    size_t unexpected, undiagnosed;
    size_t devices_losing;          /* a device type on a stack build */
    const struct judgement **worst; /* effect LOSES: by units, then type,
                                       device, scenario; owned array */
    size_t worst_count;
};

/* 0, or -1 when memory is out (reported). Borrows from v. */
int tally_init(struct tally *t, const struct run_view *v);
void tally_clear(struct tally *t);

#endif
