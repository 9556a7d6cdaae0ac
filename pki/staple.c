/* Makes OCSP responses. The responder is the leaf's issuer itself (RFC 6960
 * section 4.2.2.2), so that nothing need come with the response. It is named by
 * its name: a twin's key is another than its key identifier is of. */
#include "pki/staple.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/x509.h>

#include "base/diag.h"
#include "pki/world.h"

enum { DAY = 24 * 60 * 60, WEEK = 7 * DAY };

int pki_can_staple(const struct pki_cert *leaf)
{
    return leaf->issuer_key != NULL && !key_is_kept(leaf->issuer_key);
}

static X509 *certificate_of(const struct pki_cert *c)
{
    const unsigned char *at = c->der.data;

    return d2i_X509(NULL, &at, (long)c->der.size);
}

/* Name and key of who issued the leaf: all that a response has of it. */
static X509 *issuer_of(const X509 *leaf, EVP_PKEY *key)
{
    X509 *issuer = X509_new();

    if (issuer != NULL &&
        X509_set_subject_name(issuer, X509_get_issuer_name(leaf)) == 1 &&
        X509_set_pubkey(issuer, key) == 1)
        return issuer;
    X509_free(issuer);
    return NULL;
}

/* The library would write the machine's time as producedAt, and has no call
 * that sets it. */
static int produced_set(OCSP_BASICRESP *b, int64_t at)
{
    ASN1_GENERALIZEDTIME *produced =
        (ASN1_GENERALIZEDTIME *)OCSP_resp_get0_produced_at(b);

    return ASN1_GENERALIZEDTIME_set(produced, at) != NULL;
}

/* What is said of the leaf, with thisUpdate and nextUpdate around now, or a
 * week earlier. */
static int status_add(OCSP_BASICRESP *b, X509 *leaf, X509 *issuer,
                      enum staple what, int64_t now)
{
    int status = what == STAPLE_REVOKED   ? V_OCSP_CERTSTATUS_REVOKED
                 : what == STAPLE_UNKNOWN ? V_OCSP_CERTSTATUS_UNKNOWN
                                          : V_OCSP_CERTSTATUS_GOOD;
    int64_t from = now - DAY - (what == STAPLE_EXPIRED ? WEEK : 0);
    OCSP_CERTID *id = OCSP_cert_to_id(EVP_sha1(), leaf, issuer);
    ASN1_TIME *start = ASN1_GENERALIZEDTIME_set(NULL, from);
    ASN1_TIME *end = ASN1_GENERALIZEDTIME_set(NULL, from + WEEK);
    int added =
        id != NULL && start != NULL && end != NULL &&
        OCSP_basic_add1_status(b, id, status, OCSP_REVOKED_STATUS_KEYCOMPROMISE,
                               start, start, end) != NULL &&
        produced_set(b, from);

    OCSP_CERTID_free(id);
    ASN1_TIME_free(start);
    ASN1_TIME_free(end);
    return added;
}

/* EdDSA hashes for itself. */
static const EVP_MD *hash_for(const EVP_PKEY *key)
{
    int id = EVP_PKEY_get_base_id(key);

    return id == EVP_PKEY_ED25519 || id == EVP_PKEY_ED448 ? NULL : EVP_sha256();
}

static int sign(OCSP_BASICRESP *b, X509 *signer, EVP_PKEY *key, int is_direct)
{
    return OCSP_basic_sign(b, signer, key, hash_for(key), NULL,
                           OCSP_NOTIME | (is_direct ? OCSP_NOCERTS : 0ul));
}

static OCSP_RESPONSE *response_make(const struct pki_cert *c, enum staple what,
                                    int64_t now)
{
    EVP_PKEY *key = key_private(c->issuer_key);
    EVP_PKEY *own = what == STAPLE_WRONG_RESPONDER ? key_private(c->key) : NULL;
    X509 *leaf = certificate_of(c);
    X509 *issuer = leaf && key ? issuer_of(leaf, key) : NULL;
    OCSP_BASICRESP *b = OCSP_BASICRESP_new();
    OCSP_RESPONSE *r = NULL;

    if (what == STAPLE_TRY_LATER)
        r = OCSP_response_create(OCSP_RESPONSE_STATUS_TRYLATER, NULL);
    else if (issuer && b && status_add(b, leaf, issuer, what, now) &&
             (own ? sign(b, leaf, own, 0) : sign(b, issuer, key, 1)))
        r = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, b);
    OCSP_BASICRESP_free(b);
    X509_free(issuer);
    X509_free(leaf);
    return r;
}

uint8_t *pki_staple(const struct pki_cert *leaf, enum staple what, int64_t now,
                    size_t *size)
{
    OCSP_RESPONSE *r =
        pki_can_staple(leaf) ? response_make(leaf, what, now) : NULL;
    unsigned char *der = NULL;
    int n = r ? i2d_OCSP_RESPONSE(r, &der) : -1;
    uint8_t *out = n > 0 ? malloc((size_t)n) : NULL;

    /* Its first half is no element that ends. */
    *size = n > 0 ? (size_t)n / (what == STAPLE_MALFORMED ? 2 : 1) : 0;
    if (out != NULL)
        memcpy(out, der, (size_t)n);
    else
        diag("%s: no OCSP response about it can be made", leaf->name);
    OPENSSL_free(der);
    OCSP_RESPONSE_free(r);
    ERR_clear_error();
    return out;
}
