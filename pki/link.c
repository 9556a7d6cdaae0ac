/* Who signed each real certificate, so that its twin is signed by the twin of
 * that key, as well or as badly. Three answers are told apart: a given
 * certificate's key made the signature; the issuer is given, and its key did
 * not; the issuer is not given, and then the signature counts as good. */
#include "pki/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/objects.h>

#include "base/diag.h"
#include "pki/prime.h"
#include "pki/signature.h"

enum { VERIFIERS = 64 };

struct verifier { /* public keys that were read last */
    const struct original *of;
    EVP_PKEY *key;
};

void link_free(struct pki *p)
{
    for (size_t i = 0; p->verifiers != NULL && i < VERIFIERS; i++)
        EVP_PKEY_free(p->verifiers[i].key);
    free(p->verifiers);
    p->verifiers = NULL;
}

static struct verifier *slot_of(struct pki *p, const struct original *o)
{
    if (p->verifiers == NULL)
        p->verifiers = calloc(VERIFIERS, sizeof *p->verifiers);
    if (p->verifiers == NULL)
        return NULL;
    return &p->verifiers[((size_t)o >> 6) % VERIFIERS];
}

void link_know(struct pki *p, const struct original *o, EVP_PKEY *key)
{
    struct verifier *v = slot_of(p, o);

    if (v == NULL || (key != NULL && !EVP_PKEY_up_ref(key)))
        return;
    EVP_PKEY_free(v->key);
    v->of = o;
    v->key = key;
}

/* Borrowed, until VERIFIERS others were asked for at worst. NULL: libcrypto
 * cannot read it. */
static EVP_PKEY *verifier(struct pki *p, const struct original *o)
{
    struct verifier *v = slot_of(p, o);

    if (v == NULL)
        return NULL;
    if (v->of != o) {
        EVP_PKEY_free(v->key);
        v->of = o;
        v->key = signature_key(o->der.data, o->der.size);
    }
    return v->key;
}

static int ids_equal(const struct der_slice *a, const uint8_t *id, size_t size)
{
    if (a->size == 0 || size == 0)
        return -1;
    return a->size == size && memcmp(a->data, id, size) == 0;
}

/* 1: the identifiers of issuer and subject are equal; 0: they differ; -1: one
 * side states none. */
static int ids_match(const struct original *subject,
                     const struct original *issuer)
{
    return ids_equal(&subject->authority_key_id, issuer->subject_key_id.data,
                     issuer->subject_key_id.size);
}

static struct pki_cert *namesakes(const struct pki *p, const struct original *o)
{
    return map_get(&p->originals_by_subject, o->issuer_id, NAME_ID);
}

/* Whose key made the signature; those that the key identifier names first. */
static struct pki_cert *good_issuer(struct pki *p, const struct original *o,
                                    const struct signature *s)
{
    for (int named = 1; named >= 0; named--) {
        struct pki_cert *c = namesakes(p, o);

        for (; c != NULL; c = c->original->next_same_subject)
            if ((ids_match(o, c->original) == 1) == named &&
                signature_check(s, verifier(p, c->original)) == SIGNATURE_GOOD)
                return c;
    }
    return NULL;
}

/* Whose key made it, were it well written. */
static struct pki_cert *form_issuer(struct pki *p, const struct original *o,
                                    const struct signature *s, struct flaw *f)
{
    struct pki_cert *c = namesakes(p, o);

    for (; c != NULL; c = c->original->next_same_subject) {
        if (ids_match(o, c->original) == 0)
            continue;
        if (flaw_find(f, s, verifier(p, c->original)) == SIGNATURE_GOOD)
            return c;
        flaw_clear(f);
    }
    return NULL;
}

/* A catalog CA by name and key identifier, whose real key is not given. A
 * guessed entry must not stand for a real one. */
static const struct catalog_entry *issuer_in_catalog(const struct pki *p,
                                                     const struct original *o)
{
    for (size_t i = 0; i < p->catalog->count; i++) {
        const struct catalog_entry *e = &p->catalog->entries[i];
        const struct real_fingerprints *real = e->key->text->real;
        struct der_slice subject = {e->subject.data, e->subject.size};
        uint8_t id[64];

        if (e->text->real != NULL && der_equal(&subject, &o->issuer) &&
            ids_equal(&o->authority_key_id, id, catalog_key_id(e, id)) != 0 &&
            (real == NULL ||
             map_get(&p->originals_by_key, real->spki_sha256, 64) == NULL))
            return e;
    }
    return NULL;
}

/* The given certificate that the signature claims to be of, which it is not. */
static struct pki_cert *claimed_issuer(struct pki *p, const struct original *o)
{
    struct pki_cert *c = namesakes(p, o), *likely = NULL;

    for (; c != NULL; c = c->original->next_same_subject) {
        int match = ids_match(o, c->original);

        if (match == 1)
            return c;
        if (match < 0)
            likely = c;
    }
    return likely;
}

