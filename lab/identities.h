/* Client certificates of devices, per state (their dates fit its clock) and
 * kind of key, and the CA that a state asks for. Must not know devices. */
#ifndef LAB_IDENTITIES_H
#define LAB_IDENTITIES_H

#include "lab/map.h"
#include "model/scenario.h"
#include "pki/pki.h"

struct identities {      /* zeroed: none */
    struct map by_kind;  /* state and kind of key to struct identity */
    struct map by_state; /* state to the first of its identities */
};

void identities_clear(struct identities *i);
/* Wants it once. 0, or -1 reported. */
int identities_want(struct identities *i, struct pki *p, const char *kind,
                    const struct state *st);
/* NULL: not wanted. */
struct pki_cert *identities_find(const struct identities *i, const char *kind,
                                 const struct state *st);
struct pki_cert *identities_ca(const struct identities *i,
                               const struct state *st);

#endif
