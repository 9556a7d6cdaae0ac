/* Wants and the life of struct pki. Minting is mint.c's. */
#include "pki/pki.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/sha.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/quantity.h"
#include "model/device.h"
#include "model/pin.h"
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
    p->keys_dir = format("%s/keys", cache);
    p->certificates_dir = format("%s/certificates", cache);
    if (p->templates == NULL || p->keys_dir == NULL ||
        p->certificates_dir == NULL || file_mkdirs(p->keys_dir, 0700) != 0 ||
        file_mkdirs(p->certificates_dir, 0755) != 0) {
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
    X509_free(o->x509);
    free(o);
}

static void cert_free(struct pki_cert *c)
{
    leaf_free(c->leaf);
    original_free(c->original);
    recipe_clear(&c->recipe);
    asn1_clear(&c->der);
    X509_free(c->x509);
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
    free(p->certs);
    free(p->keys);
    template_free(p->templates);
    catalog_free(p->catalog);
    free(p->keys_dir);
    free(p->certificates_dir);
    free(p);
}

struct key *world_key(struct pki *p, const char *id,
                      const struct key_kind *kind)
{
    char name[64];
    char *full = NULL;
    struct key **grown, *key = NULL;

    key_kind_name(kind, name);
    full = format("%s.%s", id, name);
    for (size_t i = 0; full != NULL && i < p->keys_count && key == NULL; i++)
        if (strcmp(p->keys[i]->id, full) == 0)
            key = p->keys[i];
    if (full == NULL || key != NULL)
        goto out;
    grown = realloc(p->keys, (p->keys_count + 1) * sizeof(struct key *));
    if (grown != NULL) {
        p->keys = grown;
        key = key_new(full, kind, p->keys_dir);
    }
    if (key != NULL)
        p->keys[p->keys_count++] = key;
out:
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
    struct pki_cert **grown =
        realloc(p->certs, (p->certs_count + 1) * sizeof(struct pki_cert *));
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

struct pki_cert *world_settle(struct pki *p, struct pki_cert *c)
{
    for (size_t i = 0; i + 1 < p->certs_count; i++)
        if (strcmp(p->certs[i]->certificate_sha256, c->certificate_sha256) ==
            0) {
            cert_free(p->certs[--p->certs_count]);
            return p->certs[i];
        }
    return c;
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

static struct pki_cert *want_entry(struct pki *p, const struct catalog_entry *e)
{
    struct pki_cert *c = NULL;

    for (size_t i = 0; i < p->certs_count; i++)
        if (p->certs[i]->entry == e)
            return p->certs[i];
    c = world_cert(p, e->text->name, CERT_CATALOG);
    if (c == NULL)
        return NULL;
    c->entry = e;
    c->key = world_entry_key(p, e);
    c->issuer_key = world_entry_key(p, e->issuer);
    return c->key != NULL && c->issuer_key != NULL ? c : NULL;
}

struct pki_cert *pki_want(struct pki *p, const char *catalog_name)
{
    const struct catalog_entry *e = catalog_find(p->catalog, catalog_name);
    char near[256];

    if (e != NULL)
        return want_entry(p, e);
    catalog_near(p->catalog, catalog_name, near);
    diag("%s: no such certificate in the catalog; did you mean %s?",
         catalog_name, near);
    return NULL;
}

int pki_pin(struct pki *p, const char *real_sha256, const char **out,
            int *is_spki)
{
    const struct catalog_entry *e;
    struct pki_cert *c;

    if (pin_hash_is_sha1(real_sha256)) {
        *is_spki = PIN_CERTIFICATE_SHA1;
        return pin_by_sha1(p, real_sha256, out);
    }
    for (size_t i = 0; i < p->certs_count; i++) {
        const struct original *o = p->certs[i]->original;
        int certificate, spki;

        if (o == NULL)
            continue;
        certificate = strcasecmp(o->certificate_sha256, real_sha256) == 0;
        spki = strcasecmp(o->spki_sha256, real_sha256) == 0;
        if (certificate || spki) {
            *is_spki = spki;
            *out = spki ? p->certs[i]->spki_sha256
                        : p->certs[i]->certificate_sha256;
            return 0;
        }
    }
    e = catalog_by_sha256(p->catalog, real_sha256, is_spki);
    if (e == NULL) {
        diag("pin %s: no certificate and no key that was given, or that the "
             "catalog knows, has this SHA-256: add the file that holds it",
             real_sha256);
        return -1;
    }
    c = want_entry(p, e);
    if (c == NULL || (c->der.size == 0 && pki_mint(p, 1) != 0))
        return -1;
    *out = *is_spki ? c->spki_sha256 : c->certificate_sha256;
    return 0;
}
