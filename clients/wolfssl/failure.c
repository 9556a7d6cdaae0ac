/* Native code -> reason. Rows are numbers of wolfssl/error-ssl.h and
 * wolfcrypt/error-crypt.h, which stay the same between versions. */
#include "clients/wolfssl/failure.h"

#include "clients/shim_map.h"

static const struct shim_map_code rows[] = {
    /* Trust: no signer for a certificate. -275: no CA was loaded at all. */
    {-188, REASON_UNKNOWN_CA},
    {-275, REASON_UNKNOWN_CA},
    {-345, REASON_UNAUTHENTICATED},
    {-440, REASON_UNAUTHENTICATED},
    {-151, REASON_EXPIRED},
    {-150, REASON_NOT_YET_VALID},
    {-322, REASON_NAME_MISMATCH},
    {-325, REASON_NAME_MISMATCH},
    {-155, REASON_BAD_CHAIN_SIGNATURE},
    {-229, REASON_BAD_CHAIN_SIGNATURE},
    {-232, REASON_BAD_SIGNATURE_ALGORITHM},
    {-148, REASON_BAD_SIGNATURE_ALGORITHM},
    {-133, REASON_BAD_SIGNATURE_ALGORITHM},
    {-425, REASON_BAD_SIGNATURE_ALGORITHM},
    {-409, REASON_WEAK_KEY},
    {-410, REASON_WEAK_KEY},
    {-383, REASON_KEY_USAGE},
    {-385, REASON_KEY_USAGE},
    {-386, REASON_KEY_USAGE},
    {-226, REASON_BAD_CA},
    {-357, REASON_BAD_CA},
    {-238, REASON_BAD_CA},
    {-198, REASON_NAME_CONSTRAINTS},
    {-160, REASON_UNSUPPORTED_CRITICAL_EXTENSION},
    {-140, REASON_CERTIFICATE_PARSE_ERROR},
    {-132, REASON_CERTIFICATE_PARSE_ERROR},
    {-134, REASON_CERTIFICATE_PARSE_ERROR},
    {-141, REASON_CERTIFICATE_PARSE_ERROR},
    {-142, REASON_CERTIFICATE_PARSE_ERROR},
    {-143, REASON_CERTIFICATE_PARSE_ERROR},
    {-144, REASON_CERTIFICATE_PARSE_ERROR},
    {-145, REASON_CERTIFICATE_PARSE_ERROR},
    {-146, REASON_CERTIFICATE_PARSE_ERROR},
    {-147, REASON_CERTIFICATE_PARSE_ERROR},
    {-149, REASON_CERTIFICATE_PARSE_ERROR},
    {-152, REASON_CERTIFICATE_PARSE_ERROR},
    {-153, REASON_CERTIFICATE_PARSE_ERROR},
    {-154, REASON_CERTIFICATE_PARSE_ERROR},
    {-161, REASON_CERTIFICATE_PARSE_ERROR},
    {-172, REASON_CERTIFICATE_PARSE_ERROR}, /* a curve that the build lacks */
    {-368, REASON_CHAIN_TOO_LONG},
    {-404, REASON_CERTIFICATE_TOO_LARGE},
    {-416, REASON_CERTIFICATE_TOO_LARGE},
    {-125, REASON_OUT_OF_MEMORY},
    {-303, REASON_OUT_OF_MEMORY},
    {-97, REASON_OUT_OF_MEMORY},
    {-2, REASON_OUT_OF_MEMORY},

    /* Negotiation. -326: a version that was not offered; -501: no common suite;
     * -351, -503: no common group. */
    {-326, REASON_VERSION_UNSUPPORTED},
    {-501, REASON_SUITE_MISMATCH},
    {-500, REASON_SUITE_MISMATCH},
    {-351, REASON_SUITE_MISMATCH},
    {-503, REASON_SUITE_MISMATCH},

    /* The transport: closed, reset. */
    {-308, REASON_PEER_CLOSED},
    {-397, REASON_PEER_CLOSED},
    {-343, REASON_PEER_CLOSED},

    /* The peer's messages: an alert (the main loop knows better), records and
     * messages that are malformed, out of turn, or do not verify. */
    {-313, REASON_PROTOCOL_ERROR},
    {-304, REASON_PROTOCOL_ERROR},
    {-305, REASON_PROTOCOL_ERROR},
    {-306, REASON_PROTOCOL_ERROR},
    {-310, REASON_PROTOCOL_ERROR},
    {-311, REASON_PROTOCOL_ERROR},
    {-312, REASON_PROTOCOL_ERROR},
    {-328, REASON_PROTOCOL_ERROR},
    {-330, REASON_PROTOCOL_ERROR},
    {-341, REASON_PROTOCOL_ERROR},
    {-302, REASON_PROTOCOL_ERROR},
    {-307, REASON_PROTOCOL_ERROR},
    {-321, REASON_PROTOCOL_ERROR},
    {-373, REASON_PROTOCOL_ERROR},
    {-393, REASON_PROTOCOL_ERROR},
    {-394, REASON_PROTOCOL_ERROR},
    {-395, REASON_PROTOCOL_ERROR},
    {-405, REASON_PROTOCOL_ERROR},
    {-406, REASON_PROTOCOL_ERROR},
    {-424, REASON_PROTOCOL_ERROR},
    {-422, REASON_PROTOCOL_ERROR},
    {-428, REASON_PROTOCOL_ERROR},
    {-450, REASON_PROTOCOL_ERROR},
    {-457, REASON_PROTOCOL_ERROR},
    {-429, REASON_PROTOCOL_ERROR},
    {-180, REASON_PROTOCOL_ERROR},
};

