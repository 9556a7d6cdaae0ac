/* OpenSSL's view of the main loop's transport. */
#ifndef CLIENTS_OPENSSL_BIO_H
#define CLIENTS_OPENSSL_BIO_H

#include <openssl/bio.h>

#include "clients/shim.h"

/* Makes the method, once. 0 or -1. */
int bio_init(void);
/* A BIO over io, which must outlive it. NULL on failure. */
BIO *bio_new(struct shim_io *io);

#endif
