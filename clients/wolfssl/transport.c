/* Bytes in and out of the library. */
#include "clients/wolfssl/transport.h"

#include "clients/shim.h"

int transport_receive(WOLFSSL *ssl, char *data, int size, void *arg)
{
    ssize_t n = shim_io_read(arg, data, (size_t)size);

    (void)ssl;
    if (n > 0)
        return (int)n;
    if (n == -1)
        return WOLFSSL_CBIO_ERR_WANT_READ;
    return n == 0 ? WOLFSSL_CBIO_ERR_CONN_CLOSE : WOLFSSL_CBIO_ERR_CONN_RST;
}

/* A peer that alerts and closes at once breaks the write of our flight; the
 * next read finds what it said, so the broken write passes for done. */
int transport_send(WOLFSSL *ssl, char *data, int size, void *arg)
{
    ssize_t n = shim_io_write(arg, data, (size_t)size);

    (void)ssl;
    if (n > 0)
        return (int)n;
    return n == -1 ? WOLFSSL_CBIO_ERR_WANT_WRITE : size;
}
