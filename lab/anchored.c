/* Keyed by both lists of certificates. */
#include "lab/anchored.h"

#include <stdlib.h>
#include <string.h>

static char nobody[] = ""; /* what is remembered of a chain that meets none */

static const struct trial_list *chain_of(const struct trial *t,
                                         const char *served)
{
    if (served)
        return &t->chains[strcmp(served, "ecdsa") ? CHAIN_RSA : CHAIN_ECDSA];
    return &t->chains[t->chains[CHAIN_RSA].count ? CHAIN_RSA : CHAIN_ECDSA];
}

/* The place of the answer for both lists; NULL if memory is out. */
static void **place_of(struct map *known, const struct trial_list *chain,
                       const struct trial_list *anchors)
{
    size_t one = sizeof(struct pki_cert *);
    size_t size = sizeof chain->count + (chain->count + anchors->count) * one;
    uint8_t *key = malloc(size), *at = key;
    void **place;

    if (!key)
        return NULL;
    memcpy(at, &chain->count, sizeof chain->count);
    at += sizeof chain->count;
    memcpy(at, chain->items, chain->count * one);
    if (anchors->count > 0)
        memcpy(at + chain->count * one, anchors->items, anchors->count * one);
    place = map_place(known, key, size);
    free(key);
    return place;
}

const char *anchored_by(struct map *known, const struct trial *t,
                        const char *served)
{
    const struct trial_list *chain = chain_of(t, served);
    const struct pki_cert *anchor;
    void **place;

    if (chain->count == 0)
        return NULL;
    place = place_of(known, chain, &t->anchors);
    if (place && *place)
        return *place == nobody ? NULL : *place;
    anchor = pki_anchor_of(chain->items, chain->count, t->anchors.items,
                           t->anchors.count);
    if (place)
        *place = anchor ? (char *)pki_name(anchor) : nobody;
    return anchor ? pki_name(anchor) : NULL;
}
