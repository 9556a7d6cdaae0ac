/* Wants from pki for devices and states, found again by the device's or state's
 * address. Files are named by content, so that equal lists are one file and
 * concurrent runs may share the folder. */
#include "lab/certificates.h"

#include <glob.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/file.h"

struct entry {
    const void *owner; /* the device or state */
    int ecdsa;
    struct certificate_list list;
};

struct identity {
    const char *kind; /* borrowed from the device */
    const struct state *state;
    struct pki_cert *certificate, *ca;
    char *path, *ca_path;
};

struct certificates {
    struct pki *pki;
    char *work_dir;
    int skip; /* enum pki_skip */
    struct entry *entries;
    size_t entries_count;
    struct identity *identities;
    size_t identities_count;
};

static const char system_store[] = "/etc/ssl/certs/ca-certificates.crt";

struct certificates *certificates_new(const char *work_dir, int skip)
{
    struct certificates *c = calloc(1, sizeof *c);
    char *catalog = format("%s/pki/catalog", home_dir());
    char *templates = format("%s/pki/templates", home_dir());

    if (!c || !catalog || !templates)
        goto fail;
    c->skip = skip;
    c->work_dir = strdup(work_dir);
    c->pki = pki_new(catalog, templates, cache_dir());
    if (!c->work_dir || !c->pki)
        goto fail;
    free(catalog);
    free(templates);
    return c;
fail:
    free(catalog);
    free(templates);
    certificates_free(c);
    return NULL;
}

void certificates_free(struct certificates *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < c->entries_count; i++) {
        free(c->entries[i].list.items);
        free(c->entries[i].list.notes);
        free(c->entries[i].list.path);
    }
    for (size_t i = 0; i < c->identities_count; i++) {
        free(c->identities[i].path);
        free(c->identities[i].ca_path);
    }
    free(c->entries);
    free(c->identities);
    free(c->work_dir);
    pki_free(c->pki);
    free(c);
}

struct pki *certificates_pki(struct certificates *c)
{
    return c->pki;
}

static struct certificate_list *list_add(struct certificates *c,
                                         const void *owner, int ecdsa)
{
    struct entry *grown =
        realloc(c->entries, (c->entries_count + 1) * sizeof *grown);

    if (!grown) {
        diag("out of memory");
        return NULL;
    }
    c->entries = grown;
    grown += c->entries_count++;
    memset(grown, 0, sizeof *grown);
    grown->owner = owner;
    grown->ecdsa = ecdsa;
    return &grown->list;
}

static int list_push(struct certificate_list *l, struct pki_cert *cert)
{
    struct pki_cert **grown =
        realloc(l->items, (l->count + 1) * sizeof(void *));

    if (!grown) {
        diag("out of memory");
        return -1;
    }
    l->items = grown;
    l->items[l->count++] = cert;
    return 0;
}

static int is_file_name(const char *name)
{
    static const char *const endings[] = {".pem", ".crt", ".cer",
                                          ".der", ".p7b", ".p7c"};
    size_t n = strlen(name);

    if (strchr(name, '/'))
        return 1;
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
        if (n > 4 && !strcmp(name + n - 4, endings[i]))
            return 1;
    return 0;
}

/* A name in a YAML file is relative to that file; one from the command line
 * (no YAML file) to the current folder. */
static char *path_beside(const char *file, const char *name)
{
    const char *slash = file ? strrchr(file, '/') : NULL;

    if (!strcmp(name, "system"))
        return strdup(system_store);
    if (name[0] == '/' || !slash)
        return strdup(name);
    return format("%.*s/%s", (int)(slash - file), file, name);
}

/* "good.chain": no name of the catalog has a dot, and there is such a file. */
static int is_file_beside(const char *file, const char *name)
{
    char *path = strchr(name, '.') ? path_beside(file, name) : NULL;
    int yes = path && file_exists(path);

    free(path);
    return yes;
}

/* What the file holds and the list has not got. */
static int push_notes(struct certificates *c, struct certificate_list *l,
                      const char *path)
{
    size_t count;
    const struct pki_note *notes = pki_file_notes(c->pki, path, &count);
    struct pki_note *grown;

    if (count == 0)
        return 0;
    grown = realloc(l->notes, (l->notes_count + count) * sizeof *grown);
    if (!grown) {
        diag("out of memory");
        return -1;
    }
    l->notes = grown;
    for (size_t i = 0; i < count; i++)
        l->notes[l->notes_count++] = notes[i];
    return 0;
}

