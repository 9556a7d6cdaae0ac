/* Where the twin's own keys may decide: names that repeat without key
 * identifiers. Private to diagnose/. */
#ifndef DIAGNOSE_KEYS_H
#define DIAGNOSE_KEYS_H

#include "diagnose/bench.h"
#include "model/verdict.h"

/* Do two CA certificates that a device trusts or is sent have one name, other
 * keys, and no key identifier to tell them apart? */
int keys_repeat(const struct plan_device *d, const struct plan_state *st);

/* Runs the deciding cell of each such verdict with other sets of keys, and
 * notes it where the outcome is another one. 0; 1 interrupted; -1 reported. */
int keys_check(struct bench *b, struct judgements *j);

#endif
