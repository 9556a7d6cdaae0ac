/* wolfSSL as a client: the operations that the shim program drives. */
#include "clients/shim.h"
#include "clients/shim_map.h"
#include "clients/wolfssl/compat.h"
#include "clients/wolfssl/conn.h"
#include "clients/wolfssl/context.h"

static int init(struct shim_why *why)
{
    if (wolfSSL_SetAllocators(shim_heap_malloc, shim_heap_free,
                              shim_heap_realloc) == 0 &&
        wolfSSL_Init() == WOLFSSL_SUCCESS)
        return 0;
    shim_map_fill(why, STAGE_SETUP, REASON_UNMAPPED, 0, "initialisation");
    return -1;
}

static void describe(json_t *out)
{
    json_object_set_new(out, "version", json_string(wolfSSL_lib_version()));
    json_object_set_new(out, "configuration",
                        json_pack("{s:b,s:b,s:b}", "WOLFSSL_ALT_CERT_CHAINS",
                                  COMPAT_ALT_CHAINS, "OPENSSL_EXTRA",
                                  COMPAT_OPENSSL_EXTRA, "FP_ECC",
                                  COMPAT_FP_ECC));
    json_object_set_new(out, "limits",
                        json_pack("{s:i,s:i}", "certificates", MAX_CHAIN_DEPTH,
                                  "max_certificate", COMPAT_MAX_CERTIFICATE));
}

/* Depth and size of the chain are limited when the library is built. */
static unsigned features(void)
{
    return COMPAT_TLS10 | COMPAT_TLS11 | COMPAT_TLS12 | COMPAT_TLS13 |
           COMPAT_SNI | COMPAT_ALPN | COMPAT_MAX_FRAGMENT | COMPAT_PEER_CHAIN |
           COMPAT_SIGALGS | (COMPAT_ALT_CHAINS ? FEATURE_PARTIAL_CHAIN : 0u) |
           FEATURE_CLOCK | FEATURE_TIME_OFF | FEATURE_NAME_OFF | FEATURE_HEAP |
           FEATURE_IDENTITY | FEATURE_GROUPS | FEATURE_SUITES;
}

static void sha256(const void *data, size_t size, uint8_t out[32])
{
    wc_Sha256Hash(data, (word32)size, out);
}

const struct shim_ops shim_stack = {
    .family = "wolfssl",
    .shares = SHIM_SHARE_NAME,
    .init = init,
    .describe = describe,
    .features = features,
    .sha256 = sha256,
    .context_new = context_new,
    .context_free = context_free,
    .conn_new = conn_new,
    .step = conn_step,
    .result = conn_result,
    .conn_free = conn_free,
};
