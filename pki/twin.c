/* Twins of real certificates: which key each gets, and who signs it. Must not
 * know the output folder. */
#include "pki/pki.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "base/diag.h"
#include "base/file.h"
#include "pki/bundle.h"
#include "pki/notes.h"
#include "pki/world.h"

static struct original *original_new(const struct asn1_buf *der)
{
    struct original *o = calloc(1, sizeof *o);
    const unsigned char *p = der->data;
    struct der_certificate parts;

    if (o == NULL)
        return NULL;
    asn1_put(&o->der, der->data, der->size);
    o->x509 = d2i_X509(NULL, &p, (long)der->size);
    if (o->der.failed || o->x509 == NULL ||
        der_certificate_read(der->data, der->size, &parts) != der->size) {
        asn1_clear(&o->der);
        X509_free(o->x509);
        free(o);
        return NULL;
    }
    world_sha256(der->data, der->size, o->certificate_sha256);
    world_sha256(parts.spki.data, parts.spki.size, o->spki_sha256);
    return o;
}

/* The catalog's key when it knows this real key, else one named by its hash. */
static struct key *twin_key(struct pki *p, const struct original *o,
                            const struct key_kind *kind)
{
    int is_spki;
    const struct catalog_entry *e =
        catalog_by_sha256(p->catalog, o->spki_sha256, &is_spki);
    char id[80];

    if (e != NULL && is_spki && key_kind_equal(&e->key_kind, kind))
        return world_entry_key(p, e);
    snprintf(id, sizeof id, "twin-%.40s", o->spki_sha256);
    return world_key(p, id, kind);
}

static struct pki_cert *find(const struct pki *p, const char *sha256)
{
    for (size_t i = 0; i < p->certs_count; i++)
        if (p->certs[i]->original != NULL &&
            strcmp(p->certs[i]->original->certificate_sha256, sha256) == 0)
            return p->certs[i];
    return NULL;
}

/* One line, so that the subject of a stranger cannot draw on the terminal. */
static void subject_line(const X509 *x, char out[static 200])
{
    X509_NAME_oneline(X509_get_subject_name(x), out, 200);
    for (char *c = out; *c != '\0'; c++)
        if (*c < ' ' || *c > '~')
            *c = '?';
}

/* 0 with *out NULL when it is left out, -1 when it must not be. */
static int cannot(struct pki *p, const struct original *o, const char *path,
                  size_t number, const char *what, int skip)
{
    int status = -1;
    char subject[200];
    char *text;

    subject_line(o->x509, subject);
    text = format("%s: certificate %zu (%s): cannot be twinned: %s", path,
                  number, subject, what);
    if (text != NULL && (skip & PKI_SKIP_UNSUPPORTED)) {
        char *note = format("%s: left out", text);

        status = note ? notes_add(p, path, skip, 1, note) : -1;
        free(note);
    } else if (text != NULL) {
        diag("%s; --skip-unsupported leaves it out", text);
    }
    free(text);
    return status;
}

/* Makes the cert of an original whose kind of key and recipe are known. Takes
 * o. */
static struct pki_cert *twin_new(struct pki *p, struct original *o,
                                 const char *name, struct key *key)
{
    int is_spki;
    const struct catalog_entry *e =
        catalog_by_sha256(p->catalog, o->certificate_sha256, &is_spki);
    struct pki_cert *c;

    if (e != NULL && !is_spki)
        c = pki_want(p, e->text->name);
    else
        c = world_cert(p, name, CERT_TWIN);
    if (c == NULL)
        return NULL;
    c->original = o;
    c->key = key;
    return c;
}

static void original_drop(struct original *o)
{
    asn1_clear(&o->der);
    X509_free(o->x509);
    free(o);
}

static int want_one(struct pki *p, const struct asn1_buf *der, const char *path,
                    size_t number, int skip, struct pki_cert **out)
{
    struct original *o = original_new(der);
    struct recipe recipe = {0};
    struct key_kind kind;
    struct key *key = NULL;
    char what[80] = "its DER is not as RFC 5280 has it";
    char *name = NULL;
    int status = -1;

    *out = NULL;
    if (o == NULL) {
        diag("%s: certificate %zu: cannot be read", path, number);
        return -1;
    }
    *out = find(p, o->certificate_sha256);
    if (*out != NULL) {
        original_drop(o);
        return 0;
    }
    if (key_kind_of(X509_get0_pubkey(o->x509), &kind, what) != 0 ||
        recipe_from_real(&recipe, der->data, der->size, what) != 0) {
        status = cannot(p, o, path, number, what, skip);
        goto drop;
    }
    name = format("%s:%zu", path, number);
    key = name ? twin_key(p, o, &kind) : NULL;
    if (key != NULL)
        *out = twin_new(p, o, name, key);
    free(name);
    if (*out == NULL)
        goto drop;
    if ((*out)->sort == CERT_TWIN)
        (*out)->recipe = recipe;
    else
        recipe_clear(&recipe);
    return 0;
drop:
    recipe_clear(&recipe);
    original_drop(o);
    return status;
}

int pki_want_file(struct pki *p, const char *path, int skip,
                  struct pki_cert ***out, size_t *count)
{
    struct bundle bundle = {0};
    int status = -1;

    *out = NULL;
    *count = 0;
    if (bundle_read(path, skip, &bundle) != 0 ||
        notes_keep(p, path, skip, &bundle) != 0)
        goto out;
    *out = calloc(bundle.count, sizeof(struct pki_cert *));
    status = *out == NULL ? -1 : 0;
    for (size_t i = 0; i < bundle.count && status == 0; i++) {
        struct pki_cert **next = &(*out)[*count];

        status = want_one(p, &bundle.certificates[i], path, i + 1, skip, next);
        *count += *next != NULL;
    }
    if (status == 0 && *count == 0) {
        diag("%s: no certificate in it can be twinned", path);
        status = -1;
    }
out:
    if (status != 0) {
        free(*out);
        *out = NULL;
        *count = 0;
    }
    bundle_clear(&bundle);
    return status;
}

