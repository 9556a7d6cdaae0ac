/* GNUTLS_E_* and GNUTLS_CERT_* -> reason. */
#include "clients/gnutls/failure.h"

#include <gnutls/gnutls.h>

#include "clients/shim_map.h"
#include "clients/shim_stack.h"

#define CODE(number, name, reason) {number, REASON_##reason},
static const struct shim_map_code code_rows[] = {
#include "clients/gnutls/codes.def"
};
#undef CODE

/* Several flags come together, INVALID always with another; the first row
 * counts. What is wrong with a path goes before the dates on it. CONSTRAINTS
 * and INSECURE stand for two reasons each (chain.h). Nobody here asks for
 * revocation lists (what is revoked is so by OCSP) or keeps keys of peers
 * (MISMATCH). */
static const struct shim_map_flag flag_rows[] = {
    {GNUTLS_CERT_SIGNATURE_FAILURE, REASON_BAD_CHAIN_SIGNATURE},
    {GNUTLS_CERT_SIGNER_NOT_CA, REASON_BAD_CA},
    {GNUTLS_CERT_SIGNER_CONSTRAINTS_FAILURE, REASON_BAD_CA},
    {GNUTLS_CERT_UNKNOWN_CRIT_EXTENSIONS,
     REASON_UNSUPPORTED_CRITICAL_EXTENSION},
    {GNUTLS_CERT_INSECURE_ALGORITHM, REASON_BAD_SIGNATURE_ALGORITHM},
    {GNUTLS_CERT_SIGNER_NOT_FOUND, REASON_UNKNOWN_CA},
    {GNUTLS_CERT_EXPIRED, REASON_EXPIRED},
    {GNUTLS_CERT_NOT_ACTIVATED, REASON_NOT_YET_VALID},
    {GNUTLS_CERT_PURPOSE_MISMATCH, REASON_KEY_USAGE},
    {GNUTLS_CERT_UNEXPECTED_OWNER, REASON_NAME_MISMATCH},
    {GNUTLS_CERT_REVOKED, REASON_OCSP_REVOKED},
    {GNUTLS_CERT_REVOCATION_DATA_SUPERSEDED |
         GNUTLS_CERT_REVOCATION_DATA_ISSUED_IN_FUTURE,
     REASON_OCSP_EXPIRED},
    {GNUTLS_CERT_INVALID_OCSP_STATUS, REASON_OCSP_INVALID},
    {GNUTLS_CERT_MISSING_OCSP_STATUS, REASON_OCSP_REQUIRED},
    {GNUTLS_CERT_MISMATCH, REASON_UNMAPPED},
    /* Alone: there was something that it could not read, such as a key usage
     * that is no bit string (measured with 3.7.9). */
    {GNUTLS_CERT_INVALID, REASON_CERTIFICATE_PARSE_ERROR},
};

#define COUNT(table) (sizeof(table) / sizeof *(table))

const struct shim_map_table failure_tables[] = {
    {"error", code_rows, COUNT(code_rows)}, {NULL, NULL, 0}};

enum reason failure_code(int code)
{
    return shim_map_code(code_rows, COUNT(code_rows), code);
}

enum reason failure_flags(unsigned flags)
{
    return shim_map_flags(flag_rows, COUNT(flag_rows), flags);
}

void failure_fill(struct shim_why *why, enum stage stage, int code)
{
    enum reason reason = failure_code(code);

    shim_map_fill(why, stage, reason, code, gnutls_strerror(code));
    if (reason == REASON_PEER_CLOSED || code == GNUTLS_E_FATAL_ALERT_RECEIVED)
        why->by_server = 1;
}
