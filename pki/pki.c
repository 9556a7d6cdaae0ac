/* Wants and the life of struct pki. Minting is mint.c's. */
#include "pki/pki.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/sha.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/quantity.h"
#include "model/device.h"
#include "model/pin.h"
#include "pki/cache.h"
#include "pki/notes.h"
#include "pki/world.h"

void world_hex(const uint8_t *data, size_t size, char *out)
{
    for (size_t i = 0; i < size; i++)
        snprintf(out + 2 * i, 3, "%02x", data[i]);
}

void world_sha256(const void *data, size_t size, char out[static 65])
{
    uint8_t hash[SHA256_DIGEST_LENGTH];

    SHA256(data, size, hash);
    world_hex(hash, sizeof hash, out);
}

void pki_sha256(const void *data, size_t size, char out[static 65])
{
    world_sha256(data, size, out);
}

struct pki *pki_new(const char *catalog, const char *templates,
                    const char *cache)
{
    struct pki *p = calloc(1, sizeof *p);

    if (p == NULL)
        return NULL;
    p->catalog = catalog_load(catalog);
    if (p->catalog != NULL)
        p->templates = template_load(templates);
    if (p->catalog != NULL)
        p->by_entry = calloc(p->catalog->count, sizeof(struct pki_cert *));
    p->keys_dir = format("%s/keys", cache);
    p->certificates_dir = format("%s/certificates", cache);
    if (p->templates == NULL || p->by_entry == NULL || p->keys_dir == NULL ||
        p->certificates_dir == NULL || cache_folder(cache, 0755) != 0 ||
        cache_folder(p->keys_dir, 0700) != 0 ||
        cache_folder(p->certificates_dir, 0755) != 0) {
        pki_free(p);
        return NULL;
    }
    return p;
}

static void original_free(struct original *o)
{
    if (o == NULL)
        return;
    asn1_clear(&o->der);
    free(o);
}

static void cert_free(struct pki_cert *c)
{
    leaf_free(c->leaf);
    original_free(c->original);
    recipe_clear(&c->recipe);
    asn1_clear(&c->der);
    free(c->subject);
    free(c->issuer_name);
    free(c->first_name);
    free(c->name);
    free(c);
}

void pki_free(struct pki *p)
{
    if (p == NULL)
        return;
    for (size_t i = 0; i < p->certs_count; i++)
        cert_free(p->certs[i]);
    for (size_t i = 0; i < p->keys_count; i++)
        key_free(p->keys[i]);
    notes_clear(p);
    link_free(p);
    map_clear(&p->keys_by_id);
    map_clear(&p->certs_by_sha256);
    map_clear(&p->leaves);
    map_clear(&p->originals);
    map_clear(&p->originals_by_key);
    map_clear(&p->originals_by_subject);
    free(p->by_entry);
    free(p->certs);
    free(p->keys);
    template_free(p->templates);
    catalog_free(p->catalog);
    free(p->keys_dir);
    free(p->certificates_dir);
    free(p);
}

/* Room for one more in a list of pointers, which doubles. NULL when memory is
 * out. */
static void *list_grown(void *list, size_t count)
{
    if (count & (count - 1)) /* room up to the next power of two */
        return list;
    return realloc(list, (count ? 2 * count : 1) * sizeof(void *));
}

static struct key *key_add(struct pki *p, const char *full,
                           const struct key_kind *kind)
{
    struct key **grown = list_grown(p->keys, p->keys_count);
    struct key *key = NULL;

    if (grown != NULL) {
        p->keys = grown;
        key = key_new(full, kind, p->keys_dir);
    }
    if (key == NULL)
        return NULL;
    if (map_put(&p->keys_by_id, key->id, strlen(key->id), key) != 0) {
        key_free(key);
        return NULL;
    }
    p->keys[p->keys_count++] = key;
    return key;
}

struct key *world_key(struct pki *p, const char *id,
                      const struct key_kind *kind)
{
    char name[64];
    char *full = NULL;
    struct key *key = NULL;

    key_kind_name(kind, name);
    full = format("%s.%s", id, name);
    if (full != NULL)
        key = map_get(&p->keys_by_id, full, strlen(full));
    if (full != NULL && key == NULL)
        key = key_add(p, full, kind);
    if (key == NULL)
        diag("%s: out of memory", id);
    free(full);
    return key;
}

struct key *world_entry_key(struct pki *p, const struct catalog_entry *e)
{
    return world_key(p, e->key->text->name, &e->key_kind);
}

struct pki_cert *world_cert(struct pki *p, const char *name,
                            enum cert_sort sort)
{
    struct pki_cert **grown = list_grown(p->certs, p->certs_count);
    struct pki_cert *c = calloc(1, sizeof *c);

