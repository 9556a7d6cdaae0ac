/* A certificate like another but for what is asked. Takes the minted one apart,
 * changes the pieces, and has it signed anew. Must not know where it came from.
 */
#include "pki/pki.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/objects.h>

#include "base/diag.h"
#include "base/file.h"
#include "pki/amend.h"
#include "pki/world.h"

static const char no_memory[] = "memory is out";

struct pieces { /* of a TBSCertificate (RFC 5280 section 4.1) */
    struct der_slice version, serial, algorithm, issuer, validity, subject;
    struct der_slice ids; /* unique identifiers */
    struct amend extensions;
};

/* The unique identifiers and the extensions behind the SPKI. */
static int tail_read(struct pieces *out, struct der_slice rest)
{
    struct der_slice content, list;
    const uint8_t *start = rest.data;
    uint8_t tag;

    out->ids = (struct der_slice){start, 0};
    while (rest.size > 0) {
        if (asn1_next(&rest, &tag, &content, NULL) != 0)
            return -1;
        if (tag != 0xa3) {
            out->ids.size = (size_t)(rest.data - start);
            continue;
        }
        if (asn1_expect(&content, ASN1_TAG_SEQUENCE, &list, NULL) != 0)
            return -1;
        return rest.size == 0 ? amend_read(&out->extensions, &list) : -1;
    }
    return 0;
}

static int pieces_read(struct pieces *out, const struct asn1_buf *der)
{
    struct der_slice rest = {der->data, der->size}, outer, tbs;
    struct der_slice *const parts[] = {&out->serial, &out->algorithm,
                                       &out->issuer, &out->validity,
                                       &out->subject};
    uint8_t tag;

    memset(out, 0, sizeof *out);
    if (asn1_expect(&rest, ASN1_TAG_SEQUENCE, &outer, NULL) != 0 ||
        asn1_expect(&outer, ASN1_TAG_SEQUENCE, &tbs, NULL) != 0)
        return -1;
    if (asn1_expect(&tbs, 0xa0, NULL, &out->version) != 0) /* version 1 */
        out->version = (struct der_slice){tbs.data, 0};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (asn1_next(&tbs, &tag, NULL, parts[i]) != 0)
            return -1;
    if (asn1_expect(&tbs, ASN1_TAG_SEQUENCE, NULL, NULL) != 0)
        return -1;
    return tail_read(out, tbs);
}

/* What is asked of the extensions. 0, or -1 with *why. */
static int extensions_vary(struct amend *a, const struct pki_variation *v,
                           const char **why)
{
    char oid[128] = "";
    struct der_slice value;

    if (v->drop_extension != NULL) {
        ASN1_OBJECT *object = OBJ_txt2obj(v->drop_extension, 0);

        if (object != NULL)
            OBJ_obj2txt(oid, sizeof oid, object, 1);
        ASN1_OBJECT_free(object);
        *why = "it has no such extension";
        if (oid[0] == '\0' || amend_find(a, oid, &value) != 0)
            return -1;
        amend_drop(a, oid);
    }
    if (v->set_ca)
        amend_ca(a);
    if (v->set_server_auth)
        amend_server(a);
    if (v->shrink_names_to > 0)
        amend_names_keep(a, v->shrink_names_to);
    *why = "the name is neither DNS: nor IP:";
    if (v->add_name != NULL && amend_names_add(a, v->add_name) != 0)
        return -1;
    *why = no_memory;
    return a->failed ? -1 : 0;
}

/* The plain algorithm of the issuer's key with this digest; NULL: none. */
static const struct algorithm *algorithm_for(const struct key *issuer,
                                             const char *digest)
{
    char name[64];

    if (issuer->kind.type == KEY_ED25519 || issuer->kind.type == KEY_ED448)
        return recipe_algorithm(&issuer->kind);
    if (issuer->kind.type == KEY_EC)
        snprintf(name, sizeof name, "ecdsa-%.16s", digest);
    else
        snprintf(name, sizeof name, "%.16s-rsa%s", digest,
                 issuer->kind.type == KEY_RSA_PSS ? "-pss" : "");
    return algorithm_by_name(name);
}

static void head_put(struct asn1_buf *b, const struct pieces *part,
                     const struct pki_cert *c, const struct pki_variation *v,
                     const struct algorithm *a)
{
    /* Extensions need version 3 (RFC 5280 section 4.1.2.1). */
    if (part->version.size == 0 && part->extensions.count > 0)
        recipe_put_version(b);
    asn1_put(b, part->version.data, part->version.size);
    asn1_put(b, part->serial.data, part->serial.size);
    if (a != NULL)
        algorithm_put(b, a);
    else
        asn1_put(b, part->algorithm.data, part->algorithm.size);
    asn1_put(b, part->issuer.data, part->issuer.size);
    if (v->not_before != NULL || v->not_after != NULL)
        recipe_put_validity(b, v->not_before ? *v->not_before : c->not_before,
                            v->not_after ? *v->not_after : c->not_after);
    else
        asn1_put(b, part->validity.data, part->validity.size);
    asn1_put(b, part->subject.data, part->subject.size);
}

