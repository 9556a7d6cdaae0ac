/* Descriptions of stack builds as JSON: what `shim --describe` prints, and what
 * `chainbreak describe` makes of it (docs/record.md). */
#ifndef MODEL_STACK_CODEC_H
#define MODEL_STACK_CODEC_H

#include <stddef.h>

#include "model/stack_description.h"

/* `name`: for messages. stack_description_free; NULL reported. */
struct stack_description *stack_decode(const char *text, size_t size,
                                       const char *name);
/* The program's own document with what its file adds (NULL: nothing), as text.
 * malloc'd; NULL reported. */
char *stack_encode(const struct stack_description *d,
                   const struct stack_origin *origin);

#endif
