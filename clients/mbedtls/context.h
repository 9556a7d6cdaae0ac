/* What connections of a device share: the library's configuration with the
 * anchors, lists and identity that it points to. */
#ifndef CLIENTS_MBEDTLS_CONTEXT_H
#define CLIENTS_MBEDTLS_CONTEXT_H

#include <mbedtls/pk.h>
#include <mbedtls/ssl.h>
#include <mbedtls/x509_crt.h>

#include "clients/mbedtls/compat.h"
#include "clients/mbedtls/store.h"
#include "clients/mbedtls/verify.h"
#include "clients/shim.h"

struct context {
    mbedtls_ssl_config conf;
    struct store *store;
    struct verify verify;
    mbedtls_x509_crt identity;
    mbedtls_pk_context key;
    /* The library keeps pointers to these lists. */
    int *suites;
    compat_group *groups;
    compat_sigalg *sigalgs;
    char **alpn;
};

/* Drops what the library added to anchors and identity during a connection. */
void context_forget(struct context *c);

#endif
