/* What a device trusts, speaks and limits. */
#ifndef CLIENTS_WOLFSSL_CONTEXT_H
#define CLIENTS_WOLFSSL_CONTEXT_H

#include "clients/shim.h"
#include "clients/wolfssl/compat.h"

struct context {
    WOLFSSL_CTX *ctx;
    struct compat_signers anchors; /* the table before any connection */
    int spoiled;                   /* 1: no connection may use it any more */
};

/* Takes out of the trust store what a connection added to it. */
void context_renew(struct context *c);

#endif
