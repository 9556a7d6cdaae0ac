/* GnuTLS as a client: the operations that the shim program drives. */
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdlib.h>
#include <time.h>

#include "clients/gnutls/offer.h"
#include "clients/gnutls/verify.h"
#include "clients/shim.h"
#include "clients/shim_stack.h"
#include "clients/gnutls/failure.h"
#include "clients/shim_map.h"

/* The library starts itself when it is loaded, and reads the machine's
 * configuration then; this symbol makes it wait for init below. */
GNUTLS_SKIP_GLOBAL_INIT

static time_t clock_read(time_t *out)
{
    time_t now = (time_t)shim_clock();

    if (out)
        *out = now;
    return now;
}

static int gnutls_start(struct shim_why *why)
{
    int ret;

    /* The machine's priorities must not change what a device is. */
    if (setenv("GNUTLS_SYSTEM_PRIORITY_FILE", "/dev/null", 1) == -1) {
        shim_map_fill(why, STAGE_SETUP, REASON_UNMAPPED, 0, "setenv");
        return -1;
    }
    ret = gnutls_global_init();
    if (ret < 0) {
        failure_fill(why, STAGE_SETUP, ret);
        return -1;
    }
    gnutls_global_set_time_function(clock_read);
    return 0;
}

/* The library's own limits: certificates sent, leaf included; bytes of all
 * messages of a handshake together (both measured). */
enum { CERTIFICATES = 16, HANDSHAKE = 128 * 1024 };

static void gnutls_describe(json_t *out)
{
    json_object_set_new(out, "version",
                        json_string(gnutls_check_version(NULL)));
    json_object_set_new(
        out, "configuration",
        json_pack("{s:s,s:s,s:b,s:b,s:b,s:s}", "headers", GNUTLS_VERSION,
                  "priority", OFFER_DEFAULT, "configuration_file", 0, "fips",
                  gnutls_fips140_mode_enabled() != 0, "extended_key_usage", 0,
                  "suite_order", "library"));
    json_object_set_new(out, "limits",
                        json_pack("{s:i,s:i}", "certificates", CERTIFICATES,
                                  "handshake", HANDSHAKE));
}

/* No heap: the library's hooks for an allocator have had no effect since 3.3,
 * and the libraries under it have their own. */
static unsigned gnutls_features(void)
{
    return FEATURE_TLS10 | FEATURE_TLS11 | FEATURE_TLS12 | FEATURE_TLS13 |
           FEATURE_SNI | FEATURE_ALPN | FEATURE_MAX_FRAGMENT | FEATURE_CLOCK |
           FEATURE_TIME_OFF | FEATURE_NAME_OFF | FEATURE_PARTIAL_CHAIN |
           FEATURE_PEER_CHAIN | FEATURE_MAX_DEPTH | FEATURE_MAX_CERTIFICATE |
           FEATURE_IDENTITY | FEATURE_GROUPS | FEATURE_SIGALGS |
           FEATURE_SUITES | FEATURE_RESUME | FEATURE_OCSP |
           FEATURE_REQUEST_RSA | FEATURE_REQUEST_P256;
}

static int gnutls_digest(enum shim_digest which, const void *data, size_t size,
                         uint8_t *out)
{
    return gnutls_hash_fast(which == SHIM_SHA1 ? GNUTLS_DIG_SHA1
                                               : GNUTLS_DIG_SHA256,
                            data, size, out)
               ? -1
               : 0;
}

const struct shim_ops shim_stack = {
    .family = "gnutls",
    .tables = failure_tables,
    .shares = SHIM_SHARE_CLOCK | SHIM_SHARE_NAME,
    .init = gnutls_start,
    .describe = gnutls_describe,
    .features = gnutls_features,
    .digest = gnutls_digest,
    .context_new = context_new,
    .context_free = context_free,
    .conn_new = conn_new,
    .step = conn_step,
    .result = conn_result,
    .session_take = session_take,
    .session_offer = session_offer,
    .request = request_make,
    .conn_free = conn_free,
};
