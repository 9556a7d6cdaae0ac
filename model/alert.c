/* One row per alert that says something. */
#include "model/alert.h"

#include <stddef.h>

enum {
    HANDSHAKE_FAILURE = 40,
    NO_APPLICATION_PROTOCOL = 120,
};

/* BY_IDENTITY: it speaks of the device's certificate, if one is in play. */
enum kind { PLAIN, BY_IDENTITY };

static const struct row {
    int code;
    enum kind kind;
    enum reason reason;
} rows[] = {
    {0, PLAIN, REASON_PEER_CLOSED},
    {41, PLAIN, REASON_IDENTITY_REFUSED},
    {42, BY_IDENTITY, REASON_IDENTITY_REFUSED},
    {43, BY_IDENTITY, REASON_IDENTITY_REFUSED},
    {44, BY_IDENTITY, REASON_IDENTITY_REFUSED},
    {45, BY_IDENTITY, REASON_IDENTITY_REFUSED},
    {46, BY_IDENTITY, REASON_IDENTITY_REFUSED},
    {48, BY_IDENTITY, REASON_IDENTITY_REFUSED},
    {49, BY_IDENTITY, REASON_IDENTITY_REFUSED},
    {70, PLAIN, REASON_VERSION_UNSUPPORTED},
    {71, PLAIN, REASON_SUITE_MISMATCH},
    {86, PLAIN, REASON_VERSION_UNSUPPORTED},
    {116, PLAIN, REASON_IDENTITY_REFUSED},
};

/* Is the device's certificate in play, or the lack of it? */
static int is_about_identity(const struct alert_facts *f)
{
    if (f->client_auth == ALERT_UNKNOWN)
        return f->identity == 1;
    return f->client_auth;
}

/* "Unable to negotiate an acceptable set of security parameters" (RFC 8446
 * section 6.2): before ServerHello that is version, suite, group or signature
 * algorithm. After it none of these can be missing; up to TLS 1.2 a client
 * certificate that is missing is answered so ("fatal handshake failure alert",
 * RFC 5246 section 7.4.6). */
static enum reason handshake_failure(const struct alert_facts *f)
{
    if (f->suite_chosen != 1)
        return REASON_SUITE_MISMATCH;
    return f->client_auth == 0 ? REASON_PROTOCOL_ERROR
                               : REASON_IDENTITY_REFUSED;
}

/* "Sent by servers when a client application_layer_protocol_negotiation
 * extension advertises only protocols that the server does not support" (RFC
 * 8446 section 6.2): without an offer, or a list, it means nothing,
 * unless the endpoint is known to want one (RFC 7301 leaves that open). */
static enum reason no_application_protocol(const struct alert_facts *f)
{
    int without = f->alpn_offered == 0 && f->alpn_required != 1;

    return without || f->alpn_listed == 0 ? REASON_PROTOCOL_ERROR
                                          : REASON_APPLICATION_REFUSED;
}

enum reason alert_reason(int code, const struct alert_facts *f)
{
    if (code == HANDSHAKE_FAILURE)
        return handshake_failure(f);
    if (code == NO_APPLICATION_PROTOCOL)
        return no_application_protocol(f);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].code != code)
            continue;
        if (rows[i].kind == BY_IDENTITY && !is_about_identity(f))
            return REASON_PROTOCOL_ERROR;
        return rows[i].reason;
    }
    return REASON_PROTOCOL_ERROR;
}

/* A client's alerts that allow few reasons only (RFC 8446 section 6.2), the
 * likeliest first. */
static const struct {
    int alert;
    enum reason reason;
} told[] = {
    {43, REASON_KEY_USAGE},           {45, REASON_EXPIRED},
    {45, REASON_NOT_YET_VALID},       {48, REASON_UNKNOWN_CA},
    {48, REASON_CHAIN_TOO_LONG},      {48, REASON_BAD_CA},
    {51, REASON_BAD_CHAIN_SIGNATURE}, {70, REASON_VERSION_UNSUPPORTED},
};
enum { TOLD_COUNT = sizeof told / sizeof *told };

enum reason alert_client_reason(int code)
{
    for (size_t i = 0; i < TOLD_COUNT; i++)
        if (told[i].alert == code)
            return told[i].reason;
    return REASON_UNMAPPED;
}

int alert_contradicts(int code, enum reason reason)
{
    for (size_t i = 0; i < TOLD_COUNT; i++)
        if (told[i].alert == code && told[i].reason == reason)
            return 0;
    return alert_client_reason(code) != REASON_UNMAPPED;
}
