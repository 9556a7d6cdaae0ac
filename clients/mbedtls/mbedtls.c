/* mbedTLS as a client: the operations that the shim program drives. */
#include <stddef.h>

#include "clients/mbedtls/compat.h"
#include "clients/mbedtls/description.h"
#include "clients/mbedtls/request.h"
#include "clients/mbedtls/tickets.h"
#include "clients/shim.h"
#include "clients/shim_stack.h"
#include "clients/shim_map.h"

/* The allocator needs no hook here: the archives call it by name (library.mk).
 */
static int init(struct shim_why *why)
{
    if (compat_init() == 0)
        return 0;
    shim_map_fill(why, STAGE_SETUP, REASON_UNMAPPED, 0, "PSA does not start");
    return -1;
}

/* Depth and size of the chain are limited when the library is built, not by a
 * call: see limits in the description. */
static unsigned features(void)
{
    return COMPAT_TLS10 | COMPAT_TLS11 | COMPAT_TLS12 | COMPAT_TLS13 |
           COMPAT_SNI | COMPAT_ALPN | COMPAT_MAX_FRAGMENT | COMPAT_CLOCK |
           COMPAT_PEER_CHAIN | COMPAT_IDENTITY | FEATURE_TIME_OFF |
           FEATURE_NAME_OFF | FEATURE_PARTIAL_CHAIN | FEATURE_HEAP |
           COMPAT_GROUPS | FEATURE_SIGALGS | FEATURE_SUITES | TICKETS_RESUME |
           REQUEST_RSA | REQUEST_P256;
}

static int digest(enum shim_digest which, const void *data, size_t size,
                  uint8_t *out)
{
    if (which == SHIM_SHA1)
        return compat_sha1(data, size, out) ? -1 : 0;
    return compat_sha256(data, size, out) ? -1 : 0;
}

const struct shim_ops shim_stack = {
    .family = "mbedtls",
    .tables = failure_tables,
    .shares = SHIM_SHARE_CLOCK | SHIM_SHARE_NAME,
    .init = init,
    .describe = description_add,
    .features = features,
    .digest = digest,
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
