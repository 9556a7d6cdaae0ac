/* Is a certificate's signature that of a given key? Looks at the bytes, so that
 * what is not well formed is told from what nobody can check. */
#ifndef PKI_SIGNATURE_H
#define PKI_SIGNATURE_H

#include "pki/algorithm.h"

struct signature {              /* of a certificate, still in its bytes */
    struct der_slice tbs;       /* what is signed, header included */
    struct der_slice algorithm; /* AlgorithmIdentifier, header included */
    uint8_t unused_bits;        /* of the BIT STRING; 0 in every good one */
    struct der_slice value;
};

enum signature_fit {
    SIGNATURE_GOOD,      /* this key made it */
    SIGNATURE_BAD,       /* it did not, or the signature is not well formed */
    SIGNATURE_UNCHECKED, /* an algorithm or a key that libcrypto lacks */
};

/* 0, or -1 if the bytes are no Certificate (RFC 5280 section 4.1). */
int signature_read(const uint8_t *der, size_t size, struct signature *out);
/* key NULL: it cannot be read. */
enum signature_fit signature_check(const struct signature *s, EVP_PKEY *key);
/* The public key of a certificate; NULL if libcrypto cannot read it. The caller
 * frees it. */
EVP_PKEY *signature_key(const uint8_t *der, size_t size);

#endif
