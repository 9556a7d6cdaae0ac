/* The virtual clock: it stands still during a connection and never looks at the
 * machine's. */
#include "clients/shim_clock.h"

#include "clients/shim.h"

static int64_t clock_now;

void shim_clock_set(int64_t now)
{
    clock_now = now;
}

int64_t shim_clock(void)
{
    return clock_now;
}
