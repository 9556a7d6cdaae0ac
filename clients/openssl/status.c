/* As curl does for --cert-status and s_client does not: signature, responder,
 * the leaf's own status, and its time, by the device's clock. */
#include "clients/openssl/status.h"

#include <openssl/ocsp.h>

enum { SKEW = 300 }; /* seconds that the clocks may differ by */

static X509 *issuer_of(const STACK_OF(X509) * path)
{
    return sk_X509_value(path, sk_X509_num(path) > 1 ? 1 : 0);
}

/* The verification of the responder's certificate takes its settings from the
 * store, which connections share. */
static int is_signed(OCSP_BASICRESP *b, SSL *ssl, STACK_OF(X509) * path,
                     const struct shim_want *want)
{
    X509_STORE *store = SSL_CTX_get_cert_store(SSL_get_SSL_CTX(ssl));
    X509_VERIFY_PARAM *param = X509_STORE_get0_param(store);
    unsigned long flags = (want->verify_time ? 0 : X509_V_FLAG_NO_CHECK_TIME) |
                          (want->partial_chain ? X509_V_FLAG_PARTIAL_CHAIN : 0);
    int good;

    if (want->verify_time)
        X509_VERIFY_PARAM_set_time(param, (time_t)want->clock);
    X509_VERIFY_PARAM_set_flags(param, flags);
    good = OCSP_basic_verify(b, path, store, 0) == 1;
    X509_VERIFY_PARAM_clear_flags(param, flags | X509_V_FLAG_USE_CHECK_TIME);
    return good;
}

static int is_of_now(const ASN1_GENERALIZEDTIME *from,
                     const ASN1_GENERALIZEDTIME *until,
                     const struct shim_want *want)
{
    time_t late = (time_t)want->clock + SKEW,
           early = (time_t)want->clock - SKEW;

    return !want->verify_time ||
           ((!from || X509_cmp_time(from, &late) <= 0) &&
            (!until || X509_cmp_time(until, &early) >= 0));
}

static enum reason leaf_check(OCSP_BASICRESP *b, STACK_OF(X509) * path,
                              const struct shim_want *want)
{
    OCSP_CERTID *id =
        OCSP_cert_to_id(NULL, sk_X509_value(path, 0), issuer_of(path));
    ASN1_GENERALIZEDTIME *revoked, *from, *until;
    int status, why;
    int found = id && OCSP_resp_find_status(b, id, &status, &why, &revoked,
                                            &from, &until) == 1;

    OCSP_CERTID_free(id);
    if (!found)
        return REASON_OCSP_INVALID;
    if (!is_of_now(from, until, want))
        return REASON_OCSP_EXPIRED;
    if (status == V_OCSP_CERTSTATUS_REVOKED)
        return REASON_OCSP_REVOKED;
    return status == V_OCSP_CERTSTATUS_GOOD ? REASON_NONE : REASON_OCSP_UNKNOWN;
}

static enum reason response_check(SSL *ssl, const unsigned char *der, long size,
                                  const struct shim_want *want)
{
    STACK_OF(X509) *path = SSL_get0_verified_chain(ssl);
    OCSP_RESPONSE *r = d2i_OCSP_RESPONSE(NULL, &der, size);
    OCSP_BASICRESP *b =
        r && OCSP_response_status(r) == OCSP_RESPONSE_STATUS_SUCCESSFUL
            ? OCSP_response_get1_basic(r)
            : NULL;
    enum reason reason = REASON_OCSP_INVALID;

    if (b && path && is_signed(b, ssl, path, want))
        reason = leaf_check(b, path, want);
    OCSP_BASICRESP_free(b);
    OCSP_RESPONSE_free(r);
    return reason;
}

enum reason status_check(SSL *ssl, const struct shim_want *want)
{
    const unsigned char *der = NULL;
    long size = SSL_get_tlsext_status_ocsp_resp(ssl, &der);

    if (!want->verify_chain || SSL_session_reused(ssl))
        return REASON_NONE;
    if (der && size > 0)
        return response_check(ssl, der, size, want);
    return want->ocsp == OCSP_REQUIRE ? REASON_OCSP_MISSING : REASON_NONE;
}
