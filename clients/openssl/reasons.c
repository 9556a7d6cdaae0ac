/* OpenSSL's codes as reasons. Measured with 3.0; the others from its
 * documentation. */
#include "clients/openssl/reasons.h"

#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <stdio.h>

#include "clients/shim_map.h"
#include "clients/shim_stack.h"
#include "clients/openssl/compat.h"

enum { REASON_ALERT = SSL_AD_REASON_OFFSET, REASON_ALERT_END = 1256 };

#define CODE(number, name, reason) {number, REASON_##reason},
static const struct shim_map_code verify_rows[] = {
#include "clients/openssl/verify.def"
};
static const struct shim_map_code tls_rows[] = {
#include "clients/openssl/tls.def"
};
#undef CODE

#define COUNT(table) (sizeof(table) / sizeof *(table))

const struct shim_map_table failure_tables[] = {
    {"verify", verify_rows, COUNT(verify_rows)},
    {"tls", tls_rows, COUNT(tls_rows)},
    {NULL, NULL, 0}};

/* One error of the queue, by strength of what it says. */
enum strength { SAYS_NOTHING, SAYS_BYTES, SAYS_TLS, SAYS_VERIFY };

struct finding {
    unsigned long error;
    enum reason reason;
    enum strength strength;
};

/* A library below says that bytes could not be read. */
static int is_about_bytes(int lib, int reason)
{
    switch (lib) {
    case ERR_LIB_ASN1:
    case ERR_LIB_X509:
    case ERR_LIB_X509V3:
    case ERR_LIB_EC:
        return 1;
    case ERR_LIB_SSL:
        return reason == ERR_R_ASN1_LIB || reason == ERR_R_X509_LIB ||
               reason == ERR_R_EC_LIB;
    default:
        return 0;
    }
}

static struct finding error_read(unsigned long error,
                                 const struct reasons_verify *v)
{
    int lib = ERR_GET_LIB(error), reason = ERR_GET_REASON(error);
    struct finding f = {error, REASON_UNMAPPED, SAYS_NOTHING};

    if (reason == ERR_R_MALLOC_FAILURE) {
        f.reason = REASON_OUT_OF_MEMORY;
        f.strength = SAYS_TLS;
    } else if (is_about_bytes(lib, reason)) {
        f.reason = REASON_CERTIFICATE_PARSE_ERROR;
        f.strength = SAYS_BYTES;
    } else if (lib == ERR_LIB_SSL &&
               reason == SSL_R_CERTIFICATE_VERIFY_FAILED) {
        f.reason = shim_map_code(verify_rows, COUNT(verify_rows), v->code);
        f.strength = SAYS_VERIFY;
    } else if (lib == ERR_LIB_SSL) {
        f.reason = shim_map_code(tls_rows, COUNT(tls_rows), reason);
        f.strength = f.reason == REASON_UNMAPPED ? SAYS_NOTHING : SAYS_TLS;
        if (reason >= REASON_ALERT && reason < REASON_ALERT_END)
            f = (struct finding){error, REASON_PROTOCOL_ERROR, SAYS_TLS};
    }
    return f;
}

/* Empties the queue. Of errors that say equally much the oldest is the
 * cause, the later ones its consequences. A damaged signature leaves a
 * decoding error below the verification's. */
static struct finding queue_read(const struct reasons_verify *v)
{
    struct finding best = {ERR_get_error(), REASON_UNMAPPED, SAYS_NOTHING};
    int bytes = 0;

    for (unsigned long e = best.error; e; e = ERR_get_error()) {
        struct finding f = error_read(e, v);

        bytes |= f.strength == SAYS_BYTES;
        if (f.strength > best.strength)
            best = f;
    }
    if (v->code == X509_V_ERR_UNSPECIFIED && bytes)
        best.reason = REASON_CERTIFICATE_PARSE_ERROR;
    return best;
}

static void text_write(char *text, size_t size, unsigned long error,
                       const struct reasons_verify *v)
{
    const char *words = ERR_reason_error_string(error);

    if (v->code == X509_V_OK)
        snprintf(text, size, "%s", words ? words : "");
    else
        snprintf(text, size, "%s: %s (depth %d)", words ? words : "",
                 X509_verify_cert_error_string(v->code), v->depth);
}

void reasons_fill(struct shim_why *why, enum stage stage,
                  const struct reasons_verify *verify)
{
    static const struct reasons_verify none = {X509_V_OK, 0};
    const struct reasons_verify *v = verify ? verify : &none;
    struct finding f = queue_read(v);
    int reason = ERR_GET_REASON(f.error);
    char text[sizeof why->native_text];

    if (ERR_GET_LIB(f.error) == ERR_LIB_SSL && reason >= REASON_ALERT &&
        reason < REASON_ALERT_END) {
        why->by_server = 1;
        why->alert_received = reason - REASON_ALERT;
    }
    if (f.reason == REASON_PEER_CLOSED)
        why->by_server = 1;
    text_write(text, sizeof text, f.error, v);
    shim_map_fill(why, stage, f.reason, compat_error(f.error), text);
    why->native_flags = (unsigned long)v->code;
}
