/* What connections with the same settings share: the SSL_CTX. */
#ifndef CLIENTS_OPENSSL_CONTEXT_H
#define CLIENTS_OPENSSL_CONTEXT_H

#include "clients/shim.h"

/* struct shim_ops context_new and context_free; the context is an SSL_CTX. */
void *context_new(const struct shim_want *want, struct shim_got *got,
                  struct shim_why *why);
void context_free(void *context);

#endif
