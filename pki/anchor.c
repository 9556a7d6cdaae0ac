/* Which anchor a chain meets, by key. Dates and constraints are the stacks'
 * business. */
#include "pki/pki.h"

#include <stdlib.h>
#include <string.h>

#include "pki/world.h"

/* By name and key: the twin of another key with the same name must not count.
 * Which key signed is known, because it signed here. */
static int is_issuer(const struct pki_cert *issuer, const struct pki_cert *c)
{
    return issuer->key == c->issuer_key &&
           memcmp(issuer->subject_id, c->issuer_id, NAME_ID) == 0;
}

static const struct pki_cert *anchor_for(const struct pki_cert *c,
                                         struct pki_cert *const *anchors,
                                         size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(anchors[i]->certificate_sha256, c->certificate_sha256) == 0)
            return anchors[i];
    for (size_t i = 0; i < count; i++)
        if (is_issuer(anchors[i], c))
            return anchors[i];
    return NULL;
}

const struct pki_cert *pki_anchor_of(struct pki_cert *const *chain,
                                     size_t chain_count,
                                     struct pki_cert *const *anchors,
                                     size_t anchors_count)
{
    const struct pki_cert *found = NULL;
    size_t *queue = calloc(chain_count + 1, sizeof *queue);
    char *seen = calloc(chain_count + 1, 1);
    size_t head = 0, tail = 0;

    if (queue != NULL && seen != NULL && chain_count > 0) {
        seen[0] = 1;
        tail = 1; /* the leaf is first in the queue */
    }
    /* Nearest first, whatever the order in which the chain is served. */
    while (head < tail && found == NULL) {
        const struct pki_cert *c = chain[queue[head++]];

        found = anchor_for(c, anchors, anchors_count);
        for (size_t i = 0; i < chain_count && found == NULL; i++) {
            if (seen[i] || !is_issuer(chain[i], c))
                continue;
            seen[i] = 1;
            queue[tail++] = i;
        }
    }
    free(queue);
    free(seen);
    return found;
}
