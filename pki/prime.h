/* RSA keys from a prime search of our own: libcrypto's does 128 Miller-Rabin
 * rounds for the primes of a 4096-bit key, which takes a minute for the store
 * of a browser. These keys sign lab certificates only. */
#ifndef PKI_PRIME_H
#define PKI_PRIME_H

#include <openssl/evp.h>

enum { PRIME_MIN_RSA = 512, PRIME_MAX_RSA = 16384 };

/* A new RSA key whose modulus has exactly `bits` bits (PRIME_MIN_RSA..
 * PRIME_MAX_RSA) and whose public exponent is `exponent` (odd, above 1). `type`
 * is "RSA" or "RSA-PSS". NULL on failure, not reported; free with
 * EVP_PKEY_free. Safe to call from several threads. */
EVP_PKEY *prime_rsa(const char *type, int bits, unsigned long exponent);

#endif
