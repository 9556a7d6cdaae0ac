/* What a device trusts, speaks and limits. */
#ifndef CLIENTS_WOLFSSL_CONTEXT_H
#define CLIENTS_WOLFSSL_CONTEXT_H

#include "clients/shim.h"
#include "clients/wolfssl/compat.h"

struct context {
    WOLFSSL_CTX *ctx;
    int signers; /* compat_signers of the trust anchors alone */
};

/* As struct shim_ops says. The context is a struct context. */
void *context_new(const struct shim_want *want, struct shim_got *got,
                  struct shim_why *why);
void context_free(void *context);
/* Takes the trust store back to the anchors. The library adds each CA that it
 * verified in a chain to the table of signers, and would trust it in the next
 * connection (measured with 5.5.4): a device that connects once after its
 * start has no such memory. 0, or -1 with why filled. */
int context_renew(struct context *c, const struct shim_want *want,
                  struct shim_why *why);

#endif
