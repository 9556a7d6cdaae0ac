/* A cell that failed, as the changes and the words look at it: what was asked
 * for, what was served and trusted as facts, what came of it. Borrowed
 * throughout but for its lists. Runs nothing. */
#ifndef DIAGNOSE_SITUATION_H
#define DIAGNOSE_SITUATION_H

#include <stddef.h>

#include "lab/trial.h"
#include "model/plan.h"
#include "model/record.h"
#include "model/verdict.h"

struct seen { /* a certificate: its facts, and itself (NULL in tests) */
    const struct certificate *fact;
    struct pki_cert *cert;
};

struct seen_list {
    struct seen *items;
    size_t count;
};

/* Another build that can be run. */
struct build {
    const struct stack *stack;
    const char *name, *family;
};

/* The facts of a certificate; owned by whoever gives them. NULL reported. */
typedef const struct certificate *situation_fact_fn(void *arg,
                                                    struct pki_cert *c);
struct situation_calls {
    situation_fact_fn *fact;
    void *arg;
};

struct situation {
    const struct trial *trial;
    const struct record *record; /* what came of it */
    const struct trial *before;  /* the state before, if the device connected
                                    there; else NULL */
    const struct record *record_before; /* or NULL */
    const struct plan_device *device;
    const struct plan_stack *stack;
    const struct plan_state *state, *state_before; /* before: or NULL */
    const struct build *builds;
    size_t builds_count;
    int attack;             /* it must refuse, and did not */
    int served;             /* CHAIN_RSA or CHAIN_ECDSA */
    struct seen_list chain; /* as served */
    struct seen_list other; /* of the other key type */
    struct seen_list anchors;
    struct seen_list earlier; /* as served in the state before; or empty */
    struct situation_calls calls;
};

/* Fills the lists from trial, record and before. 0, or -1 reported; it can be
 * cleared in both cases. */
int situation_init(struct situation *s);
void situation_clear(struct situation *s);

/* Is the name right and the signature good? */
int situation_issued(const struct seen *c, const struct seen *issuer);
/* The anchor that signed c or is c; NULL. */
const struct seen *situation_anchor_of(const struct situation *s,
                                       const struct seen *c);
/* The anchor that signed this anchor; NULL. */
const struct seen *situation_anchor_above(const struct situation *s,
                                          const struct seen *anchor);
/* The first certificate on the way up from the leaf, among those that were
 * sent, that an anchor signed (or is); its place in *at. NULL: none. */
const struct seen *situation_anchored(const struct situation *s, size_t *at);
/* The end of that way: the place of the last that was sent on it. */
size_t situation_top(const struct situation *s);
/* Is this certificate (by its bytes) among these? */
int seen_has(const struct seen_list *l, const struct certificate *c);
/* By subject and key: another certificate of the same CA is one too. */
int seen_has_authority(const struct seen_list *l, const struct certificate *c);
/* The chain's place whose successor did not issue it, though another one that
 * was sent did; chain.count: they are in order. */
size_t situation_disorder(const struct situation *s);
/* Is it valid by the device's clock? Always, if the device checks no dates. */
int situation_in_time(const struct situation *s, const struct certificate *c);
/* The largest Certificate message that the device takes; 0: not known. */
int64_t situation_message_limit(const struct situation *s);

#endif
