/* The running hashes of both sides of a connection, compared: what one sent is
 * what the other got (docs/record.md, `wire`). */
#ifndef LAB_WIRE_H
#define LAB_WIRE_H

#include <jansson.h>

/* `answer`: the shim's, `event`: the endpoint's. 1: the bytes differ, 0: they
 * are equal as far as both sides have marks, or a side has none. */
int wire_differs(const json_t *answer, const json_t *event);

#endif
