/* OCSP stapling (RFC 6066 section 8, RFC 8446 section 4.4.2.1). The response is
 * bytes that nobody looks into. */
#include "server/openssl/tls_state.h"

#include <string.h>

#include "base/file.h"

/* Which chain it is stands fixed by now: the library has made its leaf the
 * current certificate. */
static int on_status_wanted(SSL *ssl, void *arg)
{
    const struct openssl_state *s = arg;
    const X509 *leaf = SSL_get_certificate(ssl);

    for (int i = 0; i < TLS_CHAINS; i++) {
        const struct tls_chain *c = &s->chains[i];
        uint8_t *copy;

        if (c->leaf == NULL || c->leaf != leaf || c->staple == NULL)
            continue;
        copy = OPENSSL_memdup(c->staple, c->staple_size);
        if (copy == NULL)
            return SSL_TLSEXT_ERR_ALERT_FATAL;
        SSL_set_tlsext_status_ocsp_resp(ssl, copy, (long)c->staple_size);
        return SSL_TLSEXT_ERR_OK;
    }
    return SSL_TLSEXT_ERR_NOACK;
}

int tls_staple_load(struct openssl_state *s, struct tls_chain *c,
                    const json_t *spec)
{
    const char *path = json_string_value(json_object_get(spec, "staple"));

    if (path == NULL)
        return 0;
    if (file_read(path, 0, &c->staple, &c->staple_size) != 0)
        return -1;
    SSL_CTX_set_tlsext_status_cb(s->ctx, on_status_wanted);
    SSL_CTX_set_tlsext_status_arg(s->ctx, s);
    return 0;
}
