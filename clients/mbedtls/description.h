/* What this build of the library is: version, configuration, limits. */
#ifndef CLIENTS_MBEDTLS_DESCRIPTION_H
#define CLIENTS_MBEDTLS_DESCRIPTION_H

#include <jansson.h>

/* As shim_ops.describe. */
void description_add(json_t *out);

#endif
