/* The virtual clock of the connection that is being made. Stacks read it with
 * shim_clock() of clients/shim.h. */
#ifndef CLIENTS_SHIM_CLOCK_H
#define CLIENTS_SHIM_CLOCK_H

#include <stdint.h>

/* Sets what the library sees as now, in UTC seconds since 1970. */
void shim_clock_set(int64_t now);

#endif
