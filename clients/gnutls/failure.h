/* This library's codes and verification flags as reasons: its one table. */
#ifndef CLIENTS_GNUTLS_FAILURE_H
#define CLIENTS_GNUTLS_FAILURE_H

#include "clients/shim.h"

/* Reason of GNUTLS_E_*, or UNMAPPED. */
enum reason failure_code(int code);
/* Reason of GNUTLS_CERT_*, or UNMAPPED. */
enum reason failure_flags(unsigned flags);
/* Fills the native part, the reason and by_server from GNUTLS_E_*. */
void failure_fill(struct shim_why *why, enum stage stage, int code);

#endif
