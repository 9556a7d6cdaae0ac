/* Native code -> reason. Rows are numbers, because the names of many codes
 * differ between 2.x and 3.x while the numbers stayed; where one number means
 * two things, the handshake's state tells them apart. */
#include "clients/mbedtls/failure.h"

#include <stdio.h>
#include <string.h>

#include "clients/mbedtls/compat.h"
#include "clients/shim_map.h"

enum { ANY = -1, UNREACHED = -1, TLS13 = 0x0304 };

/* The first row that fits counts. A code is a sum of a module's error (bits
 * 0xff80) and, from the layer below, another (0x7f); a row without the lower
 * part stands for all sums. */
static const struct row {
    int code;
    int state; /* of the handshake, or ANY */
    enum reason reason;
} rows[] = {
    /* One fatal number per layer for "the allocator gave nothing". */
    {-0x7f00, ANY, REASON_OUT_OF_MEMORY},
    {-0x2880, ANY, REASON_OUT_OF_MEMORY},
    {-0x3f80, ANY, REASON_OUT_OF_MEMORY},
    {-0x3400, ANY, REASON_OUT_OF_MEMORY},
    {-0x4d80, ANY, REASON_OUT_OF_MEMORY},
    {-0x5180, ANY, REASON_OUT_OF_MEMORY},
    {-0x6180, ANY, REASON_OUT_OF_MEMORY},
    {-0x1180, ANY, REASON_OUT_OF_MEMORY},

    /* X.509. -0x2562: a critical extension that is not known; -0x2080: a
     * critical policy that is not known. */
    {-0x3000, ANY, REASON_CHAIN_TOO_LONG},
    {-0x2562, ANY, REASON_UNSUPPORTED_CRITICAL_EXTENSION},
    {-0x2080, ANY, REASON_UNSUPPORTED_CRITICAL_EXTENSION},
    {-0x2600, ANY, REASON_BAD_SIGNATURE_ALGORITHM},
    {-0x2300, ANY, REASON_BAD_SIGNATURE_ALGORITHM},
    {-0x2100, ANY, REASON_CERTIFICATE_PARSE_ERROR},
    {-0x2180, ANY, REASON_CERTIFICATE_PARSE_ERROR},
    {-0x2200, ANY, REASON_CERTIFICATE_PARSE_ERROR},
    {-0x2280, ANY, REASON_CERTIFICATE_PARSE_ERROR},
    {-0x2380, ANY, REASON_CERTIFICATE_PARSE_ERROR},
    {-0x2400, ANY, REASON_CERTIFICATE_PARSE_ERROR},
    {-0x2480, ANY, REASON_CERTIFICATE_PARSE_ERROR},
    {-0x2500, ANY, REASON_CERTIFICATE_PARSE_ERROR},
    {-0x2580, ANY, REASON_CERTIFICATE_PARSE_ERROR},
    {-0x2680, ANY, REASON_CERTIFICATE_PARSE_ERROR},
    {-0x2780, ANY, REASON_CERTIFICATE_PARSE_ERROR},
    {-0x3a00, ANY, REASON_CERTIFICATE_PARSE_ERROR},
    {-0x3a80, ANY, REASON_CERTIFICATE_PARSE_ERROR},
    {-0x3b00, ANY, REASON_CERTIFICATE_PARSE_ERROR},
    {-0x3c80, ANY, REASON_CERTIFICATE_PARSE_ERROR},
    {-0x3d00, ANY, REASON_CERTIFICATE_PARSE_ERROR},
    {-0x7680, ANY, REASON_UNKNOWN_CA}, /* no anchors at all */

    /* While the Certificate message is read, a record or message beyond the
     * input buffer. */
    {-0x7100, MBEDTLS_SSL_SERVER_CERTIFICATE, REASON_CERTIFICATE_TOO_LARGE},
    {-0x7200, MBEDTLS_SSL_SERVER_CERTIFICATE, REASON_CERTIFICATE_TOO_LARGE},

    /* 3.6.6: the server signed with RSA-PSS in TLS 1.2, as it was offered. */
    {-0x6600, MBEDTLS_SSL_SERVER_KEY_EXCHANGE, REASON_BAD_SIGNATURE_ALGORITHM},
    {-0x6e80, ANY, REASON_VERSION_UNSUPPORTED},
    {-0x6e00, MBEDTLS_SSL_SERVER_HELLO, REASON_SUITE_MISMATCH},
    {-0x7380, ANY, REASON_SUITE_MISMATCH},

    /* The transport: end of file, reset. */
    {-0x7280, ANY, REASON_PEER_CLOSED},
    {-0x7880, ANY, REASON_PEER_CLOSED},
    {-0x0050, ANY, REASON_PEER_CLOSED},

    /* The peer's messages: an alert (the main loop knows better), records and
     * messages that are malformed, out of turn, or do not verify. */
    {-0x7780, ANY, REASON_PROTOCOL_ERROR},
    {-0x7100, ANY, REASON_PROTOCOL_ERROR},
    {-0x7180, ANY, REASON_PROTOCOL_ERROR},
    {-0x7200, ANY, REASON_PROTOCOL_ERROR},
    {-0x7300, ANY, REASON_PROTOCOL_ERROR},
    {-0x7500, ANY, REASON_PROTOCOL_ERROR},
    {-0x7580, ANY, REASON_PROTOCOL_ERROR},
    {-0x7700, ANY, REASON_PROTOCOL_ERROR},
    {-0x7800, ANY, REASON_PROTOCOL_ERROR},
    {-0x7980, ANY, REASON_PROTOCOL_ERROR},
    {-0x7a00, ANY, REASON_PROTOCOL_ERROR},
    {-0x7a80, ANY, REASON_PROTOCOL_ERROR},
    {-0x7b00, ANY, REASON_PROTOCOL_ERROR},
    {-0x7b80, ANY, REASON_PROTOCOL_ERROR},
    {-0x7d80, ANY, REASON_PROTOCOL_ERROR},
    {-0x7e00, ANY, REASON_PROTOCOL_ERROR},
    {-0x7e80, ANY, REASON_PROTOCOL_ERROR},
    {-0x6e00, ANY, REASON_PROTOCOL_ERROR},
    {-0x6d00, ANY, REASON_PROTOCOL_ERROR},
    {-0x6700, ANY, REASON_PROTOCOL_ERROR},
    {-0x6600, ANY, REASON_PROTOCOL_ERROR},
    {-0x4e00, ANY, REASON_PROTOCOL_ERROR},
    {-0x4e80, ANY, REASON_PROTOCOL_ERROR},
    {-0x4f80, ANY, REASON_PROTOCOL_ERROR},
    {-0x4c80, ANY, REASON_PROTOCOL_ERROR},
    {-0x4380, ANY, REASON_PROTOCOL_ERROR},
    {-0x4100, ANY, REASON_PROTOCOL_ERROR},
    {-0x3900, ANY, REASON_PROTOCOL_ERROR},
    {-0x3100, ANY, REASON_PROTOCOL_ERROR},
    {-0x3080, ANY, REASON_PROTOCOL_ERROR},
};

