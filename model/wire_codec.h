/* The lines that come from a shim and from the endpoint, as JSON
 * (docs/record.md). Each is read once. */
#ifndef MODEL_WIRE_CODEC_H
#define MODEL_WIRE_CODEC_H

#include <stddef.h>

#include "model/record_codec.h"
#include "model/wire_line.h"

/* NULL: the line is no JSON object, or has a member twice; or memory is out,
 * reported. */
struct shim_answer *shim_answer_decode(const char *line, size_t size);
/* NULL: the line is no event; or memory is out, reported. `h` gets the
 * ClientHello of a connection. */
struct endpoint_event *endpoint_event_decode(const char *line, size_t size,
                                             struct hellos *h);

#endif
