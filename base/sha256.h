/* SHA-256 (FIPS 180-4) for parts that know no crypto library: fingerprints and
 * names, nothing secret. */
#ifndef BASE_SHA256_H
#define BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

enum { SHA256_SIZE = 32, SHA256_HEX = 2 * SHA256_SIZE + 1 };

void sha256(const void *data, size_t size, uint8_t out[static SHA256_SIZE]);
/* In lower case, with a NUL. */
void sha256_hex(const void *data, size_t size, char out[static SHA256_HEX]);

#endif
