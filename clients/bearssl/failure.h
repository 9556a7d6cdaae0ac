/* From the library's error codes to a reason: this stack's one table. */
#ifndef CLIENTS_BEARSSL_FAILURE_H
#define CLIENTS_BEARSSL_FAILURE_H

#include "clients/bearssl/verify.h"
#include "clients/shim.h"

/* What a failed connection knew, where one code means several things. */
struct failure_facts {
    const struct verify *verify;
    int established; /* the handshake was done */
    int speaks_tls;  /* the first bytes that came were a TLS record's */
};

/* A call other than the handshake failed. */
void failure_code(struct shim_why *why, enum stage stage, int code);
/* A connection ended. Code 0: by the peer's close_notify. */
void failure_connection(struct shim_why *why, const struct failure_facts *facts,
                        int code);

#endif
