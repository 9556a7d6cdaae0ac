/* The worst verdicts, told once for all stack builds of a device type for which
 * the same is true: same change, reason, native code, cause and mends. */
#ifndef REPORT_BREAKS_H
#define REPORT_BREAKS_H

#include "report/tally.h"

struct break_row { /* verdicts that read alike; `first` is one of them */
    const struct judgement *first;
    const struct record *record;     /* of its deciding cell, or NULL */
    const struct judgement **builds; /* all; borrowed from the group */
    size_t count;
};

struct break_group { /* of a device type; most units first */
    const struct plan_device *device;
    size_t of; /* how many stack builds of this type the run has */
    struct break_row *rows;
    size_t count;
};

struct breaks {
    struct break_group *groups;
    size_t count;
    struct break_row *rows;          /* of all groups */
    const struct judgement **sorted; /* of all rows */
};

/* Of the tally's worst, those with this verdict. 0, or -1 when memory is out
 * (reported). Borrows from v. */
int breaks_init(struct breaks *b, const struct run_view *v,
                const struct tally *t, enum verdict verdict);
/* The same of all of the tally's worst, whatever the verdict. */
int breaks_init_all(struct breaks *b, const struct run_view *v,
                    const struct tally *t);
void breaks_clear(struct breaks *b);

#endif
