/* The leaf's status by a stapled OCSP response: what an application does about
 * it, for the library leaves it to that (SSL_CTX_set_tlsext_status_cb(3)). */
#ifndef CLIENTS_OPENSSL_STATUS_H
#define CLIENTS_OPENSSL_STATUS_H

#include <openssl/ssl.h>

#include "clients/shim.h"

/* Once the server's flight is there and verified. NONE: nothing is refused; a
 * session that goes on has no certificate. */
enum reason status_check(SSL *ssl, const struct shim_want *want);

#endif
