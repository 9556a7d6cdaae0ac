/* The check of the server's certificates, within the handshake. */
#ifndef CLIENTS_GNUTLS_VERIFY_H
#define CLIENTS_GNUTLS_VERIFY_H

#include <gnutls/gnutls.h>

#include "clients/shim.h"

/* Largest key that is worked with, the default of the library. */
enum { VERIFY_KEY_BITS = 16 * 1024 };

struct verify {
    const char *name;   /* NULL: any */
    int code;           /* the library's error, 0: none */
    unsigned flags;     /* GNUTLS_CERT_*, 0: verified */
    enum reason reason; /* of code and flags */
};

/* Sets how long and how strict verification is, for all sessions. */
void verify_limit(gnutls_certificate_credentials_t credentials,
                  const struct shim_want *want);
/* Makes the session verify, or not, as want says; the session's pointer becomes
 * v, which outlives it. */
void verify_set(gnutls_session_t session, struct verify *v,
                const struct shim_want *want);

#endif
