/* getrandom may give less than was asked for, and be interrupted. */
#include "clients/mbedtls/rng.h"

#include <errno.h>
#include <sys/random.h>

#include "clients/mbedtls/compat.h"

int rng_random(void *arg, unsigned char *out, size_t size)
{
    (void)arg;
    while (size > 0) {
        ssize_t n = getrandom(out, size, 0);

        if (n < 0 && errno != EINTR)
            return COMPAT_ERR_RANDOM;
        if (n > 0) {
            out += n;
            size -= (size_t)n;
        }
    }
    return 0;
}
