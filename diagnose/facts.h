/* The facts of a verdict's deciding cell, as words for a sentence. Reads
 * documents only. */
#ifndef DIAGNOSE_FACTS_H
#define DIAGNOSE_FACTS_H

#include <jansson.h>

struct facts { /* borrowed; any may be NULL */
    const json_t *device, *stack, *state, *state_before, *record, *before;
    int attack; /* the scenario is one */
};

void facts_init(struct facts *f, const json_t *plan, const json_t *records,
                const json_t *verdict);

/* Members; "" and 0 where there is none. */
const char *facts_text(const json_t *object, const char *key);
long long facts_number(const json_t *object, const char *key);

/* The certificates of the state by key type, or NULL if it has none. */
const json_t *facts_chain(const struct facts *f, const char *key_type);
/* The chain that was served in the deciding cell (the only one, if nothing was
 * negotiated). */
const json_t *facts_used_chain(const struct facts *f);
/* The largest Certificate message that the device takes; 0: unknown. */
long long facts_certificate_limit(const struct facts *f);

/* The first served certificate with a key on a curve that the stack build says
 * it has not; NULL: none, or the build names no curves. */
const json_t *facts_curve_lacking(const struct facts *f);

/* The first trust anchor whose dates exclude the device's clock, or NULL. */
const json_t *facts_anchor_out_of_time(const struct facts *f);

/* Each malloc'd, never NULL but for lack of memory. */
char *facts_top_issuer(const struct facts *f); /* who signed the last sent */
/* The CA above the intermediate: what a store needs to hold. */
char *facts_root_issuer(const struct facts *f);
/* What anchored a record's chain. */
char *facts_anchor(const struct facts *f, const json_t *record);
char *facts_store(const struct facts *f);    /* "a, b and 3 more" */
char *facts_clock(const struct facts *f);    /* what the device believes */
char *facts_validity(const struct facts *f); /* of what is not valid then */
char *facts_pins(const struct facts *f);
char *facts_sent(const struct facts *f); /* names of the served certificates */
/* "versions" or "suites" of the ClientHello. */
char *facts_offered(const struct facts *f, const char *what);
/* The certificate of the state before that this anchor signed and that is not
 * sent any more; NULL: none. */
char *facts_lost_link(const struct facts *f, const char *anchor);
/* The first certificate of the served chain that this anchor signed; *is_last:
 * nothing was sent behind it. NULL: none. */
char *facts_signed_by(const struct facts *f, const char *anchor, int *is_last);
/* "RSA" or "ECDSA": the chain that was served; "" if none was. Static. */
const char *facts_chain_type(const json_t *record);

#endif