/* The library reports all that it found; the order is what must be mended
 * first. Without an anchor nothing else counts. Then what is in the
 * certificates for good; then the clock, which spoils every connection of the
 * device; the name last, which spoils this one. */
static const struct shim_map_flag flags_rows[] = {
    {MBEDTLS_X509_BADCERT_MISSING, REASON_UNAUTHENTICATED},
    {MBEDTLS_X509_BADCERT_NOT_TRUSTED, REASON_UNKNOWN_CA},
    {MBEDTLS_X509_BADCERT_KEY_USAGE | MBEDTLS_X509_BADCERT_EXT_KEY_USAGE |
         MBEDTLS_X509_BADCERT_NS_CERT_TYPE,
     REASON_KEY_USAGE},
    {MBEDTLS_X509_BADCERT_BAD_MD | MBEDTLS_X509_BADCERT_BAD_PK,
     REASON_BAD_SIGNATURE_ALGORITHM},
    {MBEDTLS_X509_BADCERT_BAD_KEY, REASON_WEAK_KEY},
    {MBEDTLS_X509_BADCERT_FUTURE, REASON_NOT_YET_VALID},
    {MBEDTLS_X509_BADCERT_EXPIRED, REASON_EXPIRED},
    {MBEDTLS_X509_BADCERT_CN_MISMATCH, REASON_NAME_MISMATCH},
};

