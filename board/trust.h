/* What a device trusts, from how it takes chains under roots that it may know:
 * with the name and key identifier of a root and another key. A device that has
 * the root finds an issuer and a signature that does not fit; one that has not
 * finds no issuer. Whether it shows the difference is the device's library's
 * doing. Pure. */
#ifndef BOARD_TRUST_H
#define BOARD_TRUST_H

#include <stddef.h>

#include "model/record.h"

struct reaction {  /* to one chain */
    int there;     /* 0: it was not tried yet */
    int connected; /* it took the chain: it has this very key */
    int alert;     /* ALERT_NONE: none */
    enum closed_how how;
    int finished; /* the handshake was over before */
    double ms;    /* from the connection's start to its end */
};

enum trust {
    TRUST_UNTRIED,
    TRUST_YES,          /* it connects */
    TRUST_KNOWN,        /* it refuses in another way than a stranger's chain */
    TRUST_NO,           /* it refuses as a stranger's, and shows a difference
                           elsewhere */
    TRUST_NO_DIFFERENCE /* it refuses everything in the same way: nothing can be
                           told */
};

void reaction_of(const struct record *r, struct reaction *out);
/* out[i]: of roots[i], held against the reaction to a chain of a stranger. */
void trust_judge(const struct reaction *stranger, const struct reaction *roots,
                 size_t count, enum trust *out);
/* "trusted", "known", "not-known", "no-difference", "untried"; the sentence. */
const char *trust_name(enum trust t);
const char *trust_sentence(enum trust t);

#endif
