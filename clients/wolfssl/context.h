/* The WOLFSSL_CTX of a device: what it trusts, speaks and limits. */
#ifndef CLIENTS_WOLFSSL_CONTEXT_H
#define CLIENTS_WOLFSSL_CONTEXT_H

#include "clients/shim.h"

/* As struct shim_ops says. The context is a WOLFSSL_CTX. */
void *context_new(const struct shim_want *want, struct shim_got *got,
                  struct shim_why *why);
void context_free(void *context);

#endif
