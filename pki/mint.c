/* Makes everything wanted: keys first, then certificates, both in parallel. */
#include "pki/world.h"

#include <stdlib.h>
#include <string.h>

#include "pki/pool.h"

enum { MAX_LOADED = 256 }; /* private keys that stay in memory */

static int key_work(void *arg, size_t i)
{
    struct key **keys = arg;

    return key_ready(keys[i]);
}

/* Long work first, so that no thread is left alone with it at the end. */
static int by_cost(const void *a, const void *b)
{
    const struct key *x = *(struct key *const *)a;
    const struct key *y = *(struct key *const *)b;

    return (x->kind.bits < y->kind.bits) - (x->kind.bits > y->kind.bits);
}

static int keys_ready(struct pki *p, int jobs)
{
    struct key **keys = malloc((p->keys_count + 1) * sizeof(struct key *));
    int status = -1;

    if (keys != NULL) {
        memcpy(keys, p->keys, p->keys_count * sizeof(struct key *));
        qsort(keys, p->keys_count, sizeof(struct key *), by_cost);
        status = pool_run(jobs, p->keys_count, key_work, keys);
    }
    free(keys);
    return status;
}

static int mint_cert(const struct pki *p, struct pki_cert *c)
{
    if (c->der.size > 0)
        return 0;
    if ((c->sort == CERT_CATALOG || c->sort == CERT_LEAF) &&
        leaf_recipe(c) != 0)
        return -1;
    if (recipe_mint(&c->recipe, c->name, c->key, c->issuer_key,
                    p->certificates_dir, &c->der, &c->made) != 0)
        return -1;
    asn1_trim(&c->der);
    recipe_forget(&c->recipe);
    return facts_read(c);
}

static int cert_work(void *arg, size_t i)
{
    struct pki *p = arg;

    return mint_cert(p, p->certs[p->minted + i]);
}

int world_mint(struct pki *p, struct pki_cert *c)
{
    if (key_ready(c->key) != 0 || key_ready(c->issuer_key) != 0)
        return -1;
    return mint_cert(p, c);
}

/* Private keys are large, and most sign nothing any more. */
static void keys_unload(struct pki *p)
{
    if (p->keys_count > MAX_LOADED)
        for (size_t i = 0; i < p->keys_count; i++)
            key_unload(p->keys[i]);
}

/* Counts what was made and what was there. 0, or -1 reported. */
static int settle(struct pki *p, size_t ready)
{
    for (size_t i = 0; i < p->keys_count; i++) {
        p->made += (size_t)p->keys[i]->made;
        p->keys[i]->made = 0;
    }
    p->cached = p->keys_count - ready - p->made;
    for (; p->minted < p->certs_count; p->minted++) {
        struct pki_cert *c = p->certs[p->minted];

        if (world_index(p, c) != 0)
            return -1;
        if (c->made)
            p->made++;
        else
            p->cached++;
    }
    return 0;
}

int pki_mint(struct pki *p, int jobs)
{
    size_t ready = 0;

    p->made = p->cached = 0;
    if (link_all(p) != 0)
        return -1;
    for (size_t i = 0; i < p->keys_count; i++)
        ready += p->keys[i]->spki.size > 0;
    if (keys_ready(p, jobs) != 0 ||
        pool_run(jobs, p->certs_count - p->minted, cert_work, p) != 0 ||
        settle(p, ready) != 0)
        return -1;
    keys_unload(p);
    return 0;
}

void pki_minted(const struct pki *p, size_t *made, size_t *cached)
{
    *made = p->made;
    *cached = p->cached;
}
