/* Makes what was wanted: keys first, then certificates, both in parallel. */
#include "pki/world.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "pki/pool.h"

enum { MAX_LOADED = 256 }; /* private keys that stay in memory */

struct batch { /* what one call makes, each once */
    struct pki *pki;
    struct pki_cert **certs;
    size_t certs_count;
    struct key **keys;
    size_t keys_count;
};

static int key_work(void *arg, size_t i)
{
    const struct batch *b = arg;

    return key_ready(b->keys[i]);
}

/* Long work first, so that no thread is left alone with it at the end. */
static int by_cost(const void *a, const void *b)
{
    const struct key *x = *(struct key *const *)a;
    const struct key *y = *(struct key *const *)b;

    return (x->kind.bits < y->kind.bits) - (x->kind.bits > y->kind.bits);
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
    const struct batch *b = arg;

    return mint_cert(b->pki, b->certs[i]);
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

static void batch_add_key(struct batch *b, struct key *k)
{
    if (k->spki.size > 0 || k->in_batch)
        return;
    k->in_batch = 1;
    b->keys[b->keys_count++] = k;
}

/* 0; -1: memory is out, reported. */
static int batch_init(struct batch *b, struct pki *p,
                      struct pki_cert *const *certs, size_t count)
{
    *b = (struct batch){.pki = p};
    b->certs = malloc((count + 1) * sizeof(struct pki_cert *));
    b->keys = malloc((2 * count + 1) * sizeof(struct key *));
    if (b->certs == NULL || b->keys == NULL) {
        diag("out of memory");
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        struct pki_cert *c = certs[i];

        if (c->der.size > 0 || c->in_batch)
            continue;
        c->in_batch = 1;
        b->certs[b->certs_count++] = c;
        batch_add_key(b, c->key);
        batch_add_key(b, c->issuer_key);
    }
    qsort(b->keys, b->keys_count, sizeof(struct key *), by_cost);
    return 0;
}

static void batch_clear(struct batch *b)
{
    for (size_t i = 0; i < b->certs_count; i++)
        b->certs[i]->in_batch = 0;
    for (size_t i = 0; i < b->keys_count; i++)
        b->keys[i]->in_batch = 0;
    free(b->certs);
    free(b->keys);
}

/* Counts what was made and what was there. 0, or -1 reported. */
static int batch_settle(const struct batch *b)
{
    struct pki *p = b->pki;

    p->made = 0;
    for (size_t i = 0; i < b->keys_count; i++) {
        p->made += (size_t)b->keys[i]->made;
        b->keys[i]->made = 0;
    }
    for (size_t i = 0; i < b->certs_count; i++) {
        if (world_index(p, b->certs[i]) != 0)
            return -1;
        p->made += b->certs[i]->made != 0;
    }
    p->cached = b->keys_count + b->certs_count - p->made;
    while (p->minted < p->certs_count && p->certs[p->minted]->der.size > 0)
        p->minted++;
    return 0;
}

static int mint(struct pki *p, struct pki_cert *const *certs, size_t count,
                int jobs)
{
    struct batch b;
    int status = batch_init(&b, p, certs, count);

    if (status == 0 && (pool_run(jobs, b.keys_count, key_work, &b) != 0 ||
                        pool_run(jobs, b.certs_count, cert_work, &b) != 0 ||
                        batch_settle(&b) != 0))
        status = -1;
    if (b.certs_count > 0)
        keys_unload(p);
    batch_clear(&b);
    return status;
}

int pki_mint_these(struct pki *p, struct pki_cert *const *certs, size_t count,
                   int jobs)
{
    size_t ready = 0;

    while (ready < count && certs[ready]->der.size > 0)
        ready++;
    if (ready == count)
        return 0;
    return link_all(p) != 0 ? -1 : mint(p, certs, count, jobs);
}

int pki_mint(struct pki *p, int jobs)
{
    if (link_all(p) != 0)
        return -1;
    return mint(p, p->certs + p->minted, p->certs_count - p->minted, jobs);
}

/* Of a leaf with padding only the making tells whether it can be. */
static int mint_padded(struct pki *p, int jobs)
{
    struct pki_cert **padded = malloc((p->certs_count + 1) * sizeof(struct pki_cert *));
    size_t count = 0;
    int status = -1;

    if (padded == NULL)
        diag("out of memory");
    for (size_t i = p->minted; padded != NULL && i < p->certs_count; i++) {
        struct pki_cert *c = p->certs[i];

        if (c->sort == CERT_LEAF &&
            (c->leaf->pad_to > 0 || c->leaf->pad_percent > 0))
            padded[count++] = c;
    }
    if (padded != NULL)
        status = mint(p, padded, count, jobs);
    free(padded);
    return status;
}

int pki_check(struct pki *p, int jobs)
{
    if (link_all(p) != 0)
        return -1;
    for (size_t i = p->minted; i < p->certs_count; i++) {
        const struct pki_cert *c = p->certs[i];

        if (c->sort == CERT_LEAF && c->der.size == 0 && leaf_check(c) != 0)
            return -1;
    }
    return mint_padded(p, jobs);
}

int pki_is_minted(const struct pki_cert *c)
{
    return c->der.size > 0;
}

void pki_minted(const struct pki *p, size_t *made, size_t *cached)
{
    *made = p->made;
    *cached = p->cached;
}
