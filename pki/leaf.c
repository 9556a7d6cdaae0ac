/* Leaves and catalog entries: from words to a recipe. Must not know files. */
#include "pki/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/sha.h>
#include <openssl/x509v3.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/quantity.h"

enum { MAX_CERTIFICATE = 1 << 20 };

static void strings_drop(char **list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(list[i]);
    free(list);
}

void leaf_free(struct leaf *l)
{
    if (l == NULL)
        return;
    strings_drop(l->names, l->names_count);
    strings_drop(l->purposes, l->purposes_count);
    free(l->endpoint);
    free(l);
}

/* A copy of the list with placeholders filled in; duplicates are left out
 * (an endpoint without a dot is its own wildcard). */
static int strings_expand(char ***out, size_t *count, char *const *list,
                          size_t n, const char *endpoint)
{
    *out = calloc(n + 1, sizeof(char *));
    *count = 0;
    for (size_t i = 0; *out != NULL && i < n; i++) {
        char *text = template_expand(list[i], endpoint, NULL);
        size_t k = 0;

        if (text == NULL)
            return -1;
        while (k < *count && strcmp((*out)[k], text) != 0)
            k++;
        if (k < *count)
            free(text);
        else
            (*out)[(*count)++] = text;
    }
    return *out == NULL ? -1 : 0;
}

/* Short names, so that their number and not their size is what counts. */
static int names_fill(struct leaf *l, int64_t total)
{
    size_t want = total > 0 ? (size_t)total : 0;
    char **grown;

    if (want == 0)
        return 0;
    if (l->names_count > want) {
        diag("leaf: names_total: %zu, but %zu names are listed", want,
             l->names_count);
        return -1;
    }
    grown = realloc(l->names, (want + 1) * sizeof *grown);
    if (grown == NULL)
        return -1;
    l->names = grown;
    for (size_t k = 1; l->names_count < want; k++) {
        char *name = format("n%zu.example", k);

        if (name == NULL)
            return -1;
        l->names[l->names_count++] = name;
    }
    return 0;
}

static int leaf_times(struct leaf *l, const struct leaf_spec *spec, int64_t now)
{
    const char *from = spec->not_before, *to = spec->not_after;

    if (from == NULL)
        from = l->template->not_before;
    if (to == NULL)
        to = l->template->not_after;
    if (time_parse_relative(from, now, &l->not_before) != 0) {
        diag("leaf: not_before: '%s': neither a time nor a duration", from);
        return -1;
    }
    if (time_parse_relative(to, now, &l->not_after) != 0 ||
        l->not_after < l->not_before) {
        diag("leaf: not_after: '%s': not a time after not_before", to);
        return -1;
    }
    return 0;
}

static int leaf_pad(struct leaf *l, const struct leaf_spec *spec)
{
    if (spec->pad_to < 0 || spec->pad_to > MAX_CERTIFICATE ||
        spec->pad_percent < 0 || spec->pad_percent > 10000) {
        diag("leaf: pad_to, pad_percent: out of range");
        return -1;
    }
    if (spec->pad_to > 0 && spec->pad_percent > 0) {
        diag("leaf: pad_to and pad_percent: give one of both");
        return -1;
    }
    l->pad_to = (size_t)spec->pad_to;
    l->pad_percent = (size_t)spec->pad_percent;
    return 0;
}

