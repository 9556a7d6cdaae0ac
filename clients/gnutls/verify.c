/* The check of the server's certificates, within the handshake. A verification
 * function of ours calls the library's, as programs do that want to know more
 * than "certificate error" (the code that the handshake then ends with). */
#include "clients/gnutls/verify.h"

#include <gnutls/x509.h>

#include "clients/gnutls/failure.h"

static int checked(gnutls_session_t session)
{
    struct verify *v = gnutls_session_get_ptr(session);

    v->code = gnutls_certificate_verify_peers3(session, v->name, &v->flags);
    if (v->code < 0) {
        v->reason = failure_code(v->code);
        return v->code;
    }
    if (!v->flags)
        return 0;
    v->code = GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR;
    v->reason = failure_flags(v->flags);
    return v->code;
}

void verify_limit(gnutls_certificate_credentials_t credentials,
                  const struct shim_want *want)
{
    unsigned flags = 0;

    /* The library's own: what it trusts has dates, too. */
    if (!want->verify_time)
        flags |= GNUTLS_VERIFY_DISABLE_TIME_CHECKS |
                 GNUTLS_VERIFY_DISABLE_TRUSTED_TIME_CHECKS;
    gnutls_certificate_set_verify_flags(credentials, flags);
    /* The library counts what was sent, the leaf too. */
    if (want->max_depth)
        gnutls_certificate_set_verify_limits(credentials, VERIFY_KEY_BITS,
                                             want->max_depth + 1);
}

void verify_set(gnutls_session_t session, struct verify *v,
                const struct shim_want *want)
{
    *v = (struct verify){.name = want->verify_name ? want->name : NULL};
    gnutls_session_set_ptr(session, v);
    if (want->verify_chain)
        gnutls_session_set_verify_function(session, checked);
}
