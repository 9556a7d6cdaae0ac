/* What the library's interface does not offer and its headers show: the
 * version, which no macro tells, and the suites of the full profile. */
#ifndef CLIENTS_BEARSSL_COMPAT_H
#define CLIENTS_BEARSSL_COMPAT_H

#include <bearssl.h>
#include <stddef.h>
#include <stdint.h>

/* library.mk tells it where it can. */
#ifndef COMPAT_VERSION
#define COMPAT_VERSION "unknown"
#endif

/* The suites that an engine offers, in its order. Valid as long as it is. */
static inline const uint16_t *compat_suites(const br_ssl_engine_context *engine,
                                            size_t *count)
{
    *count = engine->suites_num;
    return engine->suites_buf;
}

#endif
