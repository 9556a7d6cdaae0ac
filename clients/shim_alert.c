/* What an alert from the endpoint means. Must not know any stack. */
#include "clients/shim_alert.h"

#include <stddef.h>

enum { CLOSE_NOTIFY = 0, HANDSHAKE_FAILURE = 40 };

static const struct row {
    int alert;
    enum reason with_identity, without;
} rows[] = {
    {CLOSE_NOTIFY, REASON_PEER_CLOSED, REASON_PEER_CLOSED},
    {HANDSHAKE_FAILURE, REASON_SUITE_MISMATCH, REASON_SUITE_MISMATCH},
    {41, REASON_IDENTITY_REFUSED, REASON_IDENTITY_REFUSED},
    {42, REASON_IDENTITY_REFUSED, REASON_PROTOCOL_ERROR},
    {43, REASON_IDENTITY_REFUSED, REASON_PROTOCOL_ERROR},
    {44, REASON_IDENTITY_REFUSED, REASON_PROTOCOL_ERROR},
    {45, REASON_IDENTITY_REFUSED, REASON_PROTOCOL_ERROR},
    {46, REASON_IDENTITY_REFUSED, REASON_PROTOCOL_ERROR},
    {48, REASON_IDENTITY_REFUSED, REASON_PROTOCOL_ERROR},
    {49, REASON_IDENTITY_REFUSED, REASON_PROTOCOL_ERROR},
    {70, REASON_VERSION_UNSUPPORTED, REASON_VERSION_UNSUPPORTED},
    {71, REASON_SUITE_MISMATCH, REASON_SUITE_MISMATCH},
    {86, REASON_VERSION_UNSUPPORTED, REASON_VERSION_UNSUPPORTED},
    {116, REASON_IDENTITY_REFUSED, REASON_IDENTITY_REFUSED},
    {120, REASON_APPLICATION_REFUSED, REASON_APPLICATION_REFUSED},
};

enum reason shim_alert_reason(int alert, const struct shim_alert_facts *facts)
{
    /* Up to TLS 1.2 a missing or unwanted client certificate is a
     * handshake_failure too (RFC 5246 section 7.4.6); it comes after
     * ServerHello, when no suite can be missing any more. */
    if (alert == HANDSHAKE_FAILURE && facts->answered)
        return REASON_IDENTITY_REFUSED;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].alert == alert)
            return facts->identity ? rows[i].with_identity : rows[i].without;
    return REASON_PROTOCOL_ERROR;
}
