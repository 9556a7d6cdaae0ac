/* What a device does beyond the library's own verification: it forgives dates
 * or names, or checks the name without sending it. All in the library's verify
 * callback, as in real devices. */
#ifndef CLIENTS_MBEDTLS_VERIFY_H
#define CLIENTS_MBEDTLS_VERIFY_H

#include <mbedtls/ssl.h>

struct verify {
    int forgive_time, forgive_name;
    const char *name; /* to check, of the connection that is under way; NULL:
                         the library checks by itself */
};

/* Sets the callback. v must outlive conf. */
void verify_install(mbedtls_ssl_config *conf, struct verify *v);

#endif
