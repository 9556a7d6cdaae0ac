/* The check of the server's certificates, within the handshake. */
#ifndef CLIENTS_GNUTLS_VERIFY_H
#define CLIENTS_GNUTLS_VERIFY_H

#include <gnutls/gnutls.h>
#include <stddef.h>

#include "clients/shim.h"

struct verify {
    const char *name;       /* NULL: any */
    size_t max_certificate; /* bytes of the Certificate message, 0: no limit */
    enum reason reason;     /* NONE: nothing was refused here */
    int code;               /* the library's error behind it */
    unsigned flags;         /* GNUTLS_CERT_* behind it, 0: none */
    int needs_status;       /* a stapled OCSP response must come */
};

/* Sets how verification goes for all sessions with these credentials. */
void verify_limit(gnutls_certificate_credentials_t credentials,
                  const struct shim_want *want);
/* Makes the session verify, or not, as want says; the session's pointer becomes
 * v, which outlives it. */
void verify_set(gnutls_session_t session, struct verify *v,
                const struct shim_want *want);

#endif
