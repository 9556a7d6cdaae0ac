/* Certificates as PEM (RFC 7468), for tools that want it. Knows no TLS library.
 */
#ifndef BASE_PEM_H
#define BASE_PEM_H

#include <stddef.h>
#include <stdint.h>

/* One certificate as a PEM block. malloc'd text; NULL only when memory is out.
 */
char *pem_certificate(const uint8_t *der, size_t size);

#endif
