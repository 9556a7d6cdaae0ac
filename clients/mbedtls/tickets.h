/* What differs between versions and configurations about session tickets. */
#ifndef CLIENTS_MBEDTLS_TICKETS_H
#define CLIENTS_MBEDTLS_TICKETS_H

#include <mbedtls/ssl.h>
#include <mbedtls/version.h>

#include "clients/shim.h"

#if defined(MBEDTLS_SSL_SESSION_TICKETS)
#define TICKETS_RESUME FEATURE_RESUME
#else
#define TICKETS_RESUME 0
#endif

/* The library throws TLS 1.3's tickets away unless it is asked to tell of them;
 * it asks for those of TLS 1.2 by itself. */
#if defined(MBEDTLS_SSL_TLS1_3_SIGNAL_NEW_SESSION_TICKETS_ENABLED) &&          \
    defined(MBEDTLS_SSL_SESSION_TICKETS) && defined(MBEDTLS_SSL_PROTO_TLS1_3)
static inline void tickets_ask(mbedtls_ssl_config *conf)
{
    mbedtls_ssl_conf_tls13_enable_signal_new_session_tickets(
        conf, MBEDTLS_SSL_TLS1_3_SIGNAL_NEW_SESSION_TICKETS_ENABLED);
}
#else
static inline void tickets_ask(mbedtls_ssl_config *conf)
{
    (void)conf;
}
#endif

/* Is it no failure of a read, but the news of a ticket? */
static inline int tickets_is_news(int ret)
{
#if defined(MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET)
    return ret == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET;
#else
    (void)ret;
    return 0;
#endif
}

#endif
