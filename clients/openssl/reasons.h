/* OpenSSL's codes as reasons: the one table of this stack. */
#ifndef CLIENTS_OPENSSL_REASONS_H
#define CLIENTS_OPENSSL_REASONS_H

#include "clients/shim.h"

/* The verification's result, and the certificate that it is about (the leaf has
 * depth 0). */
struct reasons_verify {
    long code; /* X509_V_OK: none, or not done */
    int depth;
};

/* Fills why from OpenSSL's error queue (and empties it) and from the
 * verification, NULL where none was done. stage is where it stood. An alert
 * that was received sets by_server and alert_received. Numbers only: texts are
 * never read. */
void reasons_fill(struct shim_why *why, enum stage stage,
                  const struct reasons_verify *verify);

#endif
