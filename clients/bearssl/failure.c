/* Native code -> reason. The library has one number for all that ends a
 * connection; three of them mean two things, which the facts of the
 * connection tell apart. */
#include "clients/bearssl/failure.h"

#include <stdio.h>

#include "clients/shim_map.h"

#define ROW(code, reason)                                                      \
    {                                                                          \
        code, reason, #code                                                    \
    }

static const struct row {
    int code;
    enum reason reason;
    const char *name;
} rows[] = {
    /* The chain leads to no anchor. It must come in order (there is no
     * search): each certificate's subject is the issuer of the one before. */
    ROW(BR_ERR_X509_NOT_TRUSTED, REASON_UNKNOWN_CA),
    ROW(BR_ERR_X509_DN_MISMATCH, REASON_UNKNOWN_CA),
    ROW(BR_ERR_X509_EMPTY_CHAIN, REASON_UNAUTHENTICATED),
    ROW(BR_ERR_X509_BAD_SERVER_NAME, REASON_NAME_MISMATCH),
    ROW(BR_ERR_X509_BAD_SIGNATURE, REASON_BAD_CHAIN_SIGNATURE),
    ROW(BR_ERR_X509_WRONG_KEY_TYPE, REASON_BAD_CHAIN_SIGNATURE),
    ROW(BR_ERR_X509_CRITICAL_EXTENSION, REASON_UNSUPPORTED_CRITICAL_EXTENSION),
    /* Both are about certificates that sign others; a leaf's usage is looked
     * at when the suite needs it. */
    ROW(BR_ERR_X509_NOT_CA, REASON_BAD_CA),
    ROW(BR_ERR_X509_FORBIDDEN_KEY_USAGE, REASON_BAD_CA),
    ROW(BR_ERR_WRONG_KEY_USAGE, REASON_KEY_USAGE),
    ROW(BR_ERR_X509_WEAK_PUBLIC_KEY, REASON_WEAK_KEY),

    /* An RSA key or signature beyond 4096 bits has no room. */
    ROW(BR_ERR_X509_LIMIT_EXCEEDED, REASON_CERTIFICATE_PARSE_ERROR),
    ROW(BR_ERR_X509_INVALID_VALUE, REASON_CERTIFICATE_PARSE_ERROR),
    ROW(BR_ERR_X509_TRUNCATED, REASON_CERTIFICATE_PARSE_ERROR),
    ROW(BR_ERR_X509_INNER_TRUNC, REASON_CERTIFICATE_PARSE_ERROR),
    ROW(BR_ERR_X509_BAD_TAG_CLASS, REASON_CERTIFICATE_PARSE_ERROR),
    ROW(BR_ERR_X509_BAD_TAG_VALUE, REASON_CERTIFICATE_PARSE_ERROR),
    ROW(BR_ERR_X509_INDEFINITE_LENGTH, REASON_CERTIFICATE_PARSE_ERROR),
    ROW(BR_ERR_X509_EXTRA_ELEMENT, REASON_CERTIFICATE_PARSE_ERROR),
    ROW(BR_ERR_X509_UNEXPECTED, REASON_CERTIFICATE_PARSE_ERROR),
    ROW(BR_ERR_X509_NOT_CONSTRUCTED, REASON_CERTIFICATE_PARSE_ERROR),
    ROW(BR_ERR_X509_NOT_PRIMITIVE, REASON_CERTIFICATE_PARSE_ERROR),
    ROW(BR_ERR_X509_PARTIAL_BYTE, REASON_CERTIFICATE_PARSE_ERROR),
    ROW(BR_ERR_X509_BAD_BOOLEAN, REASON_CERTIFICATE_PARSE_ERROR),
    ROW(BR_ERR_X509_OVERFLOW, REASON_CERTIFICATE_PARSE_ERROR),
    ROW(BR_ERR_X509_BAD_DN, REASON_CERTIFICATE_PARSE_ERROR),
    ROW(BR_ERR_X509_BAD_TIME, REASON_CERTIFICATE_PARSE_ERROR),

    /* Told apart by the facts; here only their names. */
    ROW(BR_ERR_X509_EXPIRED, REASON_UNMAPPED),
    ROW(BR_ERR_X509_UNSUPPORTED, REASON_UNMAPPED),
    ROW(BR_ERR_UNSUPPORTED_VERSION, REASON_VERSION_UNSUPPORTED),

    /* A curve, hash or signature of the ServerKeyExchange. */
    ROW(BR_ERR_INVALID_ALGORITHM, REASON_SUITE_MISMATCH),

    /* The transport, as the library's own I/O layer calls it. */
    ROW(BR_ERR_IO, REASON_PEER_CLOSED),

    /* In a handshake: lengths within a message that do not add up. (From a
     * setter it would be our fault; conn_new knows.) */
    ROW(BR_ERR_BAD_PARAM, REASON_PROTOCOL_ERROR),

    /* Records and messages that are malformed, out of turn, do not verify, or
     * answer what was not asked. TOO_LARGE is an encrypted record beyond the
     * buffer; plain ones, and so the Certificate message, are read as a stream
     * through a buffer of any size. */
    ROW(BR_ERR_TOO_LARGE, REASON_PROTOCOL_ERROR),
    ROW(BR_ERR_BAD_VERSION, REASON_PROTOCOL_ERROR),
    ROW(BR_ERR_BAD_LENGTH, REASON_PROTOCOL_ERROR),
    ROW(BR_ERR_BAD_MAC, REASON_PROTOCOL_ERROR),
    ROW(BR_ERR_UNKNOWN_TYPE, REASON_PROTOCOL_ERROR),
    ROW(BR_ERR_UNEXPECTED, REASON_PROTOCOL_ERROR),
    ROW(BR_ERR_BAD_CCS, REASON_PROTOCOL_ERROR),
    ROW(BR_ERR_BAD_ALERT, REASON_PROTOCOL_ERROR),
    ROW(BR_ERR_BAD_HANDSHAKE, REASON_PROTOCOL_ERROR),
    ROW(BR_ERR_OVERSIZED_ID, REASON_PROTOCOL_ERROR),
    ROW(BR_ERR_BAD_CIPHER_SUITE, REASON_PROTOCOL_ERROR),
    ROW(BR_ERR_BAD_COMPRESSION, REASON_PROTOCOL_ERROR),
    ROW(BR_ERR_BAD_FRAGLEN, REASON_PROTOCOL_ERROR),
    ROW(BR_ERR_BAD_SECRENEG, REASON_PROTOCOL_ERROR),
    ROW(BR_ERR_EXTRA_EXTENSION, REASON_PROTOCOL_ERROR),
    ROW(BR_ERR_BAD_SNI, REASON_PROTOCOL_ERROR),
    ROW(BR_ERR_BAD_HELLO_DONE, REASON_PROTOCOL_ERROR),
    ROW(BR_ERR_BAD_FINISHED, REASON_PROTOCOL_ERROR),
    ROW(BR_ERR_RESUME_MISMATCH, REASON_PROTOCOL_ERROR),
    ROW(BR_ERR_BAD_SIGNATURE, REASON_PROTOCOL_ERROR),

    /* An error of the harness: our own faults, a server's code, and keys beyond
     * the limits, which the X.509 engine refuses first. */
    ROW(BR_ERR_BAD_STATE, REASON_UNMAPPED),
    ROW(BR_ERR_NO_RANDOM, REASON_UNMAPPED),
    ROW(BR_ERR_NO_CLIENT_AUTH, REASON_UNMAPPED),
    ROW(BR_ERR_LIMIT_EXCEEDED, REASON_UNMAPPED),
    ROW(BR_ERR_X509_TIME_UNKNOWN, REASON_UNMAPPED),
};

