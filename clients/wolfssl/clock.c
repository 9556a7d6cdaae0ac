/* The virtual clock as the library sees it. Only the renamed archive calls it:
 * the rest of the program keeps the machine's time(). */
#include "clients/wolfssl/clock.h"

#include "clients/shim.h"

static int held;
static int64_t held_at;

void clock_hold(int64_t now)
{
    held = 1;
    held_at = now;
}

void clock_release(void)
{
    held = 0;
}

time_t shim_wolfssl_time(time_t *out)
{
    time_t now = (time_t)(held ? held_at : shim_clock());

    if (out)
        *out = now;
    return now;
}
