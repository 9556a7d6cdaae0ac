/* Wants from pki for devices and states, found again by the device's or state's
 * address. Files are named by content, so that equal lists are one file and
 * concurrent runs may share the folder. */
#include "lab/certificates.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/file.h"
#include "lab/identities.h"
#include "lab/map.h"
#include "lab/settings.h"

/* Keys of the tables: a device's or a state's address, and which of its lists.
 */
struct owner {
    const void *of;
    size_t which;
};

struct entry {
    const struct scenario *scenario; /* of a state's chain, or NULL */
    const struct state *state;
    size_t chain;
    struct certificate_list list;
    char *keyless; /* its first certificate has no key of ours: as a note */
};

struct pins {
    struct trial_pin *items;
    size_t count;
};

struct certificates {
    struct pki *pki;
    int skip;           /* enum pki_skip */
    struct map entries; /* struct owner to struct entry */
    struct identities identities;
    struct map pins; /* device and scenario to struct pins */
};

static const char system_store[] = "/etc/ssl/certs/ca-certificates.crt";

struct certificates *certificates_new(int skip)
{
    struct certificates *c = calloc(1, sizeof *c);
    char *catalog = format("%s/pki/catalog", home_dir());
    char *templates = format("%s/pki/templates", home_dir());

    if (!c || !catalog || !templates)
        goto fail;
    c->skip = skip;
    c->pki = pki_new(catalog, templates, cache_dir());
    if (!c->pki)
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

static void entry_free(void *value)
{
    struct entry *e = value;

    if (!e)
        return;
    free(e->list.items);
    free(e->list.notes);
    free(e->list.settings);
    free(e->keyless);
    free(e);
}

static void pins_free(void *value)
{
    struct pins *p = value;

    if (p)
        free(p->items);
    free(p);
}

void certificates_free(struct certificates *c)
{
    if (!c)
        return;
    map_drop(&c->entries, entry_free);
    identities_clear(&c->identities);
    map_drop(&c->pins, pins_free);
    pki_free(c->pki);
    free(c);
}

struct pki *certificates_pki(struct certificates *c)
{
    return c->pki;
}

static struct entry *entry_find(const struct certificates *c, const void *owner,
                                size_t which)
{
    struct owner key = {owner, which};
    void **place = map_find(&c->entries, &key, sizeof key);

    return place ? *place : NULL;
}

/* A new entry; NULL reported. */
static struct entry *entry_add(struct certificates *c, const void *owner,
                               size_t which)
{
    struct owner key = {owner, which};
    void **place = map_place(&c->entries, &key, sizeof key);
    struct entry *e = place ? calloc(1, sizeof *e) : NULL;

    if (!e) {
        diag("out of memory");
        return NULL;
    }
    *place = e;
    return e;
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
    if (strchr(name, '.')) {
        diag("%s: %s is neither a certificate of the catalog (chainbreak list "
             "knows them) nor a file beside it",
             file ? file : "trust store", name);
        return -1;
    }
    cert = pki_want(c->pki, name);
    if (!cert) {
        if (file)
            diag("%s: this file asks for %s", file, name);
        return -1;
    }
    return list_push(l, cert);
}

int certificates_want_device(struct certificates *c, const struct device *d)
{
    struct entry *e;

    if (entry_find(c, d, 0))
        return 0;
    e = entry_add(c, d, 0);
    if (!e)
        return -1;
    for (size_t i = 0; i < d->trust_store_count; i++)
        if (push_named(c, &e->list, d->file, d->trust_store[i]))
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

int certificates_settle(struct certificates *c, const struct device *d,
                        int heeds)
{
    struct entry *e = entry_find(c, d, 0);

    return e ? settings_settle(&e->list, heeds) : 0;
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
    struct entry *e;
    int status = 0;

    if (chain->count == 0 || entry_find(c, st, (size_t)ecdsa))
        return 0;
    e = entry_add(c, st, (size_t)ecdsa);
    if (!e)
        return -1;
    e->scenario = s;
    e->state = st;
    e->chain = (size_t)ecdsa;
    for (size_t i = 0; i < chain->count && status == 0; i++)
        status = !strcmp(chain->certificates[i], "leaf")
                     ? push_leaf(c, &e->list, s, st, ecdsa)
                     : push_named(c, &e->list, s->file, chain->certificates[i]);
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

int certificates_want_identity(struct certificates *c, const struct device *d,
                               const struct state *st)
{
    int asked = st->client_auth && strcmp(st->client_auth, "none") != 0;
    const char *kind = d && d->identity ? d->identity : "rsa-2048";

    if (!(d && d->identity) && !asked)
        return 0;
    return identities_want(&c->identities, c->pki, kind, st);
}

static const char *first_left_out(const struct certificate_list *l)
{
    for (size_t i = 0; i < l->notes_count; i++)
        if (l->notes[i].kind == PKI_NOTE_LEFT_OUT)
            return l->notes[i].text;
    return NULL;
}

/* A chain is served with the key of its first certificate; one that something
 * is left out of is not served. */
static int check_key(struct entry *e, int skip)
{
    static const char *const names[CHAINS] = {"rsa", "ecdsa"};

    if (!e->state || e->list.count == 0 || first_left_out(&e->list) ||
        pki_key_path(e->list.items[0]))
        return 0;
    if (skip & PKI_SKIP_UNSUPPORTED) {
        e->keyless =
            format("%s: there is no key for it", pki_name(e->list.items[0]));
        return e->keyless ? 0 : -1;
    }
    diag("%s: state %s: chains.%s: there is no key for its first certificate, "
         "%s",
         e->scenario->file, e->state->name, names[e->chain],
         pki_name(e->list.items[0]));
    return -1;
}

static int check_keys(const struct certificates *c)
{
    for (size_t i = 0; i < c->entries.room; i++)
        for (struct map_entry *e = c->entries.buckets[i]; e; e = e->next)
            if (check_key(e->value, c->skip))
                return -1;
    return 0;
}

int certificates_check(struct certificates *c, int jobs)
{
    return pki_check(c->pki, jobs) ? -1 : check_keys(c);
}

int certificates_mint(struct certificates *c, int jobs)
{
    return certificates_check(c, jobs) ? -1 : pki_mint(c->pki, jobs);
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
    const struct entry *e = entry_find(c, st, (size_t)ecdsa);

    return e ? &e->list : NULL;
}

const char *certificates_left_out(const struct certificates *c,
                                  const struct state *st, int ecdsa)
{
    const struct entry *e = entry_find(c, st, (size_t)ecdsa);
    const char *text = e ? first_left_out(&e->list) : NULL;

    return text || !e ? text : e->keyless;
}

struct pki_cert *certificates_identity(const struct certificates *c,
                                       const struct device *d,
                                       const struct state *st)
{
    return d->identity ? identities_find(&c->identities, d->identity, st)
                       : NULL;
}

struct pki_cert *certificates_identity_ca(const struct certificates *c,
                                          const struct state *st)
{
    return identities_ca(&c->identities, st);
}

static int pin_push(struct pins *pins, const struct pin *p, int match,
                    const char *hash)
{
    size_t size = strlen(hash) + 1;
    struct trial_pin *grown =
        size <= sizeof grown->hash
            ? realloc(pins->items, (pins->count + 1) * sizeof *grown)
            : NULL;

    if (!grown) {
        diag("out of memory");
        return -1;
    }
    pins->items = grown;
    grown += pins->count++;
    grown->what = p->what;
    grown->match = (enum pin_match)match;
    memcpy(grown->hash, hash, size);
    return 0;
}

static int pin_push_certificate(struct certificates *c, struct pins *pins,
                                const struct pin *p, struct pki_cert *cert)
{
    const char *hash;

    if (pki_mint_these(c->pki, &cert, 1, 1))
        return -1;
    hash = p->match == PIN_SPKI_SHA256        ? pki_spki_sha256(cert)
           : p->match == PIN_CERTIFICATE_SHA1 ? pki_certificate_sha1(cert)
                                              : pki_certificate_sha256(cert);
    return pin_push(pins, p, p->match, hash);
}

/* A leaf is pinned as it is today: in the first state. */
static int pin_push_leaf(struct certificates *c, struct pins *pins,
                         const struct pin *p, const struct scenario *s)
{
    for (int i = 0; i < CHAINS; i++) {
        const struct certificate_list *l =
            certificates_of_state(c, &s->states[0], i);

        if (l && l->count > 0 && pin_push_certificate(c, pins, p, l->items[0]))
            return -1;
    }
    return 0;
}

static int pin_resolve(struct certificates *c, struct pins *pins,
                       const struct pin *p, const struct scenario *s,
                       const struct device *d)
{
    struct pki_cert *cert;
    const char *hash;
    int match;

    if (p->of && !strcmp(p->of, "leaf"))
        return pin_push_leaf(c, pins, p, s);
    if (p->of) {
        cert = certificates_named(c, d, p->of);
        return cert ? pin_push_certificate(c, pins, p, cert) : -1;
    }
    if (pki_pin(c->pki, p->sha256, &hash, &match))
        return -1;
    return pin_push(pins, p, match, hash);
}

int certificates_check_pins(struct certificates *c, const struct device *d)
{
    const char *hash;
    int match;

    for (size_t i = 0; i < d->pins_count; i++)
        if (!d->pins[i].of && pki_pin(c->pki, d->pins[i].sha256, &hash, &match))
            return -1;
    return 0;
}

int certificates_pins(struct certificates *c, const struct scenario *s,
                      const struct device *d, const struct trial_pin **out,
                      size_t *count)
{
    const void *key[2] = {d, s};
    void **place;
    struct pins *pins;

    *out = NULL;
    *count = 0;
    if (d->pins_count == 0)
        return 0;
    place = map_place(&c->pins, key, sizeof key);
    pins = place && *place ? *place : calloc(1, sizeof *pins);
    if (!place || !pins) {
        diag("out of memory");
        free(pins);
        return -1;
    }
    for (size_t i = 0; !*place && i < d->pins_count; i++)
        if (pin_resolve(c, pins, &d->pins[i], s, d)) {
            pins_free(pins);
            return -1;
        }
    *place = pins;
    *out = pins->items;
    *count = pins->count;
    return 0;
}