static enum reason code_reason(int code)
{
    return shim_map_code(rows, sizeof rows / sizeof *rows, code);
}

void failure_code(struct shim_why *why, enum stage stage, int code)
{
    char text[WOLFSSL_MAX_ERROR_SZ];

    wolfSSL_ERR_error_string((unsigned long)(long)code, text);
    shim_map_fill(why, stage, code_reason(code), code, text);
}

/* Reasons that are about the server's certificates tell the stage; the library
 * does not. */
static enum stage stage_of(WOLFSSL *ssl, enum reason reason)
{
    if (wolfSSL_is_init_finished(ssl))
        return STAGE_APPLICATION;
    switch (reason) {
    case REASON_VERSION_UNSUPPORTED:
    case REASON_SUITE_MISMATCH:
    case REASON_PROTOCOL_ERROR:
    case REASON_PEER_CLOSED:
        return STAGE_HELLO;
    default:
        return STAGE_CERTIFICATE;
    }
}

/* The verify result X509_V_ERR_CERT_CHAIN_TOO_LONG: a certificate more than
 * the depth allows has the error number of a message that is too large
 * (measured with 5.5.4). */
enum { CHAIN_TOO_LONG = 22 };

void failure_connection(struct shim_why *why, WOLFSSL *ssl, int code)
{
    WOLFSSL_ALERT_HISTORY alerts;
    enum reason reason = code_reason(code);

    failure_code(why, stage_of(ssl, reason), code);
    why->native_flags = compat_verify_result(ssl);
    if (reason == REASON_CERTIFICATE_TOO_LARGE &&
        why->native_flags == CHAIN_TOO_LONG)
        why->reason = REASON_CHAIN_TOO_LONG;
    why->by_server = code == -313 || reason == REASON_PEER_CLOSED;
    if (wolfSSL_get_alert_history(ssl, &alerts) != WOLFSSL_SUCCESS)
        return;
    why->alert_sent = alerts.last_tx.code;
    why->alert_received = alerts.last_rx.code;
    /* After an end of file the library sends an alert into the void. */
    if (reason == REASON_PEER_CLOSED)
        why->alert_sent = -1;
}
