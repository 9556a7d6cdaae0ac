/* Mutual TLS: which client certificates a state asks for and trusts, and how
 * the record tells what came. */
#include "server/tls_state.h"

#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/diag.h"

static int mode_parse(const struct tls_state *s, const char *mode, int *out)
{
    if (mode == NULL || strcmp(mode, "none") == 0)
        *out = SSL_VERIFY_NONE;
    else if (strcmp(mode, "request") == 0)
        *out = SSL_VERIFY_PEER;
    else if (strcmp(mode, "require") == 0)
        *out = SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
    else {
        diag("state %s: client_auth.mode: none, request or require, not %s",
             s->id, mode);
        return -1;
    }
    return 0;
}

static int anchors_load(struct tls_state *s, const char *path)
{
    STACK_OF(X509) *list = tls_chain_read(s, path);
    X509_STORE *store = SSL_CTX_get_cert_store(s->ctx);
    int status = 0;

    if (list == NULL)
        return -1;
    for (int i = 0; status == 0 && i < sk_X509_num(list); i++)
        if (X509_STORE_add_cert(store, sk_X509_value(list, i)) != 1)
            status = tls_state_fault(s, path);
    sk_X509_pop_free(list, X509_free);
    return status;
}

int tls_client_auth_apply(struct tls_state *s, json_t *auth, json_int_t clock)
{
    const char *mode = json_string_value(json_object_get(auth, "mode"));
    const char *path = json_string_value(json_object_get(auth, "anchors"));
    X509_VERIFY_PARAM *param = SSL_CTX_get0_param(s->ctx);
    int verify;

    if (mode_parse(s, mode, &verify) != 0)
        return -1;
    SSL_CTX_set_verify(s->ctx, verify, NULL);
    if (verify == SSL_VERIFY_NONE)
        return 0;
    if (path == NULL)
        return tls_state_fault(s, "client_auth.anchors: needed by this mode");
    X509_VERIFY_PARAM_set_time(param, (time_t)clock);
    /* a cloud registers a device's own certificate as well as its CA */
    X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
    return anchors_load(s, path);
}

static json_t *name_json(const X509_NAME *name)
{
    BIO *text = BIO_new(BIO_s_mem());
    json_t *out = NULL;
    char *data;
    long size;

    if (text != NULL &&
        X509_NAME_print_ex(text, name, 0, XN_FLAG_RFC2253) >= 0) {
        size = BIO_get_mem_data(text, &data);
        out = json_stringn(data, (size_t)size);
    }
    BIO_free(text);
    return out != NULL ? out : json_null();
}

static json_t *digest_json(const uint8_t *der, size_t size)
{
    unsigned char md[EVP_MAX_MD_SIZE];
    char hex[2 * 32 + 1];

    if (EVP_Digest(der, size, md, NULL, EVP_sha256(), NULL) != 1)
        return json_null();
    for (int i = 0; i < 32; i++)
        snprintf(hex + 2 * i, 3, "%02x", md[i]);
    return json_string(hex);
}

json_t *tls_client_auth_json(const uint8_t *der, size_t size, size_t count,
                             long verify_result)
{
    const uint8_t *at = der;
    X509 *x = d2i_X509(NULL, &at, (long)size);
    json_t *out = json_pack(
        "{s:o, s:o, s:o, s:I, s:I, s:{s:I, s:s}}", "subject",
        x == NULL ? json_null() : name_json(X509_get_subject_name(x)), "issuer",
        x == NULL ? json_null() : name_json(X509_get_issuer_name(x)), "sha256",
        digest_json(der, size), "bytes", (json_int_t)size, "certificates",
        (json_int_t)count, "verify", "code", (json_int_t)verify_result, "text",
        X509_verify_cert_error_string(verify_result));

    X509_free(x);
    return out;
}
