/* Twins of real certificates: which key each gets and what of it is kept. Who
 * signs it is link.c's. Must not know the output folder. */
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

static void original_drop(struct original *o)
{
    if (o == NULL)
        return;
    asn1_clear(&o->der);
    free(o);
}

/* The key identifiers (RFC 5280 sections 4.2.1.1 and 4.2.1.2). */
static void ids_read(struct original *o)
{
    struct der_slice value, inner;

    if (extension_find(o->der.data, o->der.size, EXTENSION_SUBJECT_KEY_ID,
                       &value) == 0)
        asn1_expect(&value, ASN1_TAG_OCTETS, &o->subject_key_id, NULL);
    if (extension_find(o->der.data, o->der.size, EXTENSION_AUTHORITY_KEY_ID,
                       &value) == 0 &&
        asn1_expect(&value, ASN1_TAG_SEQUENCE, &inner, NULL) == 0)
        asn1_expect(&inner, 0x80, &o->authority_key_id, NULL);
}

static struct original *original_new(const struct asn1_buf *der)
{
    struct original *o = calloc(1, sizeof *o);
    struct der_certificate parts;

    if (o == NULL)
        return NULL;
    asn1_put(&o->der, der->data, der->size);
    asn1_trim(&o->der);
    if (o->der.failed ||
        der_certificate_read(o->der.data, o->der.size, &parts) != der->size) {
        original_drop(o);
        return NULL;
    }
    o->subject = parts.subject;
    o->issuer = parts.issuer;
    o->spki = parts.spki;
    name_id(&o->subject, o->subject_id);
    name_id(&o->issuer, o->issuer_id);
    world_sha256(der->data, der->size, o->certificate_sha256);
    world_sha256(parts.spki.data, parts.spki.size, o->spki_sha256);
    ids_read(o);
    return o;
}

/* The catalog's key when it knows this real key, else one named by its hash. */
static struct key *twin_key(struct pki *p, const struct original *o,
                            const struct key_kind *kind)
{
    int is_spki;
    const struct catalog_entry *e =
        catalog_by_sha256(p->catalog, o->spki_sha256, &is_spki);
    struct key *key;
    char id[80];

    if (e != NULL && is_spki && key_kind_equal(&e->key_kind, kind))
        return world_entry_key(p, e);
    snprintf(id, sizeof id, "twin-%.40s", o->spki_sha256);
    key = world_key(p, id, kind);
    if (key != NULL && kind->type == KEY_KEPT && key->spki.size == 0 &&
        key_keep(key, &o->spki) != 0)
        return NULL;
    return key;
}

struct reading { /* of one certificate of a file */
    const char *path;
    size_t number;
    int skip; /* enum pki_skip */
};

/* One line, so that the subject of a stranger cannot draw on the terminal. */
static char *line_of(const struct reading *r, const X509 *x, const char *what)
{
    char subject[200];

    X509_NAME_oneline(X509_get_subject_name(x), subject, sizeof subject);
    for (char *c = subject; *c != '\0'; c++)
        if (*c < ' ' || *c > '~')
            *c = '?';
    return format("%s: certificate %zu (%s): %s", r->path, r->number, subject,
                  what);
}

/* 0 when it is left out, -1 when it must not be. */
static int cannot(struct pki *p, const struct reading *r, const X509 *x,
                  const char *what)
{
    char *why = format("cannot be twinned: %s", what);
    char *text = why ? line_of(r, x, why) : NULL;
    char *note = text ? format("%s: left out", text) : NULL;
    int status = -1;

    if (note != NULL && (r->skip & PKI_SKIP_UNSUPPORTED))
        status = notes_add(p, r->path, r->skip, PKI_NOTE_LEFT_OUT, note);
    else if (text != NULL)
        diag("%s; --skip-unsupported leaves it out", text);
    free(note);
    free(text);
    free(why);
    return status;
}

/* What no twin can have stays, and is told. */
static int tell_kept(struct pki *p, const struct reading *r, const X509 *x,
                     const char *what)
{
    char *why = format("keeps its real key, for there is no twin of %s", what);
    char *text = why ? line_of(r, x, why) : NULL;
    int status =
        text ? notes_add(p, r->path, r->skip, PKI_NOTE_TOLD, text) : -1;

    free(text);
    free(why);
    return status;
}

/* The kind of the key, KEY_KEPT with *what where it must stay as it is. */
static void kind_find(const struct original *o, X509 *x, struct key_kind *kind,
                      char what[static 80])
{
    EVP_PKEY *pkey = X509_get0_pubkey(x);
    int twinned = key_kind_of(pkey, kind, what) == 0;
    char name[64];

    ERR_clear_error();
    if (twinned && recipe_key_is_plain(&o->spki, kind->type))
        return;
    if (twinned) {
        snprintf(what, 80, "a key that is not written as its standard has it");
        key_kind_name(kind, name);
    } else {
        key_name_any(pkey, &o->spki, name);
    }
    memset(kind, 0, sizeof *kind);
    kind->type = KEY_KEPT;
    snprintf(kind->other, sizeof kind->other, "%.39s", name);
    if (pkey == NULL)
        snprintf(what, 80, "a key that cannot be read (%s)", kind->other);
    ERR_clear_error();
}