static int push_one_file(struct certificates *c, struct certificate_list *l,
                         const char *path, int skip)
{
    struct pki_cert **found = NULL;
    size_t count = 0;
    int status = pki_want_file(c->pki, path, skip, &found, &count);

    if (status == 0)
        status = push_notes(c, l, path);
    for (size_t i = 0; i < count && status == 0; i++)
        status = list_push(l, found[i]);
    free(found);
    return status;
}

static int push_files(struct certificates *c, struct certificate_list *l,
                      const char *file, const char *name)
{
    int skip = c->skip | (strcmp(name, "system") ? 0 : PKI_SKIP_UNSUPPORTED);
    char *pattern = path_beside(file, name);
    glob_t found = {0};
    int status = -1;

    if (!pattern)
        return -1;
    if (file_exists(pattern)) {
        status = push_one_file(c, l, pattern, skip);
    } else if (glob(pattern, 0, NULL, &found) == 0) {
        status = 0;
        for (size_t i = 0; i < found.gl_pathc && status == 0; i++)
            status = push_one_file(c, l, found.gl_pathv[i], skip);
    } else {
        diag("%s: %s: no such file", file ? file : "trust store", pattern);
    }
    globfree(&found);
    free(pattern);
    return status;
}

static int push_named(struct certificates *c, struct certificate_list *l,
                      const char *file, const char *name)
{
    struct pki_cert *cert;

    if (!strcmp(name, "system") || is_file_name(name) ||
        is_file_beside(file, name))
        return push_files(c, l, file, name);
    cert = pki_want(c->pki, name);
    if (!cert) {
        if (file)
            diag("%s: this file asks for %s", file, name);
        return -1;
    }
    return list_push(l, cert);
}

static const struct entry *entry_find(const struct certificates *c,
                                      const void *owner, int ecdsa)
{
    for (size_t i = 0; i < c->entries_count; i++)
        if (c->entries[i].owner == owner && c->entries[i].ecdsa == ecdsa)
            return &c->entries[i];
    return NULL;
}

int certificates_want_device(struct certificates *c, const struct device *d)
{
    struct certificate_list *l;

    if (entry_find(c, d, 0))
        return 0;
    l = list_add(c, d, 0);
    if (!l)
        return -1;
    for (size_t i = 0; i < d->trust_store_count; i++)
        if (push_named(c, l, d->file, d->trust_store[i]))
            return -1;
    for (size_t i = 0; i < d->pins_count; i++)
        if (d->pins[i].of && strcmp(d->pins[i].of, "leaf") != 0 &&
            !certificates_named(c, d, d->pins[i].of))
            return -1;
    for (size_t i = 0; d->distrust && i < d->distrust->anchors_count; i++)
        if (!pki_want(c->pki, d->distrust->anchors[i]))
            return -1;
    return 0;
}

struct pki_cert *certificates_named(struct certificates *c,
                                    const struct device *d, const char *of)
{
    struct certificate_list l = {0};
    struct pki_cert *first = NULL;

    if (push_named(c, &l, d->file, of) == 0 && l.count > 0)
        first = l.items[0];
    free(l.items);
    free(l.notes);
    return first;
}

/* The issuer of a leaf: named by the scenario, else the next certificate. */
static int leaf_issuer(struct certificates *c, const struct scenario *s,
                       const struct state *st, const struct chain *chain,
                       struct pki_cert **out)
{
    const char *name = st->leaf.issuer;
    struct certificate_list l = {0};
    int status;

    *out = NULL;
    if (name && !strcmp(name, "self"))
        return 0;
    if (!name && chain->count > 1)
        name = chain->certificates[1];
    if (!name) {
        diag("%s: state %s: leaf.issuer: missing, and no certificate follows "
             "the leaf",
             s->file, st->name);
        return -1;
    }
    status = push_named(c, &l, s->file, name);
    if (status == 0 && l.count > 0)
        *out = l.items[0];
    free(l.items);
    free(l.notes);
    return *out ? 0 : -1;
}

static int push_leaf(struct certificates *c, struct certificate_list *l,
                     const struct scenario *s, const struct state *st,
                     int ecdsa)
{
    const struct chain *chain = ecdsa ? &st->ecdsa : &st->rsa;
    struct pki_cert *issuer, *leaf;

    if (leaf_issuer(c, s, st, chain, &issuer))
        return -1;
    leaf = pki_want_leaf(c->pki, &st->leaf, issuer,
                         ecdsa ? "ec-p256" : "rsa-2048", st->endpoint, st->now);
    if (!leaf) {
        diag("%s: state %s: this leaf cannot be made", s->file, st->name);
        return -1;
    }
    return list_push(l, leaf);
}

