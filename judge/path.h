/* The way from the leaf that was served to an anchor, and what on it is not as
 * RFC 5280 section 6.1 wants it. Reads facts only. */
#ifndef JUDGE_PATH_H
#define JUDGE_PATH_H

#include "model/plan.h"
#include "model/record.h"

enum { PATH_MAX = 16 };

struct path_faults {
    int chain;       /* 1: the served chain is known */
    int anchored;    /* 1: by keys it meets an anchor of the device */
    int ca;          /* a certificate that signs another must not */
    int purpose;     /* key usage or extended key usage excludes a TLS server */
    int constrained; /* a CA on the way has name constraints */
    int critical;    /* a critical extension that some library may not know */
    const struct certificate *untimely; /* not valid at the device's time, above
                                           the leaf; or NULL */
};

/* Each argument but r may be NULL. */
void path_find_faults(const struct record *r, const struct plan_device *d,
                      const struct plan_state *st, struct path_faults *out);

#endif
