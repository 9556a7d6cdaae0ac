/* Native code -> reason. Rows are numbers of wolfssl/error-ssl.h and
 * wolfcrypt/error-crypt.h, which stay the same between versions. */
#include "clients/wolfssl/failure.h"

#include "clients/shim_heap.h"
#include "clients/shim_map.h"
#include "clients/shim_stack.h"

#define CODE(number, name, reason) {number, REASON_##reason},
static const struct shim_map_code rows[] = {
#include "clients/wolfssl/codes.def"
};
#undef CODE

const struct shim_map_table failure_tables[] = {
    {"error", rows, sizeof rows / sizeof *rows}, {NULL, NULL, 0}};

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

/* The verify result, where the OpenSSL layer is there (measured with 5.5.4): a
 * certificate more than the depth allows has the error number of a message that
 * is too large. Its invalid CA (24) beside "no signer" tells nothing: a path
 * that is too long has it, and so has a CA that has expired. */
enum { CHAIN_TOO_LONG = 22 };

/* The account, which has seen no allocation fail, knows better: 5.5.4 with the
 * OpenSSL layer calls an iPAddress of neither 4 nor 16 bytes a lack of memory.
 */
static int is_false_shortage(enum reason reason)
{
    return reason == REASON_OUT_OF_MEMORY && !shim_heap_refused() &&
           !shim_heap_short();
}

void failure_connection(struct shim_why *why, WOLFSSL *ssl, int code)
{
    WOLFSSL_ALERT_HISTORY alerts;
    enum reason reason = code_reason(code);

    failure_code(why, stage_of(ssl, reason), code);
    why->native_flags = compat_verify_result(ssl);
    if (is_false_shortage(reason))
        why->reason = REASON_CERTIFICATE_PARSE_ERROR;
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
