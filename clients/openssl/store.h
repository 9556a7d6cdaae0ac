/* Trust stores, shared by contexts: parsing 140 roots takes OpenSSL 3.0 as long
 * as forty handshakes. */
#ifndef CLIENTS_OPENSSL_STORE_H
#define CLIENTS_OPENSSL_STORE_H

#include <openssl/x509_vfy.h>

#include "clients/shim.h"

/* The store of want->anchors, parsed now or before. The caller gets a reference
 * of its own. got->anchors_* are set. NULL with why filled. Only within
 * context_new (it keeps the heap account right). */
X509_STORE *store_get(const struct shim_want *want, struct shim_got *got,
                      struct shim_why *why);

#endif
