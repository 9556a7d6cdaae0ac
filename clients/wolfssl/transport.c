/* Bytes in and out of the library. */
#include "clients/wolfssl/transport.h"

enum { CHANGE_CIPHER_SPEC = 20, APPLICATION_DATA = 23 };

int transport_is_tls(const struct transport *t)
{
    return t->first < 0 ||
           (t->first >= CHANGE_CIPHER_SPEC && t->first <= APPLICATION_DATA);
}

int transport_receive(WOLFSSL *ssl, char *data, int size, void *arg)
{
    struct transport *t = arg;
    ssize_t n = shim_io_read(t->io, data, (size_t)size);

    (void)ssl;
    if (n > 0 && t->first < 0)
        t->first = (uint8_t)data[0];
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
    struct transport *t = arg;
    ssize_t n = shim_io_write(t->io, data, (size_t)size);

    (void)ssl;
    if (n > 0)
        return (int)n;
    return n == -1 ? WOLFSSL_CBIO_ERR_WANT_WRITE : size;
}
