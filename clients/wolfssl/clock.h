/* time() of the renamed archive: the connection's virtual clock. */
#ifndef CLIENTS_WOLFSSL_CLOCK_H
#define CLIENTS_WOLFSSL_CLOCK_H

#include <stdint.h>
#include <time.h>

time_t shim_wolfssl_time(time_t *out);
/* Until clock_release, the library sees that time. */
void clock_hold(int64_t now);
void clock_release(void);

#endif
