/* A key and a certificate signing request, by the library's own calls. */
#include "clients/wolfssl/request.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "clients/shim_map.h"
#include "clients/shim_stack.h"
#include "clients/wolfssl/failure.h"

static int key_get(struct request_key *k, const struct shim_want *want,
                   WC_RNG *rng)
{
    uint8_t *pem = NULL;
    size_t size;
    int ret;

    if (!want->request_key)
        return request_key_make(k, rng);
    if (file_read(want->request_key, 0, &pem, &size) == -1)
        return ASN_INPUT_E;
    ret = request_key_decode(k, pem, (int)size);
    free(pem);
    return ret;
}

/* 0, or the library's error. */
static int texts_make(struct request_key *k, const struct shim_want *want,
                      WC_RNG *rng, struct shim_request *out)
{
    static byte der[REQUEST_DER];
    int size = request_key_encode(k, der);

    memset(out, 0, sizeof *out); /* the texts come without a NUL */
    if (size > 0)
        size = request_key_text(der, size, k->kind, out->key);
    if (size > 0)
        size = request_encode(k, want->request_name, rng, der);
    if (size > 0)
        size = request_text(der, size, out->request);
    return size > 0 ? 0 : size < 0 ? size : ASN_PARSE_E;
}

int request_make(const struct shim_want *want, struct shim_request *out,
                 struct shim_why *why)
{
    struct request_key key;
    WC_RNG rng;
    int ret = wc_InitRng(&rng);

    if (!ret) {
        ret = request_key_init(&key, want->request);
        if (!ret) {
            ret = key_get(&key, want, &rng);
            if (!ret)
                ret = texts_make(&key, want, &rng, out);
            request_key_clear(&key);
        }
        wc_FreeRng(&rng);
    }
    compat_caches_free();
    if (ret)
        failure_code(why, STAGE_SETUP, ret);
    return ret ? -1 : 0;
}
