/* A key and a certificate signing request, by the library's own calls. */
#include "clients/mbedtls/request.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "clients/mbedtls/failure.h"
#include "clients/shim_map.h"
#include "clients/shim_stack.h"

static int is_kind(const mbedtls_pk_context *key, enum shim_key kind)
{
    return kind == SHIM_KEY_P256 ? mbedtls_pk_can_do(key, MBEDTLS_PK_ECKEY) &&
                                       mbedtls_pk_get_bitlen(key) == 256
                                 : mbedtls_pk_can_do(key, MBEDTLS_PK_RSA) &&
                                       mbedtls_pk_get_bitlen(key) == 2048;
}

static int key_read(mbedtls_pk_context *key, const struct shim_want *want)
{
    uint8_t *pem = NULL;
    size_t size;
    int ret;

    if (file_read(want->request_key, 0, &pem, &size) == -1)
        return MBEDTLS_ERR_PK_FILE_IO_ERROR;
    /* PEM: the size counts the final NUL. */
    ret = compat_key_parse(key, pem, size + 1, rng_random);
    free(pem);
    if (!ret && !is_kind(key, want->request))
        ret = MBEDTLS_ERR_PK_TYPE_MISMATCH;
    return ret;
}

static int key_get(mbedtls_pk_context *key, const struct shim_want *want)
{
    if (want->request_key)
        return key_read(key, want);
    return want->request == SHIM_KEY_P256 ? request_p256_make(key)
                                          : request_rsa_make(key);
}

int request_make(const struct shim_want *want, struct shim_request *out,
                 struct shim_why *why)
{
    char subject[SHIM_REQUEST_NAME + sizeof "CN="];
    mbedtls_pk_context key;
    int ret;

    snprintf(subject, sizeof subject, "CN=%s", want->request_name);
    mbedtls_pk_init(&key);
    ret = key_get(&key, want);
    if (!ret)
        ret = request_key_text(&key, out->key, sizeof out->key);
    if (!ret)
        ret = request_text(&key, subject, out->request, sizeof out->request);
    if (ret)
        failure_code(why, STAGE_SETUP, ret);
    mbedtls_pk_free(&key);
    return ret ? -1 : 0;
}