static enum reason code_reason(int code, int state)
{
    /* Allocation failures of the layers below: big numbers and ASN.1. */
    int low = -code & 0x7f;

    if (low == 0x10 || low == 0x6a)
        return REASON_OUT_OF_MEMORY;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *r = &rows[i];
        int whole = r->code == code, high = -r->code == (-code & 0xff80);

        if ((whole || high) && (r->state == ANY || r->state == state))
            return r->reason;
    }
    return REASON_UNMAPPED;
}

static const struct {
    int state;
    enum stage stage;
} stages[] = {
    {MBEDTLS_SSL_HELLO_REQUEST, STAGE_HELLO},
    {MBEDTLS_SSL_CLIENT_HELLO, STAGE_HELLO},
    {MBEDTLS_SSL_SERVER_HELLO, STAGE_HELLO},
    {MBEDTLS_SSL_SERVER_CERTIFICATE, STAGE_CERTIFICATE},
    {MBEDTLS_SSL_HANDSHAKE_OVER, STAGE_APPLICATION},
};

/* An X.509 code is about the certificates, however far the state has moved on
 * (2.16 moves it before it verifies). */
static enum stage failed_stage(int code, int state)
{
    if (-code >= 0x2080 && -code <= 0x3000)
        return STAGE_CERTIFICATE;
    for (size_t i = 0; i < sizeof stages / sizeof *stages; i++)
        if (stages[i].state == state)
            return stages[i].stage;
    return STAGE_FINISHED;
}

void failure_code(struct shim_why *why, enum stage stage, int code)
{
    char text[sizeof why->native_text];

    compat_error_text(code, text, sizeof text);
    shim_map_fill(why, stage, code_reason(code, ANY), code, text);
}

/* A verification that failed tells by its flags, one per line in words. */
static void verify_failed(struct shim_why *why, int code, uint32_t flags)
{
    char text[512];
    int size = compat_verify_text(text, sizeof text, flags);

    for (char *p = text; size > 0 && (p = strchr(p, '\n'));)
        *p = p[1] ? ' ' : '\0';
    shim_map_fill(why, STAGE_CERTIFICATE,
                  shim_map_flags(flags_rows,
                                 sizeof flags_rows / sizeof *flags_rows, flags),
                  code, size > 0 ? text : NULL);
}

/* A message that needs more than its record: either it would not fit at all,
 * or the library cannot join the parts. */
static enum reason split_reason(const mbedtls_ssl_context *ssl)
{
    if (compat_message_size(ssl) <= compat_record_size(ssl))
        return REASON_UNMAPPED;
    if (compat_message_size(ssl) > COMPAT_IN_CONTENT)
        return REASON_CERTIFICATE_TOO_LARGE;
    return REASON_FRAGMENTATION_UNSUPPORTED;
}

/* The message that was being read, as a state of TLS 1.2. In TLS 1.3 the client
 * looks ahead: a Certificate is read while a CertificateRequest could come. */
static int reading_state(const mbedtls_ssl_context *ssl)
{
    int state = compat_state(ssl);

    if (compat_version(ssl) >= TLS13 &&
        state == MBEDTLS_SSL_CERTIFICATE_REQUEST)
        return MBEDTLS_SSL_SERVER_CERTIFICATE;
    return state;
}

void failure_connection(struct shim_why *why, const mbedtls_ssl_context *ssl,
                        int code)
{
    uint32_t flags = mbedtls_ssl_get_verify_result(ssl);
    int state = reading_state(ssl);

    why->native_flags = flags == (uint32_t)UNREACHED ? 0 : flags;
    if (why->native_flags && (code == MBEDTLS_ERR_X509_CERT_VERIFY_FAILED ||
                              -code == 0x7a00 || -code == 0x7680)) {
        verify_failed(why, code, flags);
        return;
    }
    failure_code(why, failed_stage(code, state), code);
    why->reason = code_reason(code, state);
    if (code == MBEDTLS_ERR_SSL_FEATURE_UNAVAILABLE)
        why->reason = split_reason(ssl);
    why->by_server = code == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE ||
                     why->reason == REASON_PEER_CLOSED;
    if (code == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE)
        why->alert_received = compat_alert(ssl);
    if (code == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY)
        why->alert_received = MBEDTLS_SSL_ALERT_MSG_CLOSE_NOTIFY;
}
