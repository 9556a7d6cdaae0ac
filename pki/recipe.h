/* How to make one certificate: all its bytes but the public key and the
 * signature, and how to sign. The same for catalog entries, leaves and twins.
 */
#ifndef PKI_RECIPE_H
#define PKI_RECIPE_H

#include "pki/flaw.h"
#include "pki/key.h"

struct recipe {
    struct asn1_buf head; /* TBSCertificate's content before the SPKI */
    struct asn1_buf key_algorithm; /* the SPKI's AlgorithmIdentifier; empty: as
                                      the key says itself */
    uint8_t point_form;   /* of an EC key: 2 compressed, 6 hybrid, else 4 */
    struct asn1_buf tail; /* content behind the SPKI, if ready-made */
    struct asn1_buf extensions; /* else: Extensions one after another */
    struct asn1_buf signature_algorithm;
    struct signing signing;
    struct asn1_buf tbs; /* not empty: the whole TBSCertificate as it stays */
    size_t outer_wide, tbs_wide, bits_wide; /* asn1_wide of the parts */
    struct flaw flaw;
    size_t pad_to, pad_percent; /* 0: none */
};

void recipe_clear(struct recipe *r);
/* From a real certificate, which is checked on the way. Its signature is taken
 * for good. 0, or -1 with what cannot be twinned in `what`; if
 * signature_algorithm is filled then, it is a certificate all the same, which
 * recipe_keep_tbs and flaw_keep can keep. */
int recipe_from_real(struct recipe *r, const uint8_t *der, size_t size,
                     char what[static 80]);
/* Frees what is in the certificate once it is minted; what it was asked to be,
 * its size and its flaw, stays. */
void recipe_forget(struct recipe *r);
/* Is this SubjectPublicKeyInfo written as a twin's would be (RFC 5280 section
 * 4.1.2.7), so that nothing of it is mended on the way? */
int recipe_key_is_plain(const struct der_slice *spki, enum key_type type);
/* The certificate keeps the key it has and all else that is signed. */
void recipe_keep_tbs(struct recipe *r, const struct der_slice *tbs);
/* What an issuer with this kind of key signs with today. */
const struct algorithm *recipe_algorithm(const struct key_kind *issuer);
/* Puts the algorithm behind the certificate; its place in the head is the
 * caller's. */
void recipe_sign_with(struct recipe *r, const struct algorithm *a);
/* [0] version 3 and Validity for a head. */
void recipe_put_version(struct asn1_buf *b);
void recipe_put_validity(struct asn1_buf *b, int64_t from, int64_t to);
/* Makes the certificate, or takes it from the folder `cache` when these very
 * bytes were signed with this very key before. *made says which. 0, or -1
 * reported; `name` is for the message. */
int recipe_mint(const struct recipe *r, const char *name, const struct key *key,
                struct key *issuer, const char *cache, struct asn1_buf *out,
                int *made);

#endif
