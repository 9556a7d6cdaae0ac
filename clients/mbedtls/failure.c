/* Native code -> reason. Rows are numbers, because the names of many codes
 * differ between 2.x and 3.x while the numbers stayed; where one number means
 * two things, the handshake's state tells them apart. */
#include "clients/mbedtls/failure.h"

#include <stdio.h>
#include <string.h>

#include "clients/mbedtls/compat.h"
#include "clients/mbedtls/leaf.h"
#include "clients/shim_map.h"
#include "clients/shim_stack.h"

enum { UNREACHED = -1, TLS13 = 0x0304, MODULE = 0xff80 };

#define CODE(number, name, reason) {number, REASON_##reason},
static const struct shim_map_code rows[] = {
#include "clients/mbedtls/codes.def"
};
#undef CODE

#define COUNT(table) (sizeof(table) / sizeof *(table))

const struct shim_map_table failure_tables[] = {{"error", rows, COUNT(rows)},
                                                {NULL, NULL, 0}};

/* What else a module's number means in one state of the handshake: */
static const struct {
    int state;
    struct shim_map_code row;
} late_rows[] = {
    /* While the Certificate message is read, a record or message beyond the
     * input buffer. */
    {MBEDTLS_SSL_SERVER_CERTIFICATE, {-0x7100, REASON_CERTIFICATE_TOO_LARGE}},
    {MBEDTLS_SSL_SERVER_CERTIFICATE, {-0x7200, REASON_CERTIFICATE_TOO_LARGE}},
    {MBEDTLS_SSL_SERVER_CERTIFICATE, {-0x6a00, REASON_CERTIFICATE_TOO_LARGE}},
    /* 3.6.6: the server signed with RSA-PSS in TLS 1.2, as it was offered. */
    {MBEDTLS_SSL_SERVER_KEY_EXCHANGE,
     {-0x6600, REASON_BAD_SIGNATURE_ALGORITHM}},
    {MBEDTLS_SSL_SERVER_HELLO, {-0x6e00, REASON_SUITE_MISMATCH}},
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
    int low = -code & 0x7f, module = -(-code & MODULE);
    enum reason reason;

    if (low == 0x10 || low == 0x6a)
        return REASON_OUT_OF_MEMORY;
    for (size_t i = 0; i < COUNT(late_rows); i++)
        if (late_rows[i].state == state && late_rows[i].row.code == module)
            return late_rows[i].row.reason;
    reason = shim_map_code(rows, COUNT(rows), code);
    return reason == REASON_UNMAPPED ? shim_map_code(rows, COUNT(rows), module)
                                     : reason;
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
    shim_map_fill(why, stage, code_reason(code, UNREACHED), code, text);
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
        if (leaf_is_passed_over(ssl))
            why->reason = REASON_BAD_SIGNATURE_ALGORITHM;
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
