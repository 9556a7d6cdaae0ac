/* The check of the server's certificates, within the handshake. A verification
 * function of ours calls the library's, as programs do that want to know more
 * than "certificate error" (the code that the handshake then ends with). As in
 * the library's own client example only the host name is handed over: the
 * extended key usage is then not looked at (measured with 3.7.9). */
#include "clients/gnutls/verify.h"

#include <gnutls/ocsp.h>
#include <gnutls/x509.h>
#include <string.h>

#include "clients/gnutls/chain.h"
#include "clients/gnutls/failure.h"

/* The library's own limit for the size of an RSA key; the call that sets the
 * depth asks for it too. */
enum { KEY_BITS = 16 * 1024 };

static int refuse(struct verify *v, enum reason reason, int code)
{
    v->reason = reason;
    v->code = code;
    return code;
}

static int chain_check(gnutls_session_t session)
{
    struct verify *v = gnutls_session_get_ptr(session);
    int ret = gnutls_certificate_verify_peers3(session, v->name, &v->flags);

    if (ret < 0)
        return refuse(v, failure_code(ret), ret);
    if (!v->flags && v->needs_status &&
        !gnutls_ocsp_status_request_is_checked(session, 0))
        return refuse(v, REASON_OCSP_MISSING, GNUTLS_E_NO_CERTIFICATE_STATUS);
    if (!v->flags)
        return 0;
    return refuse(v, chain_reason(session, v->flags),
                  GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR);
}

/* gnutls_handshake_set_max_packet_length() limits all messages of a handshake
 * together; a device's buffer holds one. */
static int size_check(gnutls_session_t session, unsigned type, unsigned when,
                      unsigned incoming, const gnutls_datum_t *message)
{
    struct verify *v = gnutls_session_get_ptr(session);

    (void)type;
    (void)when;
    if (!incoming || message->size <= v->max_certificate)
        return 0;
    return refuse(v, REASON_CERTIFICATE_TOO_LARGE,
                  GNUTLS_E_HANDSHAKE_TOO_LARGE);
}

void verify_limit(gnutls_certificate_credentials_t credentials,
                  const struct shim_want *want)
{
    if (!want->verify_time)
        gnutls_certificate_set_verify_flags(
            credentials, GNUTLS_VERIFY_DISABLE_TIME_CHECKS |
                             GNUTLS_VERIFY_DISABLE_TRUSTED_TIME_CHECKS);
    /* The library counts what was sent, the leaf too. */
    if (want->max_depth)
        gnutls_certificate_set_verify_limits(credentials, KEY_BITS,
                                             want->max_depth + 1);
}

void verify_set(gnutls_session_t session, struct verify *v,
                const struct shim_want *want)
{
    *v = (struct verify){.name = want->verify_name ? want->name : NULL,
                         .max_certificate = want->max_certificate,
                         .needs_status = want->ocsp == OCSP_REQUIRE};
    gnutls_session_set_ptr(session, v);
    if (want->verify_chain)
        gnutls_session_set_verify_function(session, chain_check);
    if (want->max_certificate)
        gnutls_handshake_set_hook_function(session,
                                           GNUTLS_HANDSHAKE_CERTIFICATE_PKT,
                                           GNUTLS_HOOK_PRE, size_check);
}