/* 1: these bytes are the key identifiers of issuer and subject; 0: they differ;
 * -1: one side states none. */
static int ids_match(const struct original *subject, const uint8_t *id,
                     size_t size)
{
    const ASN1_OCTET_STRING *akid = X509_get0_authority_key_id(subject->x509);

    if (akid == NULL || size == 0)
        return -1;
    return (size_t)ASN1_STRING_length(akid) == size &&
           memcmp(ASN1_STRING_get0_data(akid), id, size) == 0;
}

static int original_ids_match(const struct original *subject,
                              const struct original *issuer)
{
    const ASN1_OCTET_STRING *id = X509_get0_subject_key_id(issuer->x509);

    if (id == NULL)
        return -1;
    return ids_match(subject, ASN1_STRING_get0_data(id),
                     (size_t)ASN1_STRING_length(id));
}

/* The real signature decides. Where libcrypto cannot check it (an algorithm it
 * lacks), the key identifiers do. */
static struct pki_cert *issuer_among(struct pki *p, const struct pki_cert *c)
{
    const X509_NAME *name = X509_get_issuer_name(c->original->x509);
    struct pki_cert *likely = NULL;

    for (size_t i = 0; i < p->certs_count; i++) {
        struct pki_cert *other = p->certs[i];
        const struct original *o = other->original;
        int verified;

        if (o == NULL || X509_NAME_cmp(X509_get_subject_name(o->x509), name))
            continue;
        verified = X509_verify(c->original->x509, X509_get0_pubkey(o->x509));
        ERR_clear_error();
        if (verified == 1)
            return other;
        if (verified < 0 && likely == NULL &&
            original_ids_match(c->original, o) != 0)
            likely = other;
    }
    return likely;
}

/* A catalog CA by name and key identifier: its real key is not at hand. */
static const struct catalog_entry *issuer_in_catalog(const struct pki *p,
                                                     const struct original *o)
{
    const unsigned char *der;
    size_t size;

    if (X509_NAME_get0_der(X509_get_issuer_name(o->x509), &der, &size) != 1)
        return NULL;
    for (size_t i = 0; i < p->catalog->count; i++) {
        const struct catalog_entry *e = &p->catalog->entries[i];
        uint8_t id[64];

        /* A guessed entry must not stand for a real one. */
        if (e->text->real != NULL && e->subject.size == size &&
            memcmp(e->subject.data, der, size) == 0 &&
            ids_match(o, id, catalog_key_id(e, id)) != 0)
            return e;
    }
    return NULL;
}

/* The kind of key that makes a signature of this algorithm and length. */
static void stand_in_kind(const struct pki_cert *c, struct key_kind *out)
{
    const ASN1_BIT_STRING *signature;
    enum algorithm_family family = c->recipe.signing.algorithm->family;
    int size;

    X509_get0_signature(&signature, NULL, c->original->x509);
    size = ASN1_STRING_length(signature);
    memset(out, 0, sizeof *out);
    if (family == ALGORITHM_RSA || family == ALGORITHM_RSA_PSS) {
        out->type = KEY_RSA;
        out->bits = size * 8;
        out->exponent = 65537;
        return;
    }
    out->type = family == ALGORITHM_ED25519 ? KEY_ED25519
                : family == ALGORITHM_ED448 ? KEY_ED448
                                            : KEY_EC;
    if (out->type == KEY_EC)
        out->curve = size <= 80    ? NID_X9_62_prime256v1
                     : size <= 110 ? NID_secp384r1
                                   : NID_secp521r1;
}

/* An issuer that nobody gave: one key per issuer's name and key identifier. */
static struct key *stand_in(struct pki *p, const struct pki_cert *c)
{
    const X509 *x = c->original->x509;
    const ASN1_OCTET_STRING *akid =
        X509_get0_authority_key_id(c->original->x509);
    struct asn1_buf all = {0};
    struct key_kind kind;
    const unsigned char *der;
    char hash[65], id[80];
    size_t size;

    if (X509_NAME_get0_der(X509_get_issuer_name(x), &der, &size) == 1)
        asn1_put(&all, der, size);
    if (akid != NULL)
        asn1_put(&all, ASN1_STRING_get0_data(akid),
                 (size_t)ASN1_STRING_length(akid));
    world_sha256(all.data, all.size, hash);
    asn1_clear(&all);
    snprintf(id, sizeof id, "standin-%.40s", hash);
    stand_in_kind(c, &kind);
    return world_key(p, id, &kind);
}

static int link_one(struct pki *p, struct pki_cert *c)
{
    const struct catalog_entry *e = NULL;
    struct pki_cert *issuer = issuer_among(p, c);

    if (issuer == NULL)
        e = issuer_in_catalog(p, c->original);
    c->issuer = issuer;
    c->issuer_key = issuer ? issuer->key
                    : e    ? world_entry_key(p, e)
                           : stand_in(p, c);
    return c->issuer_key == NULL ? -1 : 0;
}

int twin_link(struct pki *p)
{
    for (size_t i = p->minted; i < p->certs_count; i++) {
        struct pki_cert *c = p->certs[i];

        if (c->sort == CERT_TWIN && c->issuer_key == NULL &&
            link_one(p, c) != 0)
            return -1;
    }
    return 0;
}