/* The kind of key that makes a signature of this algorithm and length. */
static void stand_in_kind(struct pki_cert *c, size_t size, struct key_kind *out)
{
    const struct algorithm *a = c->recipe.signing.algorithm;
    enum algorithm_family family = a ? a->family : ALGORITHM_ECDSA;

    memset(out, 0, sizeof *out);
    if (family == ALGORITHM_RSA || family == ALGORITHM_RSA_PSS) {
        out->type = KEY_RSA;
        out->bits = (int)size * 8;
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

/* An issuer that nobody gave: one key per issuer's name and key identifier. No
 * RSA key makes a signature of any length: then the bytes stay. */
static struct key *stand_in(struct pki *p, struct pki_cert *c,
                            const struct signature *s)
{
    const struct original *o = c->original;
    struct asn1_buf all = {0};
    struct key_kind kind;
    char hash[65], id[80];

    asn1_put(&all, o->issuer.data, o->issuer.size);
    asn1_put(&all, o->authority_key_id.data, o->authority_key_id.size);
    world_sha256(all.data, all.size, hash);
    asn1_clear(&all);
    snprintf(id, sizeof id, "standin-%.40s", hash);
    stand_in_kind(c, s->value.size, &kind);
    if (kind.type == KEY_RSA &&
        (kind.bits < PRIME_MIN_RSA || kind.bits > PRIME_MAX_RSA)) {
        kind.bits = 2048;
        flaw_keep(&c->recipe.flaw, s);
    }
    return world_key(p, id, &kind);
}

/* The issuer is not among those that signed: is it given at all? */
static int link_claim(struct pki *p, struct pki_cert *c,
                      const struct signature *s)
{
    struct original *o = c->original;
    const struct catalog_entry *e = issuer_in_catalog(p, o);
    struct pki_cert *claimed = e == NULL ? claimed_issuer(p, o) : NULL;
    EVP_PKEY *key = NULL;

    if (claimed != NULL)
        key = verifier(p, claimed->original);
    flaw_find(&c->recipe.flaw, s, key);
    if (claimed != NULL && key == NULL)
        flaw_keep(&c->recipe.flaw, s);
    c->issuer = claimed;
    o->is_good = claimed == NULL;
    c->issuer_key = claimed ? claimed->key
                    : e     ? world_entry_key(p, e)
                            : stand_in(p, c, s);
    return c->issuer_key == NULL ? -1 : 0;
}

/* 0, or -1 reported. With `only_good` what is not simply good waits. */
static int link_one(struct pki *p, struct pki_cert *c, int only_good)
{
    struct original *o = c->original;
    struct signature s;

    if (signature_read(o->der.data, o->der.size, &s) != 0)
        return -1;
    c->issuer = good_issuer(p, o, &s);
    if (c->issuer == NULL && only_good)
        return 0;
    if (c->issuer == NULL)
        c->issuer = form_issuer(p, o, &s, &c->recipe.flaw);
    o->is_linked = 1;
    if (c->issuer == NULL)
        return link_claim(p, c, &s);
    o->is_good = 1;
    c->issuer_key = c->issuer->key;
    return 0;
}

static int waits(const struct pki_cert *c)
{
    return c->sort == CERT_TWIN && !c->original->is_linked;
}

void link_file(struct pki *p, size_t first)
{
    for (size_t i = first; i < p->certs_count; i++)
        if (waits(p->certs[i]))
            link_one(p, p->certs[i], 1);
}

/* What a kept key signed stays as it is, and so does its key. Returns how many
 * keys were kept anew, or -1 reported. */
static int keep_signed(struct pki *p)
{
    int kept = 0;

    for (size_t i = p->linked; i < p->certs_count; i++) {
        struct pki_cert *c = p->certs[i];

        if (c->sort != CERT_TWIN || !c->original->is_good ||
            !key_is_kept(c->issuer_key) || key_is_kept(c->key))
            continue;
        if (c->key->spki.size > 0 || strncmp(c->key->id, "twin-", 5) != 0) {
            diag("%s: it is signed by a key of which there is no twin (%s), "
                 "and its own has a twin already: leave one of both out",
                 c->name, c->issuer_key->kind.other);
            return -1;
        }
        if (key_keep(c->key, &c->original->spki) != 0)
            return -1;
        diag("%s: stays as it is, because a key of which there is no twin "
             "(%s) signed it",
             c->name, c->issuer_key->kind.other);
        kept++;
    }
    return kept;
}

/* What is kept goes into the recipe. */
static void keep_parts(struct pki_cert *c)
{
    const struct original *o = c->original;
    struct signature s;

    if (signature_read(o->der.data, o->der.size, &s) != 0)
        return;
    if (key_is_kept(c->key))
        recipe_keep_tbs(&c->recipe, &s.tbs);
    if (key_is_kept(c->issuer_key) || c->recipe.signing.algorithm == NULL)
        flaw_keep(&c->recipe.flaw, &s);
}

int link_all(struct pki *p)
{
    int kept = 0, status = 0;

    for (size_t i = p->linked; i < p->certs_count && status == 0; i++)
        if (waits(p->certs[i]))
            status = link_one(p, p->certs[i], 0);
    do {
        if (status == 0)
            kept = keep_signed(p);
    } while (status == 0 && kept > 0);
    if (kept < 0)
        status = -1;
    for (size_t i = p->linked; i < p->certs_count && status == 0; i++)
        if (p->certs[i]->sort == CERT_TWIN)
            keep_parts(p->certs[i]);
    if (status == 0)
        p->linked = p->certs_count;
    link_free(p);
    return status;
}
