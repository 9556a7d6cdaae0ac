/* BearSSL as a client: the operations that the shim program drives. */
#include <bearssl.h>

#include "clients/bearssl/description.h"
#include "clients/shim.h"
#include "clients/shim_stack.h"
#include "clients/shim_map.h"

/* The library allocates nothing: what a device would give it comes from the
 * heap account in context_new and conn_new. */
static int init(struct shim_why *why)
{
    if (br_prng_seeder_system(NULL))
        return 0;
    shim_map_fill(why, STAGE_SETUP, REASON_UNMAPPED, BR_ERR_NO_RANDOM,
                  "no random bytes from the system");
    return -1;
}

/* An intermediate that is an anchor is one like any other, always. Signature
 * algorithms follow from the hashes that are built in. There is no limit to
 * the depth and none to the Certificate message: it is read as a stream. */
static unsigned features(void)
{
    return FEATURE_TLS10 | FEATURE_TLS11 | FEATURE_TLS12 | FEATURE_SNI |
           FEATURE_ALPN | FEATURE_MAX_FRAGMENT | FEATURE_CLOCK |
           FEATURE_TIME_OFF | FEATURE_NAME_OFF | FEATURE_PARTIAL_CHAIN |
           FEATURE_PEER_CHAIN | FEATURE_HEAP | FEATURE_IDENTITY |
           FEATURE_GROUPS | FEATURE_SUITES;
}

static int digest(enum shim_digest which, const void *data, size_t size,
                  uint8_t *out)
{
    const br_hash_class *class =
        which == SHIM_SHA1 ? &br_sha1_vtable : &br_sha256_vtable;
    br_hash_compat_context hash;

    class->init(&hash.vtable);
    class->update(&hash.vtable, data, size);
    class->out(&hash.vtable, out);
    return 0;
}

const struct shim_ops shim_stack = {
    .family = "bearssl",
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
    .conn_free = conn_free,
};
