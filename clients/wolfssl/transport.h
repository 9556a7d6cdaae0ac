/* The library's transport callbacks over the main loop's socket. */
#ifndef CLIENTS_WOLFSSL_TRANSPORT_H
#define CLIENTS_WOLFSSL_TRANSPORT_H

#include "clients/wolfssl/compat.h"

/* As wolfSSL_CTX_SetIORecv and _SetIOSend want them; arg is the struct
 * shim_io. */
int transport_receive(WOLFSSL *ssl, char *data, int size, void *arg);
int transport_send(WOLFSSL *ssl, char *data, int size, void *arg);

#endif
