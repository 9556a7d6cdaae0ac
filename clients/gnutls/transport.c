/* GnuTLS's view of the main loop's transport: push and pull functions that
 * never block. */
#include "clients/gnutls/transport.h"

#include <errno.h>

static ssize_t moved(const struct transport *t, ssize_t n)
{
    if (n >= 0)
        return n;
    gnutls_transport_set_errno(t->session, n == -1 ? EAGAIN : ECONNRESET);
    return -1;
}

static ssize_t pull(gnutls_transport_ptr_t pointer, void *data, size_t size)
{
    struct transport *t = pointer;
    ssize_t n = shim_io_read(t->io, data, size);

    t->starved = n == -1;
    return moved(t, n);
}

static ssize_t push(gnutls_transport_ptr_t pointer, const void *data,
                    size_t size)
{
    struct transport *t = pointer;
    ssize_t n = shim_io_write(t->io, data, size);

    t->stuck = n == -1;
    return moved(t, n);
}

/* "Something may be there": the read that follows never blocks, and the main
 * loop has the deadline. Without this function the library would ask a file
 * descriptor that it has not got. */
static int pull_timeout(gnutls_transport_ptr_t pointer, unsigned int ms)
{
    (void)pointer;
    (void)ms;
    return 1;
}

void transport_set(struct transport *t)
{
    gnutls_transport_set_ptr(t->session, t);
    gnutls_transport_set_pull_function(t->session, pull);
    gnutls_transport_set_push_function(t->session, push);
    gnutls_transport_set_pull_timeout_function(t->session, pull_timeout);
}
