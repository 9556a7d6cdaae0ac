/* The way from the leaf to an anchor, as facts for `explain`: for each
 * certificate that was sent its link to the next, for each anchor whether and
 * why it was reached. From a plan and a record; runs nothing. */
#ifndef DIAGNOSE_PATH_H
#define DIAGNOSE_PATH_H

#include <stddef.h>

#include "model/plan.h"
#include "model/record.h"

enum path_ids { PATH_IDS_ABSENT, PATH_IDS_MATCH, PATH_IDS_DIFFER };

struct path_link { /* one certificate that was sent; facts are borrowed */
    const struct certificate *certificate;
    size_t number;      /* as sent; 0: the leaf */
    int in_time;        /* by the device's clock; 1 too if it looks at none */
    int has_next;       /* 0: it is the last that was sent */
    int name_fits;      /* the next one has the name of its issuer */
    int signed_by_next; /* the next one's key really signed it */
    enum path_ids ids;  /* its authority key id against the next one's */
    int may_sign;       /* CA:TRUE, keyCertSign, a path length that reaches;
                           1 for the leaf */
    int issuer;         /* number of the one that was sent and signed it; -1 */
    const struct certificate *anchor; /* of the device, that signed it or is it;
                                         or NULL */
};

struct path_anchor {
    const struct certificate *certificate;
    int in_time;
    int reached; /* it signed something on the way up from the leaf */
    char *why;   /* "signed number 1, Amazon RSA 2048 M03"; a phrase; owned */
};

struct path {
    int64_t clock;     /* what the device believed */
    int looks_at_time; /* 0: it does not */
    struct path_link *links;
    size_t links_count;
    struct path_anchor *anchors;
    size_t anchors_count;
};

/* r may be NULL (no record: the chain is then the state's only one). 0, or -1
 * if memory is out, reported; clear in both cases. */
int path_make(struct path *p, const struct plan_device *d,
              const struct plan_state *st, const struct record *r);
void path_clear(struct path *p);

/* The device's clock at a state. */
int64_t path_clock(const struct device *d, int64_t now);

#endif
