/* A leaf that the library passes over without a word. */
#ifndef CLIENTS_MBEDTLS_LEAF_H
#define CLIENTS_MBEDTLS_LEAF_H

#include <mbedtls/ssl.h>

/* Of a connection whose certificates did not verify: 1 if the leaf has a
 * signature algorithm that the library does not know. It then leaves the leaf
 * out, and verifies the next certificate in its place. Allocates nothing. */
int leaf_is_passed_over(const mbedtls_ssl_context *ssl);

#endif
