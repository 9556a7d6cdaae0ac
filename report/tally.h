/* What the verdicts of a run add up to: what breaks, how many units, in what
 * order. */
#ifndef REPORT_TALLY_H
#define REPORT_TALLY_H

#include <jansson.h>
#include <stddef.h>

#include "report/document.h"

struct tally {
    size_t verdicts, breaks, insecure, errors, unsupported, unexpected;
    size_t devices_broken;
    size_t types, types_broken; /* device types: on at least one stack build */
    long long units, units_broken; /* each device type counted once */
    const json_t **worst; /* verdicts `breaks` and `insecure`: by units, then
                             device, then scenario; owned array */
    size_t worst_count;
};

/* 0, or -1 when memory is out. Borrows from d. */
int tally_init(struct tally *t, const struct document *d);
void tally_clear(struct tally *t);

#endif
