/* The virtual clock as the library sees it. Only the renamed archives call it:
 * the rest of the program keeps the machine's time(). */
#include "clients/mbedtls/clock.h"

#include "clients/shim.h"

time_t shim_mbedtls_time(time_t *out)
{
    time_t now = (time_t)shim_clock();

    if (out)
        *out = now;
    return now;
}
