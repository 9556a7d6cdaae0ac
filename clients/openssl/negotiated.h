/* What a finished handshake agreed on, as IANA code points. */
#ifndef CLIENTS_OPENSSL_NEGOTIATED_H
#define CLIENTS_OPENSSL_NEGOTIATED_H

#include <openssl/ssl.h>

#include "clients/shim.h"

/* Fills version, suite, group, signature_algorithm, alpn and peer_certificate.
 */
void negotiated_fill(SSL *ssl, struct shim_got *got);

#endif
