/* A second look at a chain that did not verify. */
#ifndef CLIENTS_GNUTLS_CHAIN_H
#define CLIENTS_GNUTLS_CHAIN_H

#include <gnutls/gnutls.h>

#include "model/reason.h"

/* Reason of verification flags (GNUTLS_CERT_*). Two of them stand for two
 * reasons each; which it was is seen in the certificates that the server of
 * this session sent. */
enum reason chain_reason(gnutls_session_t session, unsigned flags);

#endif
