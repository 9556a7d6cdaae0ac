/* Signature algorithms of certificates: their names, OIDs, and how to sign. */
#ifndef PKI_ALGORITHM_H
#define PKI_ALGORITHM_H

#include <openssl/evp.h>

#include "pki/asn1.h"

enum algorithm_family {
    ALGORITHM_RSA,
    ALGORITHM_RSA_PSS,
    ALGORITHM_ECDSA,
    ALGORITHM_ED25519,
    ALGORITHM_ED448
};

struct algorithm {
    const char *name; /* "sha256-rsa" */
    const char *oid;
    enum algorithm_family family;
    const char *digest; /* libcrypto's name; NULL for EdDSA and PSS */
};

/* What one signature needs. For PSS, digest, mask and salt come from the
 * parameters (RFC 4055 section 3.1); for others the digest is the algorithm's.
 */
struct signing {
    const struct algorithm *algorithm;
    char digest[16], mask[16];
    int salt; /* bytes */
};

/* By name; NULL if unknown. Static storage. PSS has one name, for SHA-256 with
 * a salt of 32 bytes: others need parameters, which a real certificate
 * brings. */
const struct algorithm *algorithm_by_name(const char *name);
/* The AlgorithmIdentifier (RFC 5280 section 4.1.1.2) of a named algorithm. */
void algorithm_put(struct asn1_buf *b, const struct algorithm *a);
void algorithm_use(const struct algorithm *a, struct signing *out);
/* Reads an AlgorithmIdentifier with its header. 0, or -1 with the algorithm's
 * name or OID in `what` (at least 80 bytes). */
int algorithm_parse(const struct der_slice *identifier, struct signing *out,
                    char what[static 80]);
/* Appends the signature over data. 0, or -1, not reported. */
int algorithm_sign(const struct signing *s, EVP_PKEY *key, const uint8_t *data,
                   size_t size, struct asn1_buf *out);
/* Is it the signature of this key over data? A key of another family made no
 * such signature. 1 or 0. */
int algorithm_verify(const struct signing *s, EVP_PKEY *key,
                     const struct der_slice *data,
                     const struct der_slice *signature);

#endif
