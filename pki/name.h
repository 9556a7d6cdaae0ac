/* Names that are equal in the sense of RFC 5280 section 7.1: the type of
 * string, letter case and runs of spaces do not count. */
#ifndef PKI_NAME_H
#define PKI_NAME_H

#include "base/der.h"

enum { NAME_ID = 32 };

/* Equal names have equal identifiers; a Name that cannot be read has that of
 * its bytes. */
void name_id(const struct der_slice *name, uint8_t out[static NAME_ID]);

#endif
