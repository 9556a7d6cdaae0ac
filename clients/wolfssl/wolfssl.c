/* wolfSSL as a client: the operations that the shim program drives. */
#include <string.h>

#include "clients/shim.h"
#include "clients/shim_stack.h"
#include "clients/shim_map.h"
#include "clients/wolfssl/compat.h"
#include "clients/wolfssl/request.h"

static int init(struct shim_why *why)
{
    if (compat_allocators() == 0 && wolfSSL_Init() == WOLFSSL_SUCCESS)
        return 0;
    shim_map_fill(why, STAGE_SETUP, REASON_UNMAPPED, 0, "initialisation");
    return -1;
}

/* A macro that is not defined expands to its own name. */
#define TEXT(x) #x
#define SETTING(x)                                                             \
    {                                                                          \
#x, TEXT(x)                                                            \
    }
#define IS_DEFINED(s) (strcmp((s)->name, (s)->value) != 0)

static const struct {
    const char *name, *value;
} settings[] = {
    SETTING(HAVE_ANON),
    SETTING(FP_ECC),
    SETTING(KEEP_PEER_CERT),
    SETTING(NO_OLD_TLS),
    SETTING(OPENSSL_COMPATIBLE_DEFAULTS),
    SETTING(OPENSSL_EXTRA),
    SETTING(SESSION_CERTS),
    SETTING(WOLFSSL_ALLOW_TLSV10),
    SETTING(WOLFSSL_ALT_CERT_CHAINS),
    SETTING(WOLFSSL_ASN_TEMPLATE),
    SETTING(WOLFSSL_SMALL_STACK),
    SETTING(WOLFSSL_STATIC_RSA),
    SETTING(WOLFSSL_TRUST_PEER_CERT),
};

static void describe(json_t *out)
{
    json_t *configuration = json_object();

    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        json_object_set_new(configuration, settings[i].name,
                            json_boolean(IS_DEFINED(&settings[i])));
    json_object_set_new(out, "version", json_string(wolfSSL_lib_version()));
    json_object_set_new(out, "configuration", configuration);
    json_object_set_new(
        out, "limits",
        json_pack("{s:i,s:i,s:i}", "certificates", MAX_CHAIN_DEPTH,
                  "max_certificate", COMPAT_MAX_CERTIFICATE,
                  "peer_chain_certificate", COMPAT_PEER_CHAIN_CERTIFICATE));
}

/* The size of the Certificate message is limited when the library is built. */
static unsigned features(void)
{
    return COMPAT_TLS10 | COMPAT_TLS11 | COMPAT_TLS12 | COMPAT_TLS13 |
           COMPAT_SNI | COMPAT_ALPN | COMPAT_MAX_FRAGMENT | COMPAT_PEER_CHAIN |
           COMPAT_SIGALGS | COMPAT_PARTIAL_CHAIN | COMPAT_MAX_DEPTH |
           FEATURE_CLOCK | FEATURE_TIME_OFF | FEATURE_NAME_OFF | FEATURE_HEAP |
           COMPAT_IDENTITY | COMPAT_GROUPS | FEATURE_SUITES | COMPAT_RESUME |
           REQUEST_FEATURES;
}

static int digest(enum shim_digest which, const void *data, size_t size,
                  uint8_t *out)
{
    if (which == SHIM_SHA1)
        return compat_sha1(data, (word32)size, out) ? -1 : 0;
    return wc_Sha256Hash(data, (word32)size, out) ? -1 : 0;
}

const struct shim_ops shim_stack = {
    .family = "wolfssl",
    .tables = failure_tables,
    .shares = SHIM_SHARE_NAME,
    .init = init,
    .describe = describe,
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
