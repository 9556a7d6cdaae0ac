/* time() for the private copies of the library's archives, in which the symbol
 * was renamed (library.mk). */
#ifndef CLIENTS_MBEDTLS_CLOCK_H
#define CLIENTS_MBEDTLS_CLOCK_H

#include <time.h>

/* What time() is to the library: the connection's virtual clock. */
time_t shim_mbedtls_time(time_t *out);

#endif
