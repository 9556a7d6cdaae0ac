/* Version, configuration and limits of the library that is linked. */
#ifndef CLIENTS_BEARSSL_DESCRIPTION_H
#define CLIENTS_BEARSSL_DESCRIPTION_H

#include <jansson.h>

/* As shim_ops.describe. */
void description_add(json_t *out);

#endif
