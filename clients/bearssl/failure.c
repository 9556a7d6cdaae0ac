/* Native code -> reason. The library has one number for all that ends a
 * connection; three of them mean two things, which the facts of the
 * connection tell apart. */
#include "clients/bearssl/failure.h"

#include <stdio.h>

#include "clients/shim_map.h"
#include "clients/shim_stack.h"

#define CODE(number, name, reason) {number, REASON_##reason},
static const struct shim_map_code rows[] = {
#include "clients/bearssl/codes.def"
};
#undef CODE

#define CODE(number, name, reason) #name,
static const char *const names[] = {
#include "clients/bearssl/codes.def"
};
#undef CODE

#define COUNT(table) (sizeof(table) / sizeof *(table))

const struct shim_map_table failure_tables[] = {{"error", rows, COUNT(rows)},
                                                {NULL, NULL, 0}};

static const char *code_name(int code)
{
    for (size_t i = 0; i < COUNT(rows); i++)
        if (rows[i].code == code)
            return names[i];
    return NULL;
}

void failure_code(struct shim_why *why, enum stage stage, int code)
{
    shim_map_fill(why, stage, shim_map_code(rows, COUNT(rows), code), code,
                  code_name(code));
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
    case BR_ERR_X509_FORBIDDEN_KEY_USAGE:
        /* Of the leaf: it may do nothing at all. */
        if (facts->verify->failed_at == 0)
            why->reason = REASON_KEY_USAGE;
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