static const struct row *row_find(int code)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].code == code)
            return &rows[i];
    return NULL;
}

void failure_code(struct shim_why *why, enum stage stage, int code)
{
    const struct row *row = row_find(code);

    shim_map_fill(why, stage, row ? row->reason : REASON_UNMAPPED, code,
                  row ? row->name : NULL);
}

static enum stage stage_now(const struct failure_facts *facts, int code)
{
    if (facts->established)
        return STAGE_APPLICATION;
    /* The key's usage is looked at right after the chain's end. */
    if ((code >= BR_ERR_X509_OK && code <= BR_ERR_X509_NOT_TRUSTED) ||
        code == BR_ERR_WRONG_KEY_USAGE)
        return STAGE_CERTIFICATE;
    if (facts->verify->ended)
        return STAGE_FINISHED;
    return facts->verify->started ? STAGE_CERTIFICATE : STAGE_HELLO;
}

static void facts_apply(struct shim_why *why, const struct failure_facts *facts,
                        int code)
{
    switch (code) {
    case BR_ERR_X509_EXPIRED:
        why->reason = verify_date_reason(facts->verify);
        break;
    case BR_ERR_X509_UNSUPPORTED:
        why->reason = verify_unsupported_reason(facts->verify);
        break;
    case BR_ERR_UNSUPPORTED_VERSION:
        if (!facts->speaks_tls)
            why->reason = REASON_PROTOCOL_ERROR;
        break;
    default:
        break;
    }
}

/* The alert's own reason is the main loop's to choose. */
static void alert_came(struct shim_why *why, enum stage stage, int code)
{
    char text[32];

    why->alert_received = code ? code - BR_ERR_RECV_FATAL_ALERT : 0;
    why->by_server = 1;
    snprintf(text, sizeof text, "alert %d", why->alert_received);
    shim_map_fill(why, stage, code ? REASON_PROTOCOL_ERROR : REASON_PEER_CLOSED,
                  code, text);
}

void failure_connection(struct shim_why *why, const struct failure_facts *facts,
                        int code)
{
    enum stage stage = stage_now(facts, code);

    if (!code ||
        (code >= BR_ERR_RECV_FATAL_ALERT && code < BR_ERR_SEND_FATAL_ALERT)) {
        alert_came(why, stage, code);
        return;
    }
    failure_code(why, stage, code);
    facts_apply(why, facts, code);
    why->by_server = code == BR_ERR_IO;
    if (code >= BR_ERR_SEND_FATAL_ALERT)
        why->alert_sent = code - BR_ERR_SEND_FATAL_ALERT;
}
