/* From the library's codes and verify flags to a reason: this stack's one
 * table. */
#ifndef CLIENTS_MBEDTLS_FAILURE_H
#define CLIENTS_MBEDTLS_FAILURE_H

#include <mbedtls/ssl.h>

#include "clients/shim.h"

/* A call other than the handshake failed. */
void failure_code(struct shim_why *why, enum stage stage, int code);
/* A call on a connection failed. */
void failure_connection(struct shim_why *why, const mbedtls_ssl_context *ssl,
                        int code);

#endif