static struct leaf *leaf_new(const struct pki *p, const struct leaf_spec *spec,
                             const char *endpoint, int64_t now)
{
    const char *wanted =
        spec->template_name ? spec->template_name : "iot-data-ats";
    struct leaf *l = calloc(1, sizeof *l);
    char *const *names = spec->names;
    size_t count = spec->names_count;

    if (l == NULL)
        return NULL;
    l->template = template_find(p->templates, wanted);
    if (l->template == NULL) {
        diag("leaf: template: '%s': there is no pki/templates/%s.yaml", wanted,
             wanted);
        goto fail;
    }
    if (count == 0) {
        names = l->template->names;
        count = l->template->names_count;
    }
    l->serial = spec->serial ? strtoll(spec->serial, NULL, 10) : -1;
    l->endpoint = format("%s", endpoint);
    if (l->endpoint == NULL || leaf_times(l, spec, now) != 0 ||
        leaf_pad(l, spec) != 0 ||
        strings_expand(&l->names, &l->names_count, names, count, endpoint) !=
            0 ||
        names_fill(l, spec->names_total) != 0 ||
        strings_expand(&l->purposes, &l->purposes_count,
                       spec->extended_key_usage, spec->extended_key_usage_count,
                       endpoint) != 0)
        goto fail;
    return l;
fail:
    leaf_free(l);
    return NULL;
}

static int strings_equal(char *const *a, size_t a_count, char *const *b,
                         size_t b_count)
{
    if (a_count != b_count)
        return 0;
    for (size_t i = 0; i < a_count; i++)
        if (strcmp(a[i], b[i]) != 0)
            return 0;
    return 1;
}

static int leaf_equal(const struct leaf *a, const struct leaf *b)
{
    return a->template == b->template &&
           strcmp(a->endpoint, b->endpoint) == 0 &&
           a->not_before == b->not_before && a->not_after == b->not_after &&
           a->serial == b->serial && a->pad_to == b->pad_to &&
           a->pad_percent == b->pad_percent &&
           strings_equal(a->names, a->names_count, b->names, b->names_count) &&
           strings_equal(a->purposes, a->purposes_count, b->purposes,
                         b->purposes_count);
}

/* Leaves of the same key and endpoint hang together in one list. */
static struct pki_cert *leaf_known(const struct pki *p, const struct leaf *l,
                                   const struct key *key,
                                   const struct pki_cert *issuer)
{
    struct pki_cert *c = map_get(&p->leaves, &key, sizeof(struct key *));

    for (; c != NULL; c = c->next_same_key)
        if ((c->issuer == issuer || (issuer == NULL && c->issuer == c)) &&
            leaf_equal(c->leaf, l))
            return c;
    return NULL;
}

static int leaf_remember(struct pki *p, struct pki_cert *c)
{
    c->next_same_key = map_get(&p->leaves, &c->key, sizeof(struct key *));
    if (map_put(&p->leaves, &c->key, sizeof(struct key *), c) == 0)
        return 0;
    diag("leaf: out of memory");
    return -1;
}

/* A leaf's key is one per template, issuer and kind: a renewed leaf under the
 * same issuer keeps its key, a leaf of another issuer has another. */
static struct key *leaf_key(struct pki *p, const struct leaf *l,
                            const struct pki_cert *issuer,
                            const struct key_kind *kind)
{
    char *id = format("leaf-%s-%s", l->template->template,
                      issuer ? issuer->key->id : "self");
    struct key *key = id ? world_key(p, id, kind) : NULL;

    free(id);
    return key;
}

struct pki_cert *pki_want_leaf(struct pki *p, const struct leaf_spec *spec,
                               struct pki_cert *issuer, const char *key_default,
                               const char *endpoint, int64_t now)
{
    const char *kind_name = spec->key ? spec->key : key_default;
    struct leaf *l = NULL;
    struct key *key = NULL;
    struct key_kind kind;
    struct pki_cert *c;

    if (kind_name == NULL)
        kind_name = "rsa-2048";
    if (key_kind_parse(kind_name, &kind) != 0) {
        diag("leaf: key: '%s' is not a kind of key (rsa-2048, ec-p256, ...)",
             kind_name);
        return NULL;
    }
    l = leaf_new(p, spec, endpoint, now);
    if (l != NULL)
        key = leaf_key(p, l, issuer, &kind);
    c = key != NULL ? leaf_known(p, l, key, issuer) : NULL;
    if (c != NULL) {
        leaf_free(l);
        return c;
    }
    c = key != NULL ? world_cert(p, "leaf", CERT_LEAF) : NULL;
    if (c == NULL) {
        leaf_free(l);
        return NULL;
    }
    c->leaf = l;
    c->key = key;
    c->issuer = issuer ? issuer : c;
    c->issuer_key = c->issuer->key;
    return leaf_remember(p, c) == 0 ? c : NULL;
}

