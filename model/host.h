/* The name that a device asks an endpoint for. */
#ifndef MODEL_HOST_H
#define MODEL_HOST_H

#include <stddef.h>

/* Is it a host name or an IP address? 0, or -1 with what it is instead, and
 * what to give, in one sentence. */
int host_check(const char *name, char *why, size_t room);

#endif
