/* The virtual clock as the library sees it. Only the renamed archive calls it:
 * the rest of the program keeps the machine's time(). */
#include "clients/wolfssl/clock.h"

#include "clients/shim.h"

time_t shim_wolfssl_time(time_t *out)
{
    time_t now = (time_t)shim_clock();

    if (out)
        *out = now;
    return now;
}