    if (grown != NULL)
        p->certs = grown;
    if (c != NULL)
        c->name = format("%s", name);
    if (grown == NULL || c == NULL || c->name == NULL) {
        diag("%s: out of memory", name);
        free(c);
        return NULL;
    }
    c->sort = sort;
    p->certs[p->certs_count++] = c;
    return c;
}

int world_index(struct pki *p, struct pki_cert *c)
{
    if (map_get(&p->certs_by_sha256, c->certificate_sha256, 64) != NULL)
        return 0;
    if (map_put(&p->certs_by_sha256, c->certificate_sha256, 64, c) == 0)
        return 0;
    diag("%s: out of memory", c->name);
    return -1;
}

struct pki_cert *world_settle(struct pki *p, struct pki_cert *c)
{
    struct pki_cert *first = map_get(&p->certs_by_sha256, c->certificate_sha256,
                                     sizeof c->certificate_sha256 - 1);

    if (first == NULL)
        return world_index(p, c) == 0 ? c : NULL;
    if (first != c)
        cert_free(p->certs[--p->certs_count]);
    return first;
}

struct pki_cert *world_make(struct pki *p, const char *name,
                            struct recipe *recipe, struct key *key,
                            struct key *issuer_key)
{
    struct pki_cert *c = world_cert(p, name, CERT_MADE);

    if (c == NULL)
        return NULL;
    c->recipe = *recipe;
    memset(recipe, 0, sizeof *recipe);
    c->key = key;
    c->issuer_key = issuer_key;
    if (world_mint(p, c) != 0) {
        cert_free(p->certs[--p->certs_count]);
        return NULL;
    }
    return world_settle(p, c);
}

struct pki_cert *world_entry(struct pki *p, const struct catalog_entry *e)
{
    struct pki_cert **at = &p->by_entry[e - p->catalog->entries];
    struct pki_cert *c = *at;

    if (c != NULL)
        return c;
    c = world_cert(p, e->text->name, CERT_CATALOG);
    if (c == NULL)
        return NULL;
    c->entry = e;
    c->key = world_entry_key(p, e);
    c->issuer_key = world_entry_key(p, e->issuer);
    if (c->key == NULL || c->issuer_key == NULL)
        return NULL;
    *at = c;
    return c;
}

struct pki_cert *pki_want(struct pki *p, const char *catalog_name)
{
    const struct catalog_entry *e = catalog_find(p->catalog, catalog_name);
    char near[256];

    if (e != NULL)
        return world_entry(p, e);
    catalog_near(p->catalog, catalog_name, near);
    diag("%s: no such certificate in the catalog; did you mean %s?",
         catalog_name, near);
    return NULL;
}

/* The real certificate or key of this hash, in lower case, among the files. */
static struct pki_cert *pinned(const struct pki *p, const char *hash,
                               size_t size, int *is_spki)
{
    struct pki_cert *c = map_get(&p->originals, hash, size);
    uint8_t sha1[SHA_DIGEST_LENGTH];
    char hex[2 * SHA_DIGEST_LENGTH + 1];

    *is_spki = 0;
    if (c != NULL)
        return c;
    *is_spki = size == 64;
    if (size == 64)
        return map_get(&p->originals_by_key, hash, size);
    for (size_t i = 0; i < p->certs_count; i++) {
        const struct original *o = p->certs[i]->original;

        if (o == NULL)
            continue;
        SHA1(o->der.data, o->der.size, sha1);
        world_hex(sha1, sizeof sha1, hex);
        if (strcmp(hex, hash) == 0)
            return p->certs[i];
    }
    return NULL;
}

int pki_pin(struct pki *p, const char *real, const char **out, int *match)
{
    const struct catalog_entry *e = NULL;
    struct pki_cert *c;
    char hash[65];
    size_t size = 0;
    int is_spki;

    for (; size < 64 && real[size] != '\0'; size++)
        hash[size] = (char)tolower((unsigned char)real[size]);
    hash[size] = '\0';
    c = pinned(p, hash, size, &is_spki);
    if (c == NULL) {
        e = catalog_by_sha256(p->catalog, hash, &is_spki);
        if (e == NULL) {
            diag("pin %s: no certificate and no key that was given, or that "
                 "the catalog knows, has this SHA-%s: add the file that holds "
                 "it",
                 real, size == 40 ? "1" : "256");
            return -1;
        }
        c = world_entry(p, e);
    }
    if (c == NULL || pki_mint_these(p, &c, 1, 1) != 0)
        return -1;
    *match = size == 40 ? PIN_CERTIFICATE_SHA1
             : is_spki  ? PIN_SPKI_SHA256
                        : PIN_CERTIFICATE_SHA256;
    *out = size == 40 ? c->certificate_sha1
           : is_spki  ? c->spki_sha256
                      : c->certificate_sha256;
    return 0;
}
