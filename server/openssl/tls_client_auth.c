/* Mutual TLS: which client certificates a state asks for and trusts, and how
 * the record tells what came. */
#include "server/openssl/tls_state.h"

#include <string.h>

#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/diag.h"

/* A certificate is needed; whose it is, is not looked at here, or asked. */
static const char any[] = "any", known[] = "known";

/* What is said of one that is not known: OpenSSL answers a code that it has no
 * alert for with certificate_unknown. */
enum { NOT_KNOWN = X509_V_ERR_OCSP_CERT_UNKNOWN };

static int take_any(X509_STORE_CTX *ctx, void *arg)
{
    (void)arg;
    X509_STORE_CTX_set_error(ctx, X509_V_OK);
    return 1;
}

static int take_known(X509_STORE_CTX *ctx, void *arg)
{
    const SSL *ssl =
        X509_STORE_CTX_get_ex_data(ctx, SSL_get_ex_data_X509_STORE_CTX_idx());
    const struct tls_conn *c = SSL_get_app_data(ssl);
    uint8_t *der = NULL;
    int size = i2d_X509(X509_STORE_CTX_get0_cert(ctx), &der), is_known;

    (void)arg;
    is_known = size > 0 && c->knows != NULL &&
               c->knows(c->knows_arg, der, (size_t)size);
    OPENSSL_free(der);
    X509_STORE_CTX_set_error(ctx, is_known ? X509_V_OK : NOT_KNOWN);
    return is_known;
}

static int mode_parse(const struct openssl_state *s, const char *mode, int *out)
{
    if (mode == NULL || strcmp(mode, "none") == 0)
        *out = SSL_VERIFY_NONE;
    else if (strcmp(mode, "request") == 0)
        *out = SSL_VERIFY_PEER;
    else if (strcmp(mode, "require") == 0 || strcmp(mode, any) == 0 ||
             strcmp(mode, known) == 0)
        *out = SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
    else {
        diag("state %s: client_auth.mode: none, request, require, any or "
             "known, not %s",
             s->id, mode);
        return -1;
    }
    return 0;
}

static int anchors_load(struct openssl_state *s, const char *path)
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

int tls_client_auth_apply(struct openssl_state *s, json_t *auth,
                          json_int_t clock)
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
    if (strcmp(mode, any) == 0) {
        SSL_CTX_set_cert_verify_callback(s->ctx, take_any, NULL);
        return 0;
    }
    if (strcmp(mode, known) == 0) {
        s->asks = 1;
        SSL_CTX_set_cert_verify_callback(s->ctx, take_known, NULL);
        return 0;
    }
    if (path == NULL)
        return tls_state_fault(s, "client_auth.anchors: needed by this mode");
    X509_VERIFY_PARAM_set_time(param, (time_t)clock);
    /* a cloud registers a device's own certificate as well as its CA */
    X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
    return anchors_load(s, path);
}

static char *name_text(const X509_NAME *name)
{
    BIO *text = BIO_new(BIO_s_mem());
    char *out = NULL;
    char *data;
    long size;

    if (text != NULL &&
        X509_NAME_print_ex(text, name, 0, XN_FLAG_RFC2253) >= 0) {
        size = BIO_get_mem_data(text, &data);
        out = strndup(data, (size_t)size);
    }
    BIO_free(text);
    return out;
}

void tls_client_auth_describe(const uint8_t *der, size_t size,
                              long verify_result, struct tls_client *out)
{
    const uint8_t *at = der;
    X509 *x = d2i_X509(NULL, &at, (long)size);

    out->verify_code = verify_result;
    out->verify_text = verify_result == NOT_KNOWN
                           ? "the account does not know it"
                           : X509_verify_cert_error_string(verify_result);
    if (x == NULL)
        return;
    out->subject = name_text(X509_get_subject_name(x));
    out->issuer = name_text(X509_get_issuer_name(x));
    X509_free(x);
}
