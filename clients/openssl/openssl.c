/* The OpenSSL stack: the operations of struct shim_ops. */
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>

#include "clients/shim.h"
#include "clients/shim_stack.h"
#include "clients/shim_map.h"
#include "clients/openssl/bio.h"
#include "clients/openssl/compat.h"
#include "clients/openssl/warm.h"

/* OpenSSL's allocator hooks also get the place of the call. */
static void *hook_malloc(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return shim_heap_malloc(size);
}

static void *hook_realloc(void *p, size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return shim_heap_realloc(p, size);
}

static void hook_free(void *p, const char *file, int line)
{
    (void)file;
    (void)line;
    shim_heap_free(p);
}

static int openssl_init(struct shim_why *why)
{
    /* "must be called before any other call": it fails after an allocation. */
    if (!CRYPTO_set_mem_functions(hook_malloc, hook_realloc, hook_free)) {
        shim_map_fill(why, STAGE_SETUP, REASON_UNMAPPED, 0, "allocator hooks");
        return -1;
    }
    /* The machine's openssl.cnf must not change what a device is. */
    if (!OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG |
                              OPENSSL_INIT_LOAD_SSL_STRINGS |
                              OPENSSL_INIT_LOAD_CRYPTO_STRINGS,
                          NULL) ||
        bio_init() == -1 || warm_fill() == -1) {
        shim_map_fill(why, STAGE_SETUP, REASON_UNMAPPED, 0, "initialisation");
        return -1;
    }
    return 0;
}

static void openssl_describe(json_t *out)
{
    json_object_set_new(out, "version", json_string(compat_version()));
    json_object_set_new(out, "configuration",
                        json_pack("{s:s,s:s,s:b,s:b,s:b}", "library",
                                  OpenSSL_version(OPENSSL_VERSION), "platform",
                                  OpenSSL_version(OPENSSL_PLATFORM),
                                  "configuration_file", 0, "path_peer_first",
                                  COMPAT_PEER_FIRST, "path_alternatives",
                                  !COMPAT_NO_ALT));
    json_object_set_new(out, "limits",
                        json_pack("{s:i,s:i}", "max_certificate",
                                  SSL_MAX_CERT_LIST_DEFAULT, "max_depth", 100));
}

static unsigned openssl_features(void)
{
    return FEATURE_TLS10 | FEATURE_TLS11 | FEATURE_TLS12 | COMPAT_TLS13 |
           FEATURE_SNI | FEATURE_ALPN | FEATURE_MAX_FRAGMENT | FEATURE_CLOCK |
           FEATURE_TIME_OFF | FEATURE_NAME_OFF | FEATURE_PARTIAL_CHAIN |
           FEATURE_PEER_CHAIN | FEATURE_HEAP | FEATURE_MAX_DEPTH |
           FEATURE_MAX_CERTIFICATE | FEATURE_IDENTITY | FEATURE_GROUPS |
           FEATURE_SIGALGS | FEATURE_SUITES | COMPAT_LEVELS |
           FEATURE_TRUST_SETTINGS | FEATURE_RESUME | FEATURE_REQUEST_RSA |
           FEATURE_REQUEST_P256 | FEATURE_OCSP;
}

static int openssl_digest(enum shim_digest which, const void *data, size_t size,
                          uint8_t *out)
{
    return EVP_Digest(data, size, out, NULL,
                      which == SHIM_SHA1 ? EVP_sha1() : EVP_sha256(), NULL)
               ? 0
               : -1;
}

const struct shim_ops shim_stack = {
    .family = "openssl",
    .tables = failure_tables,
    .emulates = COMPAT_EMULATES,
    .shares = SHIM_SHARE_CLOCK | SHIM_SHARE_NAME,
    .init = openssl_init,
    .describe = openssl_describe,
    .features = openssl_features,
    .digest = openssl_digest,
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
