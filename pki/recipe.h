/* How to make one certificate: all its bytes but the public key and the
 * signature, and how to sign. The same for catalog entries, leaves and twins.
 */
#ifndef PKI_RECIPE_H
#define PKI_RECIPE_H

#include "pki/algorithm.h"
#include "pki/key.h"

struct recipe {
    struct asn1_buf head; /* TBSCertificate's content before the SPKI */
    struct asn1_buf key_algorithm; /* the SPKI's AlgorithmIdentifier; empty: as
                                      the key says itself */
    int compressed;                /* EC point in compressed form */
    struct asn1_buf tail;          /* content behind the SPKI, if ready-made */
    struct asn1_buf extensions;    /* else: Extensions one after another */
    struct asn1_buf signature_algorithm;
    struct signing signing;
    size_t pad_to, pad_percent; /* 0: none */
};

void recipe_clear(struct recipe *r);
/* From a real certificate, which is checked on the way. 0, or -1 with what
 * cannot be twinned in `what`. */
int recipe_from_real(struct recipe *r, const uint8_t *der, size_t size,
                     char what[static 80]);
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
