/* time() of the renamed archive: the connection's virtual clock. */
#ifndef CLIENTS_WOLFSSL_CLOCK_H
#define CLIENTS_WOLFSSL_CLOCK_H

#include <time.h>

time_t shim_wolfssl_time(time_t *out);

#endif