/* Makes it known by its hashes and its subject. */
static int original_index(struct pki *p, struct pki_cert *c)
{
    struct original *o = c->original;

    o->next_same_subject =
        map_get(&p->originals_by_subject, o->subject_id, NAME_ID);
    if (map_put(&p->originals, o->certificate_sha256, 64, c) != 0 ||
        map_put(&p->originals_by_subject, o->subject_id, NAME_ID, c) != 0)
        return -1;
    if (map_get(&p->originals_by_key, o->spki_sha256, 64) != NULL)
        return 0;
    return map_put(&p->originals_by_key, o->spki_sha256, 64, c);
}

/* Makes the cert of an original whose key is known. Takes o, unless it fails.
 */
static struct pki_cert *twin_new(struct pki *p, struct original *o,
                                 const char *name, struct key *key)
{
    int is_spki;
    const struct catalog_entry *e =
        catalog_by_sha256(p->catalog, o->certificate_sha256, &is_spki);
    struct pki_cert *c = e != NULL && !is_spki ? world_entry(p, e)
                                               : world_cert(p, name, CERT_TWIN);

    if (c == NULL)
        return NULL;
    c->original = o;
    c->key = key;
    if (original_index(p, c) == 0)
        return c;
    diag("%s: out of memory", name);
    c->original = NULL;
    return NULL;
}

/* 0 with *out NULL when it is left out. Takes o. */
static int twin_add(struct pki *p, struct original *o, X509 *x,
                    const struct reading *r, struct pki_cert **out)
{
    struct recipe recipe = {0};
    struct key_kind kind;
    struct key *key;
    char *name = NULL;
    char key_what[80], what[80];
    int status = -1;

    kind_find(o, x, &kind, key_what);
    if (recipe_from_real(&recipe, o->der.data, o->der.size, what) != 0 &&
        (kind.type != KEY_KEPT || recipe.signature_algorithm.size == 0)) {
        status = cannot(p, r, x, what);
        goto out;
    }
    if (kind.type == KEY_KEPT && tell_kept(p, r, x, key_what) != 0)
        goto out;
    name = format("%s:%zu", r->path, r->number);
    key = name ? twin_key(p, o, &kind) : NULL;
    if (key != NULL)
        *out = twin_new(p, o, name, key);
    if (*out == NULL)
        goto out;
    link_know(p, o, X509_get0_pubkey(x));
    ERR_clear_error();
    o = NULL;
    status = 0;
    if ((*out)->sort == CERT_TWIN) {
        (*out)->recipe = recipe;
        memset(&recipe, 0, sizeof recipe);
    }
out:
    free(name);
    recipe_clear(&recipe);
    original_drop(o);
    return status;
}

static int want_one(struct pki *p, const struct asn1_buf *der, X509 *x,
                    const struct reading *r, struct pki_cert **out)
{
    struct original *o = original_new(der);

    *out = NULL;
    if (o != NULL)
        *out = map_get(&p->originals, o->certificate_sha256, 64);
    if (*out != NULL) {
        original_drop(o);
        return 0;
    }
    if (o != NULL)
        return twin_add(p, o, x, r, out);
    diag("%s: certificate %zu: cannot be read", r->path, r->number);
    return -1;
}

static int file_want(struct pki *p, const char *path, int skip,
                     struct pki_cert ***out, size_t *count)
{
    struct reading reading = {.path = path, .skip = skip};
    struct bundle bundle = {0};
    size_t first = p->certs_count;
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

        reading.number = i + 1;
        status = want_one(p, &bundle.certificates[i], bundle.parsed[i],
                          &reading, next);
        if (status == 0 && *next != NULL && bundle.trust[i] != PKI_TRUST_PLAIN)
            status = notes_add_settings(p, path, skip, &bundle, i, *next);
        *count += *next != NULL;
    }
    if (status == 0 && *count == 0) {
        diag("%s: no certificate in it can be twinned", path);
        status = -1;
    }
    if (status == 0)
        link_file(p, first);
out:
    if (status != 0) {
        free(*out);
        *out = NULL;
        *count = 0;
    }
    bundle_clear(&bundle);
    return status;
}

static struct pki_cert **copy_of(const struct known_file *f)
{
    struct pki_cert **copy = malloc(f->certs_count * sizeof(struct pki_cert *));

    if (copy != NULL)
        memcpy(copy, f->certs, f->certs_count * sizeof(struct pki_cert *));
    else
        diag("%s: out of memory", f->path);
    return copy;
}

/* A file is read once: all states of a scenario may serve the same one. */
int pki_want_file(struct pki *p, const char *path, int skip,
                  struct pki_cert ***out, size_t *count)
{
    struct known_file *f = notes_file(p, path);
    int what = skip & ~PKI_NOTES_QUIET;

    *out = NULL;
    *count = 0;
    if (f == NULL)
        return -1;
    if (f->certs == NULL || f->skip != what) {
        free(f->certs);
        f->certs = NULL;
        if (file_want(p, path, skip, &f->certs, &f->certs_count) != 0)
            return -1;
        f->skip = what;
    }
    *out = copy_of(f);
    *count = *out ? f->certs_count : 0;
    return *out ? 0 : -1;
}
