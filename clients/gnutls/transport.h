/* GnuTLS's view of the main loop's transport. */
#ifndef CLIENTS_GNUTLS_TRANSPORT_H
#define CLIENTS_GNUTLS_TRANSPORT_H

#include <gnutls/gnutls.h>

#include "clients/shim.h"

struct transport {
    gnutls_session_t session;
    struct shim_io *io;
    int starved, stuck; /* the last read, or write, must be tried again later */
};

/* Makes t->session read and write through t->io. *t and the io outlive the
 * session. */
void transport_set(struct transport *t);

#endif