/* 0, or -1 with *why. */
static int recipe_vary(struct recipe *r, const struct pki_cert *c,
                       const struct pki_variation *v, const char **why)
{
    const struct algorithm *a = NULL;
    struct pieces part;
    char what[80];
    int status = -1;

    *why = "its bytes are not as RFC 5280 has them";
    if (pieces_read(&part, &c->der) != 0 ||
        recipe_from_real(r, c->der.data, c->der.size, what) != 0)
        goto out;
    if (v->signature != NULL) {
        a = algorithm_for(c->issuer_key, v->signature);
        *why = "its issuer's key makes no such signature";
        if (a == NULL)
            goto out;
        asn1_clear(&r->signature_algorithm);
        recipe_sign_with(r, a);
    }
    if (extensions_vary(&part.extensions, v, why) != 0)
        goto out;
    asn1_clear(&r->head);
    asn1_clear(&r->tail);
    head_put(&r->head, &part, c, v, a);
    asn1_put(&r->tail, part.ids.data, part.ids.size);
    amend_put(&part.extensions, &r->extensions);
    if (v->key != NULL || key_is_kept(c->key))
        asn1_clear(&r->key_algorithm); /* as that key is written itself */
    if (!r->head.failed && !r->tail.failed && !r->extensions.failed)
        status = 0;
out:
    amend_clear(&part.extensions);
    return status;
}

/* Another key of this certificate, one per kind. */
static struct key *key_vary(struct pki *p, const struct pki_cert *c,
                            const char *kind_name, const char **why)
{
    struct key_kind kind;
    char id[80];

    *why = "there is no such kind of key";
    if (key_kind_parse(kind_name, &kind) != 0)
        return NULL;
    *why = no_memory;
    snprintf(id, sizeof id, "varied-%.40s", c->spki_sha256);
    return world_key(p, id, &kind);
}

struct pki_cert *pki_vary(struct pki *p, struct pki_cert *c,
                          const struct pki_variation *v, const char **why)
{
    struct recipe recipe = {0};
    struct key *key = c->key;
    struct pki_cert *made = NULL;

    *why = "it cannot be minted";
    if (c->der.size == 0 && pki_mint(p, 1) != 0)
        return NULL;
    *why = "the key that signed it is not ours";
    if (key_is_kept(c->issuer_key))
        return NULL;
    if (v->key != NULL)
        key = key_vary(p, c, v->key, why);
    if (key != NULL && recipe_vary(&recipe, c, v, why) == 0) {
        *why = "it cannot be minted";
        made = world_make(p, c->name, &recipe, key, c->issuer_key);
    }
    recipe_clear(&recipe);
    return made;
}

/* The key of the same name in another set: "name~2". */
static struct key *key_in_set(struct pki *p, struct key *k, int set)
{
    char kind[64];
    char *id = NULL;
    struct key *key = NULL;

    if (key_is_kept(k))
        return k;
    key_kind_name(&k->kind, kind);
    id = format("%.*s~%d", (int)(strlen(k->id) - strlen(kind) - 1), k->id, set);
    if (id == NULL)
        diag("%s: out of memory", k->id);
    else
        key = world_key(p, id, &k->kind);
    free(id);
    return key;
}

/* The recipe of c as it is minted, with what is wrong and what is kept. */
static int recipe_again(struct recipe *r, const struct pki_cert *c)
{
    struct signature s;
    char what[80];

    if (recipe_from_real(r, c->der.data, c->der.size, what) != 0 &&
        r->signature_algorithm.size == 0) {
        diag("%s: %s", c->name, what);
        return -1;
    }
    if (signature_read(c->der.data, c->der.size, &s) != 0)
        return -1;
    flaw_copy(&r->flaw, &c->recipe.flaw);
    if (key_is_kept(c->key))
        recipe_keep_tbs(r, &s.tbs);
    /* A size that was asked for is kept. */
    if (c->recipe.pad_to > 0 || c->recipe.pad_percent > 0)
        r->pad_to = c->der.size;
    return 0;
}

/* As c in all but its key and who signs it. */
static struct pki_cert *alternative_new(struct pki *p, struct pki_cert *c,
                                        int set)
{
    struct key *key = key_in_set(p, c->key, set);
    struct key *issuer = key_in_set(p, c->issuer_key, set);
    struct recipe recipe = {0};
    struct pki_cert *made = NULL;

    if (key == NULL || issuer == NULL)
        return NULL;
    if (key == c->key && issuer == c->issuer_key)
        return c;
    if (recipe_again(&recipe, c) == 0)
        made = world_make(p, c->name, &recipe, key, issuer);
    recipe_clear(&recipe);
    return made;
}

struct pki_cert *pki_alternative(struct pki *p, struct pki_cert *c, int set)
{
    struct pki_cert *found = c;

    if (set < 2)
        return c;
    if (c->der.size == 0 && pki_mint(p, 1) != 0)
        return NULL;
    while (found != NULL && found->set != set)
        found = found->next_set;
    if (found != NULL)
        return found;
    found = alternative_new(p, c, set);
    if (found != NULL && found != c) {
        found->set = set;
        found->next_set = c->next_set;
        c->next_set = found;
    }
    return found;
}
