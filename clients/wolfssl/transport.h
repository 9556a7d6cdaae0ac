/* The library's transport callbacks over the main loop's socket. */
#ifndef CLIENTS_WOLFSSL_TRANSPORT_H
#define CLIENTS_WOLFSSL_TRANSPORT_H

#include "clients/shim.h"
#include "clients/wolfssl/compat.h"

struct transport {
    struct shim_io *io;
    int first; /* the first byte that came; -1: none yet */
};

/* 1 if what came so far can be TLS: its first byte is a record's content type
 * (RFC 8446 section 5.1). */
int transport_is_tls(const struct transport *t);

/* As wolfSSL_CTX_SetIORecv and _SetIOSend want them; arg is the struct
 * transport. */
int transport_receive(WOLFSSL *ssl, char *data, int size, void *arg);
int transport_send(WOLFSSL *ssl, char *data, int size, void *arg);

#endif
