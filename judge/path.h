/* The way from the leaf that was served to an anchor, and what on it is not as
 * RFC 5280 section 6.1 wants it. Reads facts only. */
#ifndef JUDGE_PATH_H
#define JUDGE_PATH_H

#include "model/plan.h"
#include "model/record.h"

enum { PATH_MAX = 16 };

struct path_faults {
    int chain; /* 1: the served chain is known */
    int plain; /* 1: each certificate fits the one before it by name and key
                  identifier, the last one a self-issued anchor of the device,
                  and nothing else was sent but that anchor */
    unsigned faults; /* FAULT_* of what is on it */
    int critical;    /* somewhere, leaf and anchor too, is a critical extension
                        that some library may not know, name constraints too */
    const struct certificate *anchor;   /* met by good signatures, or NULL */
    const struct certificate *untimely; /* out of time, above the
                                           leaf; or NULL */
};

/* Each argument but r may be NULL. */
void path_find_faults(const struct record *r, const struct plan_device *d,
                      const struct plan_state *st, struct path_faults *out);

#endif