struct pki_cert *pki_want_identity(struct pki *p, const char *kind, int64_t now,
                                   struct pki_cert **ca)
{
    struct leaf_spec spec = {0};
    char template[] = "device", device[] = "chainbreak-device";

    *ca = pki_want(p, "chainbreak-device-ca");
    if (*ca == NULL)
        return NULL;
    spec.template_name = template;
    return pki_want_leaf(p, &spec, *ca, kind, device, now);
}

/* Key identifier that a certificate states in its own SKID. */
static size_t cert_key_id(const struct pki_cert *c, uint8_t out[64])
{
    size_t size = 0;

    if (c->entry != NULL)
        size = catalog_key_id(c->entry, out);
    if (size == 0 && c->original != NULL &&
        c->original->subject_key_id.size <= 64) {
        size = c->original->subject_key_id.size;
        memcpy(out, c->original->subject_key_id.data, size);
    }
    if (size > 0)
        return size;
    key_identifier(c->key, out);
    return 20;
}

/* The issuer of a catalog entry, which may not be wanted itself. */
static size_t entry_issuer_id(const struct pki_cert *c, uint8_t out[64])
{
    size_t size = catalog_key_id(c->entry->issuer, out);

    if (size > 0)
        return size;
    key_identifier(c->issuer_key, out);
    return 20;
}

static int put_subject(struct asn1_buf *b, const struct leaf *l)
{
    const struct template *t = l->template;
    struct name_part parts[32] = {{0}};
    int status = 0;

    for (unsigned i = 0; i < t->subject_count; i++) {
        parts[i] = t->subject[i];
        parts[i].value =
            template_expand(t->subject[i].value, l->endpoint,
                            l->names_count > 0 ? l->names[0] : NULL);
        if (parts[i].value == NULL)
            status = -1;
    }
    if (status == 0)
        status = catalog_put_name(b, parts, t->subject_count);
    for (unsigned i = 0; i < t->subject_count; i++)
        free(parts[i].value);
    return status;
}

/* The subject DER of a certificate that may not be minted yet. */
static int put_subject_of(struct asn1_buf *b, const struct pki_cert *c)
{
    if (c->entry != NULL) {
        asn1_put(b, c->entry->subject.data, c->entry->subject.size);
        return 0;
    }
    if (c->original != NULL) {
        const struct der_slice *subject = &c->original->subject;

        asn1_put(b, subject->data, subject->size);
        return 0;
    }
    if (c->leaf == NULL) { /* made after another one, so minted */
        struct der_certificate parts;

        if (!der_certificate_read(c->der.data, c->der.size, &parts))
            return -1;
        asn1_put(b, parts.subject.data, parts.subject.size);
        return 0;
    }
    return put_subject(b, c->leaf);
}

/* The number that was asked for, in as few bytes as DER wants. */
static void put_number(struct asn1_buf *b, int64_t number)
{
    uint8_t bytes[9] = {0};
    size_t from;

    for (size_t i = 0; i < 8; i++)
        bytes[8 - i] = (uint8_t)((uint64_t)number >> (8 * i));
    for (from = 0; from < 8 && bytes[from] == 0 && bytes[from + 1] < 0x80;)
        from++;
    asn1_put_element(b, ASN1_TAG_INTEGER, bytes + from, 9 - from);
}

