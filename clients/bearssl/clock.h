/* Seconds since 1970 in the library's form. */
#ifndef CLIENTS_BEARSSL_CLOCK_H
#define CLIENTS_BEARSSL_CLOCK_H

#include <bearssl.h>
#include <stdint.h>

/* Tells the engine what now is. A clock before year 0 or beyond the library's
 * range becomes the nearest that it has. */
void clock_set(br_x509_minimal_context *engine, int64_t now);

#endif
