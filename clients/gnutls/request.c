/* A key and a certificate signing request, by the library's own calls. */
#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <string.h>

#include "clients/gnutls/failure.h"
#include "clients/shim.h"
#include "clients/shim_map.h"
#include "clients/shim_stack.h"

static const struct {
    gnutls_pk_algorithm_t algorithm;
    unsigned bits; /* of the key; as the library's key generation wants them */
    unsigned size; /* as it tells of a key */
} kinds[] = {
    [SHIM_KEY_RSA_2048] = {GNUTLS_PK_RSA, 2048, 2048},
    [SHIM_KEY_P256] = {GNUTLS_PK_ECDSA,
                       GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 256},
};

static int key_read(gnutls_x509_privkey_t key, const struct shim_want *want)
{
    gnutls_datum_t pem;
    unsigned bits = 0;
    int ret = gnutls_load_file(want->request_key, &pem);

    if (ret < 0)
        return ret;
    ret = gnutls_x509_privkey_import2(key, &pem, GNUTLS_X509_FMT_PEM, NULL, 0);
    gnutls_free(pem.data);
    if (ret < 0)
        return ret;
    ret = gnutls_x509_privkey_get_pk_algorithm2(key, &bits);
    return ret == (int)kinds[want->request].algorithm &&
                   bits == kinds[want->request].size
               ? 0
               : GNUTLS_E_INVALID_REQUEST;
}

static int key_get(gnutls_x509_privkey_t key, const struct shim_want *want)
{
    if (want->request_key)
        return key_read(key, want);
    return gnutls_x509_privkey_generate(key, kinds[want->request].algorithm,
                                        kinds[want->request].bits, 0);
}

static int request_sign(gnutls_x509_crq_t crq, gnutls_x509_privkey_t key,
                        const char *name)
{
    int ret = gnutls_x509_crq_set_version(crq, 1);

    if (ret >= 0)
        ret = gnutls_x509_crq_set_dn_by_oid(crq, GNUTLS_OID_X520_COMMON_NAME, 0,
                                            name, (unsigned)strlen(name));
    if (ret >= 0)
        ret = gnutls_x509_crq_set_key(crq, key);
    if (ret >= 0)
        ret = gnutls_x509_crq_sign2(crq, key, GNUTLS_DIG_SHA256, 0);
    return ret;
}

/* Both ends with a NUL that is not counted. */
static int texts_write(gnutls_x509_privkey_t key, gnutls_x509_crq_t crq,
                       struct shim_request *out)
{
    size_t key_size = sizeof out->key, size = sizeof out->request;
    int ret = gnutls_x509_privkey_export(key, GNUTLS_X509_FMT_PEM, out->key,
                                         &key_size);

    return ret < 0 ? ret
                   : gnutls_x509_crq_export(crq, GNUTLS_X509_FMT_PEM,
                                            out->request, &size);
}

int request_make(const struct shim_want *want, struct shim_request *out,
                 struct shim_why *why)
{
    gnutls_x509_privkey_t key = NULL;
    gnutls_x509_crq_t crq = NULL;
    int ret = gnutls_x509_privkey_init(&key);

    if (ret >= 0)
        ret = gnutls_x509_crq_init(&crq);
    if (ret >= 0)
        ret = key_get(key, want);
    if (ret >= 0)
        ret = request_sign(crq, key, want->request_name);
    if (ret >= 0)
        ret = texts_write(key, crq, out);
    if (ret < 0)
        failure_fill(why, STAGE_SETUP, ret);
    gnutls_x509_crq_deinit(crq);
    gnutls_x509_privkey_deinit(key);
    return ret < 0 ? -1 : 0;
}
