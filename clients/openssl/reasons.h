/* OpenSSL's codes as reasons: the one table of this stack. */
#ifndef CLIENTS_OPENSSL_REASONS_H
#define CLIENTS_OPENSSL_REASONS_H

#include "clients/shim.h"

/* Fills why from OpenSSL's error queue (and empties it) and from the
 * verification result (X509_V_OK: none). stage is where it stood. An alert that
 * was received sets by_server and alert_received. */
void reasons_fill(struct shim_why *why, enum stage stage, long verify);

/* Bytes of a reason's text are never read: numbers only. */
enum reason reasons_of_verify(long verify);

#endif
