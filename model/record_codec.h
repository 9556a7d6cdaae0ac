/* Records as JSON: the wire lines of both sides, and the lines of results.jsonl
 * and hellos.jsonl (docs/record.md). */
#ifndef MODEL_RECORD_CODEC_H
#define MODEL_RECORD_CODEC_H

#include <jansson.h>
#include <stddef.h>

#include "model/record.h"

/* Each ClientHello once, by its id. Not thread-safe. */
struct hellos {
    struct hello **slots; /* open addressing; size is a power of two */
    size_t size, count;
};

void hellos_init(struct hellos *h);
void hellos_clear(struct hellos *h);
/* Borrowed, or NULL. */
struct hello *hellos_find(const struct hellos *h, const char *id);

/* Decoders report what is wrong, once, and give NULL then. What they give is
 * the caller's: free it with shim_side_release, endpoint_side_release, record_free.
 */
struct shim_side *shim_side_decode(const json_t *answer);
struct endpoint_side *endpoint_side_decode(const json_t *event,
                                           struct hellos *h);
/* A line of results.jsonl. `line` of a hello must have been decoded before. */
json_t *record_encode(const struct record *r);
struct record *record_decode(const json_t *line, struct hellos *h);
/* A line of hellos.jsonl; the decoded one is the table's. 0 or -1. */
json_t *hello_encode(const struct hello *h);
int hello_decode(const json_t *line, struct hellos *h);

/* A record with the cell's names and nothing else: outcome ERROR. "a/b/c". NULL
 * when memory is out, reported. */
struct record *record_new(const char *cell, const char *stack);

#endif
