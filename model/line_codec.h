/* The lines of results.jsonl, experiments.jsonl and hellos.jsonl as text: one
 * JSON document each (docs/record.md). */
#ifndef MODEL_LINE_CODEC_H
#define MODEL_LINE_CODEC_H

#include <stddef.h>

#include "model/record_codec.h"

/* Without a newline; malloc'd. NULL, reported, if it cannot be written down. */
char *record_line(const struct record *r);
char *hello_line(const struct hello *h);
/* Of a line, with or without its newline; the ClientHello of a record must have
 * been read before. record_free; NULL: it is none, reported where it is JSON.
 */
struct record *record_of_line(const char *line, size_t size, struct hellos *h);
/* Into the table. 0, or -1 likewise. */
int hello_of_line(const char *line, size_t size, struct hellos *h);

#endif
