/* Dates for the library: days since the first of January of year 0. */
#include "clients/bearssl/clock.h"

enum { DAY = 86400, DAYS_TO_1970 = 719528 };

void clock_set(br_x509_minimal_context *engine, int64_t now)
{
    int64_t seconds = now % DAY, days = now / DAY;

    if (seconds < 0) {
        seconds += DAY;
        days--;
    }
    /* Day 0 with second 0 would mean "ask the system". */
    if (days < 1 - (int64_t)DAYS_TO_1970)
        days = 1 - (int64_t)DAYS_TO_1970;
    if (days > (int64_t)UINT32_MAX - DAYS_TO_1970)
        days = (int64_t)UINT32_MAX - DAYS_TO_1970;
    br_x509_minimal_set_time(engine, (uint32_t)(days + DAYS_TO_1970),
                             (uint32_t)seconds);
}
