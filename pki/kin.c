/* Who signed a certificate, and what would anchor it. Must not know chains. */
#include "pki/pki.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/sha.h>
#include <openssl/x509v3.h>

#include "base/diag.h"
#include "base/file.h"
#include "pki/signature.h"
#include "pki/world.h"

int pki_is_signed_by(const struct pki_cert *c, const struct pki_cert *issuer)
{
    EVP_PKEY *key = signature_key(issuer->der.data, issuer->der.size);
    struct signature s;
    int is = signature_read(c->der.data, c->der.size, &s) == 0 &&
             signature_check(&s, key) == SIGNATURE_GOOD;

    EVP_PKEY_free(key);
    return is;
}

static int name_is(const struct der_slice *a, const struct asn1_buf *b)
{
    return a->size == b->size && memcmp(a->data, b->data, a->size) == 0;
}

/* The catalog's self-signed certificate of that name and key. */
static struct pki_cert *catalog_issuer(struct pki *p, const struct pki_cert *c,
                                       const struct der_slice *name)
{
    for (size_t i = 0; i < p->catalog->count; i++) {
        const struct catalog_entry *e = &p->catalog->entries[i];

        if (e->issuer == e && name_is(name, &e->subject) &&
            world_entry_key(p, e) == c->issuer_key)
            return pki_want(p, e->text->name);
    }
    return NULL;
}

/* Among the certificates that are minted: self-signed, with this name and the
 * key that signed c. */
static struct pki_cert *known_issuer(struct pki *p, const struct pki_cert *c,
                                     const struct der_slice *name)
{
    for (size_t i = 0; i < p->certs_count; i++) {
        struct pki_cert *other = p->certs[i];
        struct der_certificate parts;

        if (other->key == c->issuer_key && other->issuer_key == other->key &&
            der_certificate_read(other->der.data, other->der.size, &parts) &&
            der_equal(&parts.subject, name) && der_equal(&parts.issuer, name))
            return other;
    }
    return NULL;
}

static int put_extension(struct asn1_buf *b, char *name, int critical,
                         char **words, unsigned count,
                         const struct extension_context *context)
{
    struct extension e = {.name = name,
                          .critical = critical,
                          .value = words,
                          .value_count = count};
    char why[120];

    return extension_put(b, &e, context, why);
}

/* The key identifier by which c asks for its issuer, else the key's own. */
static size_t wanted_key_id(struct pki_cert *c, uint8_t out[64])
{
    const unsigned char *p = c->der.data;
    X509 *x = d2i_X509(NULL, &p, (long)c->der.size);
    const ASN1_OCTET_STRING *id = x ? X509_get0_authority_key_id(x) : NULL;
    size_t size = id ? (size_t)ASN1_STRING_length(id) : 0;

    if (size > 0 && size <= 64)
        memcpy(out, ASN1_STRING_get0_data(id), size);
    else {
        key_identifier(c->issuer_key, out);
        size = 20;
    }
    X509_free(x);
    return size;
}

static int root_extensions(struct recipe *r, struct pki_cert *c)
{
    char basic[] = "basic-constraints", usage[] = "key-usage";
    char id[] = "subject-key-id", ca[] = "ca";
    char cert_sign[] = "cert-sign", crl_sign[] = "crl-sign";
    char *is_ca[] = {ca}, *signs[] = {cert_sign, crl_sign};
    uint8_t key_id[64];
    struct extension_context context = {
        .subject_key_id = {key_id, wanted_key_id(c, key_id)}};

    return put_extension(&r->extensions, basic, 1, is_ca, 1, &context) != 0 ||
                   put_extension(&r->extensions, usage, 1, signs, 2,
                                 &context) != 0 ||
                   put_extension(&r->extensions, id, 0, NULL, 0, &context) != 0
               ? -1
               : 0;
}

/* Wide dates: an anchor of its own must not add a reason to refuse. */
static int root_recipe(struct recipe *r, struct pki_cert *c,
                       const struct der_slice *name,
                       const struct der_slice *signer_name,
                       const struct key *signer)
{
    static const int64_t since = 946684800, until = 2493071999; /* 2000, 2048 */
    const struct algorithm *a = recipe_algorithm(&signer->kind);
    uint8_t hash[SHA256_DIGEST_LENGTH];

    SHA256(c->issuer_key->spki.data, c->issuer_key->spki.size, hash);
    hash[0] = (uint8_t)((hash[0] & 0x3f) | 0x40);
    recipe_put_version(&r->head);
    asn1_put_element(&r->head, ASN1_TAG_INTEGER, hash, 16);
    algorithm_put(&r->head, a);
    asn1_put(&r->head, signer_name->data, signer_name->size);
    recipe_put_validity(&r->head, c->not_before < since ? c->not_before : since,
                        c->not_after > until ? c->not_after : until);
    asn1_put(&r->head, name->data, name->size);
    recipe_sign_with(r, a);
    return root_extensions(r, c);
}

static struct pki_cert *new_issuer(struct pki *p, struct pki_cert *c,
                                   const struct der_slice *name,
                                   const struct der_slice *signer_name,
                                   struct key *signer)
{
    struct recipe recipe = {0};
    char *text = format("issuer of %s", c->name);
    struct pki_cert *made = NULL;

    if (text == NULL || root_recipe(&recipe, c, name, signer_name, signer) != 0)
        diag("%s: out of memory", c->name);
    else
        made = world_make(p, text, &recipe, c->issuer_key, signer);
    recipe_clear(&recipe);
    free(text);
    return made;
}

struct pki_cert *pki_issuer_certificate(struct pki *p, struct pki_cert *c)
{
    struct der_certificate parts;
    struct pki_cert *found;

    if (c->der.size == 0 && pki_mint(p, 1) != 0)
        return NULL;
    if (!der_certificate_read(c->der.data, c->der.size, &parts))
        return NULL;
    found = known_issuer(p, c, &parts.issuer);
    if (found == NULL)
        found = catalog_issuer(p, c, &parts.issuer);
    if (found == NULL && key_is_kept(c->issuer_key))
        return NULL;
    if (found == NULL)
        return new_issuer(p, c, &parts.issuer, &parts.issuer, c->issuer_key);
    if (found->der.size == 0 && pki_mint(p, 1) != 0)
        return NULL;
    return found;
}

struct pki_cert *pki_cross_sign(struct pki *p, struct pki_cert *c,
                                struct pki_cert *signer, const char **why)
{
    struct der_certificate parts, by;

    *why = "it cannot be minted";
    if ((c->der.size == 0 || signer->der.size == 0) && pki_mint(p, 1) != 0)
        return NULL;
    if (!der_certificate_read(c->der.data, c->der.size, &parts) ||
        !der_certificate_read(signer->der.data, signer->der.size, &by))
        return NULL;
    *why = "the key that signed it, or the signer's, is not ours";
    if (c->issuer_key == NULL || signer->key == NULL)
        return NULL;
    return new_issuer(p, c, &parts.issuer, &by.subject, signer->key);
}
