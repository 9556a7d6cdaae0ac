/* wolfSSL's error numbers as reasons. Texts are never looked at. */
#ifndef CLIENTS_WOLFSSL_FAILURE_H
#define CLIENTS_WOLFSSL_FAILURE_H

#include "clients/shim.h"
#include "clients/wolfssl/compat.h"

/* Fills why from an error number. */
void failure_code(struct shim_why *why, enum stage stage, int code);
/* Fills why, alerts and stage from a connection whose last call failed with
 * that error. */
void failure_connection(struct shim_why *why, WOLFSSL *ssl, int code);

#endif
