/* The device's own certificate and key, from PEM files. */
#ifndef CLIENTS_BEARSSL_IDENTITY_H
#define CLIENTS_BEARSSL_IDENTITY_H

#include <bearssl.h>
#include <stddef.h>

#include "clients/shim.h"

/* Zeroed: none. On the device's heap. */
struct identity {
    br_x509_certificate *chain; /* leaf first */
    size_t count;
    br_skey_decoder_context *key;
    int issuer_key_type; /* of the leaf's issuer */
};

/* Reads want's files, if it names any; checks that they are a pair. 0, or -1
 * with why filled; identity_clear in both cases. */
int identity_read(struct identity *identity, const struct shim_want *want,
                  struct shim_why *why);
void identity_clear(struct identity *identity);
/* Tells the client what to send when it is asked. The identity must outlive
 * it. */
void identity_set(br_ssl_client_context *client,
                  const struct identity *identity);

#endif
