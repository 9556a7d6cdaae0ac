/* What many connections of a device share: struct shim_ops context_new and
 * context_free. Knows neither the clock nor the server's name. */
#ifndef CLIENTS_GNUTLS_CONTEXT_H
#define CLIENTS_GNUTLS_CONTEXT_H

#include <gnutls/gnutls.h>

#include "clients/shim.h"

/* What gnutls_alpn_set_protocols() takes at most: protocols, and bytes of each.
 */
enum { CONTEXT_ALPN = 8, CONTEXT_ALPN_NAME = 32 };

struct context {
    gnutls_certificate_credentials_t credentials;
    gnutls_priority_t priority;
};

#endif