/* A serial that follows from the content: 16 bytes, positive, not zero. */
static void put_serial(struct asn1_buf *b, const struct pki_cert *c)
{
    struct asn1_buf all = {0};
    uint8_t hash[SHA256_DIGEST_LENGTH];

    if (c->leaf->serial >= 0) {
        put_number(b, c->leaf->serial);
        return;
    }
    asn1_put(&all, c->key->spki.data, c->key->spki.size);
    asn1_put(&all, c->issuer_key->spki.data, c->issuer_key->spki.size);
    asn1_put_time(&all, c->leaf->not_before);
    asn1_put_time(&all, c->leaf->not_after);
    asn1_put(&all, c->leaf->endpoint, strlen(c->leaf->endpoint));
    SHA256(all.data, all.size, hash);
    asn1_clear(&all);
    hash[0] = (uint8_t)((hash[0] & 0x3f) | 0x40);
    asn1_put_element(b, ASN1_TAG_INTEGER, hash, 16);
}

static int put_extensions(struct pki_cert *c, const struct extension *list,
                          unsigned count,
                          const struct extension_context *context)
{
    char why[120];

    for (unsigned i = 0; i < count; i++) {
        const struct extension *e = &list[i];

        /* RFC 5280 section 4.2.1.6: "the sequence MUST contain at least one
         * entry". */
        if (e->name && strcmp(e->name, "subject-alt-names") == 0 &&
            e->value_count == 0 && context->names_count == 0)
            continue;
        if (extension_put(&c->recipe.extensions, e, context, why) != 0) {
            diag("%s: %s", c->name, why);
            return -1;
        }
    }
    return 0;
}

static int entry_recipe(struct pki_cert *c, struct extension_context *context)
{
    const struct catalog_entry *e = c->entry;
    struct asn1_buf *head = &c->recipe.head;

    recipe_put_version(head);
    asn1_put_element(head, ASN1_TAG_INTEGER, e->serial.data, e->serial.size);
    algorithm_put(head, e->signature);
    asn1_put(head, e->issuer->subject.data, e->issuer->subject.size);
    recipe_put_validity(head, e->not_before, e->not_after);
    asn1_put(head, e->subject.data, e->subject.size);
    recipe_sign_with(&c->recipe, e->signature);
    return put_extensions(c, e->text->extensions, e->text->extensions_count,
                          context);
}

static int own_recipe(struct pki_cert *c, struct extension_context *context)
{
    const struct leaf *l = c->leaf;
    const struct algorithm *a = recipe_algorithm(&c->issuer_key->kind);
    struct asn1_buf *head = &c->recipe.head;

    recipe_put_version(head);
    put_serial(head, c);
    algorithm_put(head, a);
    if (put_subject_of(head, c->issuer) != 0)
        return -1;
    recipe_put_validity(head, l->not_before, l->not_after);
    if (put_subject(head, l) != 0)
        return -1;
    recipe_sign_with(&c->recipe, a);
    c->recipe.pad_to = l->pad_to;
    c->recipe.pad_percent = l->pad_percent;
    context->names = l->names;
    context->names_count = l->names_count;
    context->purposes = l->purposes;
    context->purposes_count = l->purposes_count;
    return put_extensions(c, l->template->extensions,
                          l->template->extensions_count, context);
}

/* With key identifiers of zeros: what can be wrong are names and serials. */
int leaf_check(const struct pki_cert *c)
{
    static const uint8_t zeros[20];
    struct extension_context context = {
        .subject_key_id = {zeros, sizeof zeros},
        .issuer_key_id = {zeros, sizeof zeros},
    };
    struct pki_cert scrap = {
        .name = c->name,
        .leaf = c->leaf,
        .issuer = c->issuer,
        .key = c->key,
        .issuer_key = c->issuer_key,
    };
    int status = own_recipe(&scrap, &context);

    recipe_clear(&scrap.recipe);
    return status;
}

int leaf_recipe(struct pki_cert *c)
{
    uint8_t own[64], issuers[64];
    struct extension_context context = {0};

    context.subject_key_id = (struct der_slice){own, cert_key_id(c, own)};
    context.issuer_key_id.data = issuers;
    context.issuer_key_id.size = c->sort == CERT_LEAF
                                     ? cert_key_id(c->issuer, issuers)
                                     : entry_issuer_id(c, issuers);
    return c->sort == CERT_LEAF ? own_recipe(c, &context)
                                : entry_recipe(c, &context);
}