static int want_chain(struct certificates *c, const struct scenario *s,
                      const struct state *st, int ecdsa)
{
    const struct chain *chain = ecdsa ? &st->ecdsa : &st->rsa;
    struct certificate_list *l;
    int status = 0;

    if (chain->count == 0)
        return 0;
    l = list_add(c, st, ecdsa);
    if (!l)
        return -1;
    for (size_t i = 0; i < chain->count && status == 0; i++)
        status = !strcmp(chain->certificates[i], "leaf")
                     ? push_leaf(c, l, s, st, ecdsa)
                     : push_named(c, l, s->file, chain->certificates[i]);
    return status;
}

int certificates_want_scenario(struct certificates *c, const struct scenario *s)
{
    for (size_t i = 0; i < s->states_count; i++)
        if (want_chain(c, s, &s->states[i], 0) ||
            want_chain(c, s, &s->states[i], 1))
            return -1;
    return 0;
}

static const struct identity *identity_find(const struct certificates *c,
                                            const char *kind,
                                            const struct state *st)
{
    for (size_t i = 0; i < c->identities_count; i++)
        if (c->identities[i].state == st &&
            (!kind || !strcmp(c->identities[i].kind, kind)))
            return &c->identities[i];
    return NULL;
}

int certificates_want_identity(struct certificates *c, const struct device *d,
                               const struct state *st)
{
    int asked = st->client_auth && strcmp(st->client_auth, "none") != 0;
    const char *kind = d->identity ? d->identity : "rsa-2048";
    struct identity *grown;

    if ((!d->identity && !asked) || identity_find(c, kind, st))
        return 0;
    grown = realloc(c->identities, (c->identities_count + 1) * sizeof *grown);
    if (!grown) {
        diag("out of memory");
        return -1;
    }
    c->identities = grown;
    grown += c->identities_count++;
    memset(grown, 0, sizeof *grown);
    grown->kind = kind;
    grown->state = st;
    grown->certificate = pki_want_identity(c->pki, kind, st->now, &grown->ca);
    return grown->certificate ? 0 : -1;
}

/* FNV-1a over the certificates' hashes: a name, not a proof. */
static uint64_t content_hash(struct pki_cert *const *items, size_t count)
{
    uint64_t h = 14695981039346656037U;

    for (size_t i = 0; i < count; i++)
        for (const char *s = pki_certificate_sha256(items[i]); *s; s++)
            h = (h ^ (uint8_t)*s) * 1099511628211U;
    return h;
}

static char *
write_content(const struct certificates *c, struct pki_cert *const *items,
              size_t count, const char *ending,
              int (*write)(struct pki_cert *const *, size_t, const char *))
{
    char *path = format("%s/%016" PRIx64 "-%zu.%s", c->work_dir,
                        content_hash(items, count), count, ending);

    if (path && !file_exists(path) && write(items, count, path)) {
        free(path);
        return NULL;
    }
    return path;
}

static int write_files(struct certificates *c)
{
    for (size_t i = 0; i < c->entries_count; i++) {
        struct certificate_list *l = &c->entries[i].list;

        l->path = write_content(c, l->items, l->count, "der", pki_write_der);
        if (!l->path)
            return -1;
    }
    for (size_t i = 0; i < c->identities_count; i++) {
        struct identity *id = &c->identities[i];

        id->path = write_content(c, &id->certificate, 1, "pem", pki_write_pem);
        id->ca_path = write_content(c, &id->ca, 1, "der", pki_write_der);
        if (!id->path || !id->ca_path)
            return -1;
    }
    return 0;
}

int certificates_mint(struct certificates *c, int jobs)
{
    if (pki_mint(c->pki, jobs) || file_mkdirs(c->work_dir, 0755))
        return -1;
    return write_files(c);
}

const struct certificate_list *
certificates_of_device(const struct certificates *c, const struct device *d)
{
    const struct entry *e = entry_find(c, d, 0);

    return e ? &e->list : NULL;
}

const struct certificate_list *
certificates_of_state(const struct certificates *c, const struct state *st,
                      int ecdsa)
{
    const struct entry *e = entry_find(c, st, ecdsa);

    return e ? &e->list : NULL;
}

const char *certificates_identity(const struct certificates *c,
                                  const struct device *d,
                                  const struct state *st, const char **key)
{
    const struct identity *id =
        d->identity ? identity_find(c, d->identity, st) : NULL;

    if (!id)
        return NULL;
    *key = pki_key_path(id->certificate);
    return id->path;
}

const char *certificates_identity_ca(const struct certificates *c,
                                     const struct state *st)
{
    const struct identity *id = identity_find(c, NULL, st);

    return id ? id->ca_path : NULL;
}
