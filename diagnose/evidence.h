/* Which failures are one: the same stack build asked for the same, served the
 * same, refused for the same reason. Private to diagnose/. */
#ifndef DIAGNOSE_EVIDENCE_H
#define DIAGNOSE_EVIDENCE_H

#include <stdint.h>

#include "lab/trial.h"
#include "model/verdict.h"

struct evidence { /* a fingerprint of 128 bits */
    uint64_t a, b;
};

/* before may be NULL. */
struct evidence evidence_of(const struct judgement *j, const struct trial *t,
                            const struct trial *before);

#endif
